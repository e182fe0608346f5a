package secrets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

func TestNothingSecretIsPrinted(t *testing.T) {
	t.Parallel()
	secret := secrets.Secret("guinevere")
	u := &user.User{ID: "7", Email: "king.arthur@camelot.bt", HashedPassword: "guinevere", KeptToken: "guinevere"}
	registration := user.Registration{Email: "king.arthur@camelot.bt", Password: secret}
	for _, value := range []any{secret, &secret, u, *u, registration, &registration, []secrets.Secret{secret}, map[string]any{"u": u}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t"} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "guinevere") || strings.Contains(got, "6775696e6576657265") {
				t.Errorf("%s of %T shows the secret: %s", verb, value, got)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		if strings.Contains(log.String(), "guinevere") {
			t.Errorf("the log of %T shows the secret: %s", value, &log)
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Errorf("marshal %T: %v", value, err)
		}
		if bytes.Contains(encoded, []byte("guinevere")) {
			t.Errorf("the JSON of %T shows the secret: %s", value, encoded)
		}
	}
}

func TestUserPrintsItsID(t *testing.T) {
	t.Parallel()
	u := &user.User{ID: "7", Email: "king.arthur@camelot.bt"}
	if got, want := fmt.Sprint(u), "user 7"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var nobody *user.User
	if got, want := fmt.Sprint(nobody), "<nil>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
