package records_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user/records"
)

// What is kept of a provider's tokens may be the tokens themselves.
func TestAccountPrintsNoToken(t *testing.T) {
	t.Parallel()
	account := records.OAuthAccount{ID: "8", UserID: "7", Provider: "google", AccessToken: "guinevere", RefreshToken: "guinevere"}
	for _, value := range []any{account, &account, []records.OAuthAccount{account}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "guinevere") || strings.Contains(got, "6775696e6576657265") {
				t.Errorf("%s of %T shows the token: %s", verb, value, got)
			}
		}
	}
	for _, value := range []any{account, &account} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		if strings.Contains(log.String(), "guinevere") {
			t.Errorf("the log of %T shows the token: %s", value, &log)
		}
	}
	if got, want := fmt.Sprint(account), "oauth account 8 of user 7 at google"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
