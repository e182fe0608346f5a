package password_test

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/password"
)

// noRandomness makes the test binary a process whose source of randomness fails.
const noRandomness = "GINAUTH_TEST_NO_RANDOMNESS"

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

// TestF38NoRandomness: a process without randomness ends before it has made a hash
// whose salt could be foretold. That takes a process of its own.
func TestF38NoRandomness(t *testing.T) {
	if os.Getenv(noRandomness) != "" {
		rand.Reader = failing{}
		hasher, err := password.New(password.Config{})
		if err != nil {
			t.Fatal(err)
		}
		hash, err := hasher.Hash(t.Context(), "guinevere")
		t.Fatal("made:", hash, err)
	}
	t.Parallel()
	command := exec.Command(os.Args[0], "-test.run", "^TestF38NoRandomness$", "-test.v")
	command.Env = append(os.Environ(), noRandomness+"=1")
	output, err := command.CombinedOutput()
	if err == nil || strings.Contains(string(output), "made:") || !strings.Contains(string(output), "crypto/rand") {
		t.Errorf("got %v, %s, want the process to end with crypto/rand's complaint", err, output)
	}
}
