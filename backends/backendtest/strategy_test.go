package backendtest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestJWTStrategy(t *testing.T) {
	t.Parallel()
	long := secrets.Secret(strings.Repeat("s", 64))
	tests := []struct {
		name     string
		strategy backends.JWT
	}{
		{"zero value", backends.JWT{}},
		{"own secret", backends.JWT{Secret: long}},
		{"HS384", backends.JWT{Keys: []backends.JWTKey{{Algorithm: "HS384", Secret: long}}}},
		{"HS512", backends.JWT{Keys: []backends.JWTKey{{Algorithm: "HS512", Secret: long}}}},
		{"RS256", backends.JWT{Keys: []backends.JWTKey{{Algorithm: "RS256", Private: rsaKey(t)}}}},
		{"PS256", backends.JWT{Keys: []backends.JWTKey{{Algorithm: "PS256", Private: rsaKey(t)}}}},
		{"ES256", backends.JWT{Keys: []backends.JWTKey{{ID: "e", Algorithm: "ES256", Private: ecdsaKey(t)}}}},
		{"EdDSA", backends.JWT{Keys: []backends.JWTKey{{ID: "d", Algorithm: "EdDSA", Private: ed25519Key(t)}}}},
		{"recorded", backends.JWT{Record: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			backendtest.TestStrategy(t, backendtest.Subject{
				New: func(_ *testing.T, lifetime time.Duration) backends.Strategy {
					strategy := test.strategy
					strategy.Lifetime = lifetime
					return strategy
				},
				DefaultLifetime: time.Hour,
				Tokens:          func(*testing.T) records.TokenStore { return usertest.NewStore() },
			})
		})
	}
}

func TestDatabaseStrategy(t *testing.T) {
	t.Parallel()
	backendtest.TestStrategy(t, backendtest.Subject{
		New: func(_ *testing.T, lifetime time.Duration) backends.Strategy {
			return backends.Database{Lifetime: lifetime}
		},
		DefaultLifetime: 7 * 24 * time.Hour,
		Tokens:          func(*testing.T) records.TokenStore { return usertest.NewStore() },
	})
}

func rsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return signer(t, key, err)
}

func ecdsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return signer(t, key, err)
}

func ed25519Key(t *testing.T) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return signer(t, key, err)
}

func signer(t *testing.T, key crypto.Signer, err error) crypto.Signer {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return key
}
