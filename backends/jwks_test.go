package backends_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/secrets"
)

func keySet(t *testing.T, strategy backends.JWT) string {
	t.Helper()
	publisher, ok := newClock(t).setUp(t, strategy).(backends.KeyPublisher)
	if !ok {
		t.Fatal("the strategy publishes no keys")
	}
	return string(publisher.JWKS())
}

func number(t *testing.T, text string) *big.Int {
	t.Helper()
	return new(big.Int).SetBytes(must(base64.RawURLEncoding.DecodeString(text)))
}

// TestJWKSOfKnownKeys publishes the keys of RFC 7515, A.3, and RFC 8037, A.2.
func TestJWKSOfKnownKeys(t *testing.T) {
	t.Parallel()
	const x, y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	const ed = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	point := must(ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, number(t, x).Bytes(), number(t, y).Bytes())))
	got := keySet(t, backends.JWT{Keys: []backends.JWTKey{
		{ID: "a", Secret: secrets.Secret(strings.Repeat("s", 32))},
		{ID: "b", Algorithm: "ES256", Public: point},
		{ID: "c", Algorithm: "EdDSA", Public: ed25519.PublicKey(must(base64.RawURLEncoding.DecodeString(ed)))},
	}})
	want := `{"keys":[` +
		`{"kty":"EC","use":"sig","alg":"ES256","kid":"b","crv":"P-256","x":"` + x + `","y":"` + y + `"},` +
		`{"kty":"OKP","use":"sig","alg":"EdDSA","kid":"c","crv":"Ed25519","x":"` + ed + `"}]}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestJWKSOfRSAKeys(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"RS256", "PS256"} {
		strategy := backends.JWT{Keys: []backends.JWTKey{{Algorithm: algorithm, Private: rsaKey()}}}
		var set struct{ Keys []map[string]string }
		if err := json.Unmarshal([]byte(keySet(t, strategy)), &set); err != nil || len(set.Keys) != 1 {
			t.Fatalf("got %v, %v, want one key", set, err)
		}
		key := set.Keys[0]
		modulus := key["n"]
		delete(key, "n")
		assertJSON(t, key, map[string]string{"kty": "RSA", "use": "sig", "alg": algorithm, "e": "AQAB"})

		// A stranger verifies with nothing but the published key.
		public := &rsa.PublicKey{N: number(t, modulus), E: 65537}
		token := issue(t, newClock(t).setUp(t, strategy), arthur())
		_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithValidMethods([]string{algorithm}), jwt.WithoutClaimsValidation())
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
}

func TestJWKSHoldsNoSecret(t *testing.T) {
	t.Parallel()
	for name, strategy := range map[string]backends.JWT{
		"derived key": {},
		"own secret":  {Secret: formerSecret},
		"HMAC keys":   {Keys: []backends.JWTKey{{ID: "a", Secret: formerSecret}, {ID: "b", Algorithm: "HS512", Secret: formerSecret}}},
		"recorded":    {Record: true},
	} {
		if got, want := keySet(t, strategy), `{"keys":[]}`; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
