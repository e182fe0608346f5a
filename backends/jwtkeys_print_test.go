package backends_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/backends"
)

// A configuration that lands in a log must not hand out its private keys.
func TestJWTKeysAreNotPrinted(t *testing.T) {
	t.Parallel()
	_, small, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{
		fmt.Sprintf("%d %d %d", small[0], small[1], small[2]), fmt.Sprintf("%x", []byte(small)), large.D.String(), large.D.Text(16),
	}
	for _, key := range []backends.JWTKey{
		{ID: "2026-11", Algorithm: "EdDSA", Private: small},
		{ID: "2026-11", Algorithm: "RS256", Private: large},
	} {
		strategy := backends.JWT{Keys: []backends.JWTKey{key}}
		for _, value := range []any{key, &key, strategy, backends.Backend{Name: "api", Strategy: strategy}} {
			var shown []string
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
				shown = append(shown, fmt.Sprintf(verb, value))
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
			encoded, err := json.Marshal(value)
			if err != nil {
				t.Errorf("marshal %T: %v", value, err)
			}
			for _, text := range append(shown, log.String(), string(encoded)) {
				for _, secret := range secrets {
					if strings.Contains(text, secret) {
						t.Errorf("%T shows the private key: %.80s", value, text)
					}
				}
				if strings.Contains(text, "PrivateKey") {
					t.Errorf("%T shows the private key: %.80s", value, text)
				}
			}
		}
		if got, want := fmt.Sprint(key), "JWT key 2026-11"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
