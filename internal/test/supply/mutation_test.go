package supply

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// factorStep is the condition under which the gate of all ways in asks for a second
// factor.
const factorStep = "if login.User.SecondFactor && !login.MultiFactor() {"

// TestGateWithoutFactorStep takes the step out of the gate, and runs the tests that drive
// every way in: each of their rows must fail. A row that does not would not notice a
// gate that lets users in by their passwords alone.
func TestGateWithoutFactorStep(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it compiles the library once more")
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	gate := filepath.Join(root, "routes", "gate.go")
	source, err := os.ReadFile(gate)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), factorStep) != 1 {
		t.Fatalf("routes/gate.go does not have %q once", factorStep)
	}
	dir := t.TempDir()
	mutant, overlay := filepath.Join(dir, "gate.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {gate: mutant}})
	if err == nil {
		err = os.WriteFile(mutant, []byte(strings.Replace(string(source), factorStep, "if false {", 1)), 0o600)
	}
	if err == nil {
		err = os.WriteFile(overlay, replace, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-vet=off", "-overlay", overlay, "-run", "^(TestEveryWayInStops|TestProviderStopsAtFactor)$", "./routes/factors", "./routes/oauth").CombinedOutput()
	if err == nil {
		t.Fatalf("without its step for second factors the gate passes all tests:\n%s", out)
	}
	var rows []string
	for _, b := range []string{"jwt", "stored", "cookie", "badge", "session"} {
		rows = append(rows, b+" by password: ", b+" by LogIn: ", b+" by the password of a reset: ")
	}
	for _, row := range append(rows, "/api: got ", "/web: got ", "by redirect: got ") {
		if !strings.Contains(string(out), row) {
			t.Errorf("the row %q does not notice that the gate asks for no second factor", row)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}
