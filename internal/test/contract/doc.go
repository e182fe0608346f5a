// Package contract checks, through real HTTP, that an application answers as
// ginauth's wire contract says: every status, body and header of the auth,
// register, reset, verify, users and sessions groups, in both wire profiles.
//
// It has tests only. Without flags they run on applications made for the purpose,
// on the store in memory and on MongoDB:
//
//	go test ./internal/test/contract
//
// With a base URL they check a running application that has the interface of the
// demonstration in example: its paths, backends, profile and password rule, and
// its outbox, which the tests read tokens from. It must be started without abuse
// limits and hold nothing of value: the tests register users and leave them.
//
//	LIMITS=off SUPERUSER_EMAIL=merlin@camelot.bt SUPERUSER_PASSWORD=excalibur go run ./example &
//	go test -v ./internal/test/contract -url http://127.0.0.1:8080 -superuser-email merlin@camelot.bt -superuser-password excalibur
//
// TestHostile sends several hundred hostile requests, which testdata/hostile has as
// data, and checks after each that nothing else has happened than its case states.
//
// What takes a look inside an application (its store, hooks, clock and number of
// operations) cannot be checked at a URL. Such tests are skipped there, and -v
// names them at the end.
package contract
