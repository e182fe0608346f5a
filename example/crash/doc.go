// Package crash kills, stops and starves real processes of the demonstration, and
// checks that nothing that was acknowledged is lost and nothing is left half done.
//
// It has tests only. Their short forms run with all others; the long ones are asked
// for by flags:
//
//	go test ./example/crash -run '^TestKillRegistrations$' -count 10 -registrations 1000 -kills 10 -timeout 90m
//	go test ./example/crash -run '^TestKillRotations$' -rotations 1000 -timeout 90m
//	go test ./example/crash -run '^TestSoak$' -soak 1h -timeout 90m
package crash
