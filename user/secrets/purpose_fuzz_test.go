package secrets_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// FuzzPurposeRead has tokens of reset mails and the like as a client sends them, and
// claims that somebody with the key has signed, which golang-jwt judges, too.
func FuzzPurposeRead(f *testing.F) {
	keys, err := secrets.NewKeys(testSecret)
	if err != nil {
		f.Fatal(err)
	}
	purpose := secrets.NewPurpose(keys, "ginauth:reset", time.Hour, at(start))
	good, err := purpose.Sign(map[string]string{"sub": "7"})
	if err != nil {
		f.Fatal(err)
	}
	other, err := secrets.NewPurpose(keys, "ginauth:verify", time.Hour, at(start)).Sign(map[string]string{"sub": "7"})
	if err != nil {
		f.Fatal(err)
	}
	key := keys.Derive("ginauth:reset")[0]
	theirs := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(),
		jwt.WithAudience("ginauth:reset"), jwt.WithTimeFunc(at(start)), jwt.WithLeeway(time.Second))
	f.Add(good, `{"aud":"ginauth:reset","exp":1767323046,"sub":"7"}`)
	f.Add(other, `{"aud":["ginauth:reset"],"exp":1767323046}`)
	f.Add(good+"=", `{"aud":"ginauth:reset","exp":1767323045,"iat":1e12,"nbf":null}`)
	f.Add("", `{"aud":"ginauth:reset","exp":1767323045.5,"AUD":"x"}`)
	f.Fuzz(func(t *testing.T, token, claims string) {
		if _, err := purpose.Read(token); (err == nil) != (token == good) || err != nil && !errors.Is(err, user.ErrBadToken) {
			t.Errorf("Read(%q): got %v", token, err)
		}
		signed := signed(t, key, claims)
		texts, err := purpose.Read(signed)
		switch {
		case errors.Is(err, user.ErrBadToken), errors.Is(err, user.ErrExpiredToken):
			return
		case err != nil:
			t.Fatalf("claims %q: got %v, want one of the two errors", claims, err)
		}
		if _, err := theirs.Parse(signed, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
			t.Errorf("claims %q: accepted, but golang-jwt says %v", claims, err)
		}
		var all map[string]any
		if err := json.Unmarshal([]byte(claims), &all); err != nil {
			t.Fatalf("claims %q: accepted, but encoding/json says %v", claims, err)
		}
		for name, text := range texts {
			if all[name] != text && all[name] != nil {
				t.Errorf("claims %q: got %s %q", claims, name, text)
			}
		}
	})
}

// signed returns a token with these claims.
func signed(t *testing.T, key []byte, claims string) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(claims))
	signature, err := jwt.SigningMethodHS256.Sign(text, key)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}
