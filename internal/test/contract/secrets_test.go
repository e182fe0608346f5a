package contract

import (
	"strings"
	"testing"
)

// checkNothingSecret looks for everything that nobody may see in the log of w.
func checkNothingSecret(t testing.TB, w *world) {
	t.Helper()
	log := w.in.log.String()
	for _, secret := range w.secrets() {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the secret %q:\n%s", secret, log)
		}
	}
}
