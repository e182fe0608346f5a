package secrets_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	testSecret  secrets.Secret = "0123456789abcdef0123456789abcdef"
	otherSecret secrets.Secret = "fedcba9876543210fedcba9876543210"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func mustKeys(t *testing.T, current secrets.Secret, previous ...secrets.Secret) *secrets.Keys {
	t.Helper()
	keys, err := secrets.NewKeys(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestPurposeValidFrom has a token from a second before and from the very second.
func TestPurposeValidFrom(t *testing.T) {
	t.Parallel()
	purpose := secrets.NewPurpose(mustKeys(t, testSecret), "ginauth:reset", time.Hour, at(start))
	token, err := purpose.Sign(map[string]string{"sub": "7"})
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[time.Time]error{
		{}: nil, start.Add(-time.Hour): nil, start: nil, start.Add(time.Second): user.ErrExpiredToken,
	} {
		if _, err := purpose.ValidFrom(from).Read(token); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("from %v: got %v, want %v", from, err, want)
		}
	}
	if _, err := purpose.Read(token); err != nil {
		t.Errorf("the purpose itself has changed: %v", err)
	}
}

func TestPurpose(t *testing.T) {
	t.Parallel()
	keys := mustKeys(t, testSecret)
	token, err := secrets.NewPurpose(keys, "ginauth:reset", time.Hour, at(start)).Sign(map[string]string{"sub": "7", "x": "y"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		keys     *secrets.Keys
		audience string
		now      time.Time
		token    string
		want     error
	}{
		{"good", keys, "ginauth:reset", start, token, nil},
		{"good in its last second", keys, "ginauth:reset", start.Add(time.Hour - time.Second), token, nil},
		{"after a rotation", mustKeys(t, otherSecret, testSecret), "ginauth:reset", start, token, nil},
		{"expired", keys, "ginauth:reset", start.Add(time.Hour), token, user.ErrExpiredToken},
		{"issued in the future", keys, "ginauth:reset", start.Add(-31 * time.Second), token, user.ErrBadToken},
		{"another purpose", keys, "ginauth:verify", start, token, user.ErrBadToken},
		{"another secret", mustKeys(t, otherSecret), "ginauth:reset", start, token, user.ErrBadToken},
		{"empty", keys, "ginauth:reset", start, "", user.ErrBadToken},
		{"cut", keys, "ginauth:reset", start, token[:len(token)-1], user.ErrBadToken},
		{"line break", keys, "ginauth:reset", start, token + "\n", user.ErrBadToken},
		{"too long", keys, "ginauth:reset", start, token + strings.Repeat("A", 9000), user.ErrBadToken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			claims, err := secrets.NewPurpose(test.keys, test.audience, time.Hour, at(test.now)).Read(test.token)
			if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if want := map[string]string{"sub": "7", "x": "y"}; err == nil && !maps.Equal(claims, want) {
				t.Errorf("got %v, want %v", claims, want)
			}
		})
	}
}

// An expired token is a bad token, too.
func TestExpiredIsBad(t *testing.T) {
	t.Parallel()
	if !errors.Is(user.ErrExpiredToken, user.ErrBadToken) || errors.Is(user.ErrBadToken, user.ErrExpiredToken) {
		t.Error("ErrExpiredToken must be an ErrBadToken, and not the other way round")
	}
}

// Tokens signed by an independent hand with the right key must still have the right form.
func TestPurposeClaims(t *testing.T) {
	t.Parallel()
	keys := mustKeys(t, testSecret)
	key := keys.Derive("ginauth:verify")[0]
	good := jwt.MapClaims{"aud": "ginauth:verify", "iat": start.Unix(), "exp": start.Add(time.Hour).Unix(), "sub": "7"}
	with := func(name string, value any) jwt.MapClaims {
		claims := maps.Clone(good)
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
		return claims
	}
	tests := []struct {
		name   string
		claims jwt.MapClaims
		method jwt.SigningMethod
		header map[string]any
		good   bool
	}{
		{name: "as issued", claims: good, good: true},
		{name: "audience as a list", claims: with("aud", []string{"ginauth:verify"})},
		{name: "no audience", claims: with("aud", nil)},
		{name: "no expiry", claims: with("exp", nil)},
		{name: "expiry as a text", claims: with("exp", "tomorrow")},
		{name: "not yet good", claims: with("nbf", start.Add(time.Minute).Unix())},
		{name: "other algorithm", claims: good, method: jwt.SigningMethodHS384},
		{name: "critical extension", claims: good, header: map[string]any{"crit": []string{"b64"}, "b64": true}},
		{name: "unknown key id", claims: good, header: map[string]any{"kid": "1"}},
		{name: "key in the header", claims: good, header: map[string]any{"jwk": map[string]any{"kty": "oct"}}},
		{name: "other type", claims: good, header: map[string]any{"typ": "at+jwt"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			method := test.method
			if method == nil {
				method = jwt.SigningMethodHS256
			}
			unsigned := jwt.NewWithClaims(method, test.claims)
			maps.Copy(unsigned.Header, test.header)
			token, err := unsigned.SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			_, err = secrets.NewPurpose(keys, "ginauth:verify", time.Hour, at(start)).Read(token)
			if got := err == nil; got != test.good {
				t.Errorf("got %v, want good: %v", err, test.good)
			}
		})
	}
}

func TestUnsignedTokenIsBad(t *testing.T) {
	t.Parallel()
	encode := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	token := encode(map[string]string{"alg": "none", "typ": "JWT"}) + "." +
		encode(map[string]any{"aud": "ginauth:verify", "exp": start.Add(time.Hour).Unix()}) + "."
	_, err := secrets.NewPurpose(mustKeys(t, testSecret), "ginauth:verify", time.Hour, at(start)).Read(token)
	if !errors.Is(err, user.ErrBadToken) {
		t.Errorf("got %v, want ErrBadToken", err)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	keys := mustKeys(t, testSecret)
	if a, b := keys.Derive("ginauth:reset")[0], keys.Derive("ginauth:verify")[0]; string(a) == string(b) || len(a) != 32 {
		t.Error("keys of two purposes must differ and have 32 bytes")
	}
	_, err := secrets.NewKeys("short", otherSecret, "tiny")
	want := "Secret has 5 bytes, want at least 32\nPreviousSecrets[1] has 4 bytes, want at least 32"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
