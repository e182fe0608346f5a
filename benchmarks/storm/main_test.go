package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A small storm: what it measures counts only on a quiet machine, what is answered
// counts everywhere.
func TestStorm(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := run(plan{rate: 50, checks: 20, length: 2 * time.Second, burst: 50, cpus: 2, memory: 1024}, &out)
	if err != nil {
		t.Errorf("got %v", err)
	}
	for _, line := range []string{"50 logins at once: ", "50 logins/s for 2s: ", "session checks meanwhile: 200: "} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("got no line %q in:\n%s", line, out.String())
		}
	}
}
