package contract

import (
	"crypto/hkdf"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user/secrets"
)

// derived is the key of a purpose, derived from the secret with HKDF (RFC 5869).
func derived(t testing.TB, secret secrets.Secret, info string) []byte {
	t.Helper()
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, info, 32)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// forged signs a token with another program's code.
func forged(t testing.TB, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forgedAs is forged by HS256 with another type in the header, or none.
func forgedAs(t testing.TB, typ any, key []byte, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	if token.Header["typ"] = typ; typ == nil {
		delete(token.Header, "typ")
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestForgedTokens signs tokens with the right keys, as the contract says them to
// be made, and with one thing wrong each.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	const secret = secrets.Secret("a secret that has thirty-two bytes")
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) { c.Secret = secret }})
		p := w.register(t)
		now := w.in.clock.Now()
		verifyKey, authKey := derived(t, secret, "ginauth:verify"), derived(t, secret, "ginauth:auth")
		claims := func(aud any, change ...any) jwt.MapClaims {
			all := jwt.MapClaims{"sub": p.id, "aud": aud, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
			for i := 0; i < len(change); i += 2 {
				all[change[i].(string)] = change[i+1]
				if change[i+1] == nil {
					delete(all, change[i].(string))
				}
			}
			return all
		}
		verify := func(aud any, change ...any) jwt.MapClaims {
			return claims(aud, append([]any{"email", p.email}, change...)...)
		}
		hs256, early, late := jwt.SigningMethodHS256, now.Add(-time.Second).Unix(), now.Add(time.Minute).Unix()
		for name, token := range map[string]string{
			"other audience":        forged(t, hs256, verifyKey, verify("ginauth:reset")),
			"audience in an array":  forged(t, hs256, verifyKey, verify([]string{"ginauth:verify"})),
			"no audience":           forged(t, hs256, verifyKey, verify(nil, "aud", nil)),
			"no expiry":             forged(t, hs256, verifyKey, verify("ginauth:verify", "exp", nil)),
			"expired":               forged(t, hs256, verifyKey, verify("ginauth:verify", "exp", early)),
			"not yet good":          forged(t, hs256, verifyKey, verify("ginauth:verify", "nbf", late)),
			"from the future":       forged(t, hs256, verifyKey, verify("ginauth:verify", "iat", late)),
			"no subject":            forged(t, hs256, verifyKey, verify("ginauth:verify", "sub", nil)),
			"subject of no kind":    forged(t, hs256, verifyKey, verify("ginauth:verify", "sub", 5)),
			"other subject":         forged(t, hs256, verifyKey, verify("ginauth:verify", "sub", string(w.in.store.NewID()))),
			"no address":            forged(t, hs256, verifyKey, verify("ginauth:verify", "email", nil)),
			"other address":         forged(t, hs256, verifyKey, verify("ginauth:verify", "email", address())),
			"other algorithm":       forged(t, jwt.SigningMethodHS512, verifyKey, verify("ginauth:verify")),
			"no signature":          forged(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, verify("ginauth:verify")),
			"key of another kind":   forged(t, hs256, authKey, verify("ginauth:verify")),
			"the secret as the key": forged(t, hs256, []byte(secret), verify("ginauth:verify")),
		} {
			a := w.client().verify(t, token)
			a.request += " " + name
			a.want(t, 400, badVerifyToken)
		}
		p.account.verified = true
		w.client().verify(t, forged(t, hs256, verifyKey, verify("ginauth:verify"))).want(t, 200, p.json())

		for name, token := range map[string]string{
			"other audience":      forged(t, hs256, authKey, claims("ginauth:verify")),
			"no audience":         forged(t, hs256, authKey, claims(nil, "aud", nil)),
			"no expiry":           forged(t, hs256, authKey, claims("ginauth:auth", "exp", nil)),
			"expired":             forged(t, hs256, authKey, claims("ginauth:auth", "exp", now.Unix())),
			"not yet good":        forged(t, hs256, authKey, claims("ginauth:auth", "nbf", late)),
			"from the future":     forged(t, hs256, authKey, claims("ginauth:auth", "iat", late)),
			"other version":       forged(t, hs256, authKey, claims("ginauth:auth", "tv", 1)),
			"version of no kind":  forged(t, hs256, authKey, claims("ginauth:auth", "tv", "0")),
			"other backend":       forged(t, hs256, authKey, claims("ginauth:auth", "bk", "cookie")),
			"backend of no kind":  forged(t, hs256, authKey, claims("ginauth:auth", "bk", true)),
			"other type":          forgedAs(t, "at+jwt", authKey, claims("ginauth:auth")),
			"other subject":       forged(t, hs256, authKey, claims("ginauth:auth", "sub", string(w.in.store.NewID()))),
			"other algorithm":     forged(t, jwt.SigningMethodHS384, authKey, claims("ginauth:auth")),
			"no signature":        forged(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims("ginauth:auth")),
			"key of another kind": forged(t, hs256, verifyKey, claims("ginauth:auth")),
		} {
			a := w.client().with(token).get(t, "/users/me")
			a.request += " " + name
			a.want(t, 401, unauthorized)
		}
		for _, claims := range []jwt.MapClaims{
			claims("ginauth:auth"), claims([]string{"x", "ginauth:auth"}, "tv", 0), claims("ginauth:auth", "iat", now.Add(30*time.Second).Unix()),
			claims("ginauth:auth", "is_superuser", true, "is_verified", true, "email", address(), "first_name", "Mordred"), // no authority
		} {
			w.client().with(forged(t, hs256, authKey, claims)).wantMe(t, p)
		}
		for _, typ := range []any{nil, "JWT", "jwt"} {
			w.client().with(forgedAs(t, typ, authKey, claims("ginauth:auth", "bk", "jwt"))).wantMe(t, p)
		}
	})
}
