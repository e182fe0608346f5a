package usertest_test

import (
	"os/exec"
	"strings"
	"testing"
)

// A program that serves people from the stores for tests is warned, once.
func TestWarningOutsideOfTests(t *testing.T) {
	t.Parallel()
	output, err := exec.Command("go", "run", "./testdata/outside").CombinedOutput()
	if err != nil {
		t.Fatalf("go run: %v\n%s", err, output)
	}
	const want = " WARN usertest: this store is for tests: it keeps users in memory and loses them all when the program ends; use mongostore or a store of your own\n"
	if got := string(output); !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q, want one line that ends in %q", got, want)
	}
}
