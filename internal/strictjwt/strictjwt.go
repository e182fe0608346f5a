// Package strictjwt signs and reads JSON Web Tokens (RFC 7519) the way RFC 8725
// asks for: one algorithm per key, an exact key by kid, no header that ginauth
// does not write, and no more bytes than a token of ours has.
package strictjwt

import (
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// MaxLength is the greatest length of a token that is looked at, in bytes.
const MaxLength = 8192

// IssuedAtLeeway is how far in the future a token may have been issued: the
// clocks of several instances differ.
const IssuedAtLeeway = 30 * time.Second

// ErrInvalid says that a token is malformed, of another key, algorithm or
// audience, or not yet good.
var ErrInvalid = errors.New("strictjwt: invalid token")

// ErrExpired says that a token was good until its expiry.
var ErrExpired = errors.New("strictjwt: expired token")

// Key is a key bound to its one algorithm.
type Key struct {
	ID     string // the "kid"; a token without one is only read by keys without one
	Method jwt.SigningMethod
	Sign   any // nil for a key that only verifies
	Verify any
}

// HS256 returns a key without ID for each secret.
func HS256(secrets ...[]byte) []Key {
	keys := make([]Key, len(secrets))
	for i, secret := range secrets {
		keys[i] = Key{Method: jwt.SigningMethodHS256, Sign: secret, Verify: secret}
	}
	return keys
}

// Sign returns the compact form of claims signed with key.
func Sign(key Key, claims jwt.Claims) (string, error) {
	token := jwt.NewWithClaims(key.Method, claims)
	if key.ID != "" {
		token.Header["kid"] = key.ID
	}
	return token.SignedString(key.Sign)
}

var parser = jwt.NewParser(jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())

// Read verifies the signature of token with one of keys and fills claims. It
// does not look at the claims; [Times] does.
func Read(token string, keys []Key, claims jwt.Claims) error {
	// The base64 decoder skips line breaks, so one signature would have many spellings.
	if len(token) > MaxLength || strings.ContainsAny(token, "\r\n") {
		return ErrInvalid
	}
	_, err := parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) { return candidates(t, keys) })
	if err != nil {
		return ErrInvalid
	}
	return nil
}

func candidates(t *jwt.Token, keys []Key) (any, error) {
	kid, ok := header(t.Header)
	if !ok {
		return nil, ErrInvalid
	}
	var set jwt.VerificationKeySet
	for _, key := range keys {
		if key.ID == kid && key.Method.Alg() == t.Method.Alg() {
			set.Keys = append(set.Keys, key.Verify)
		}
	}
	switch len(set.Keys) {
	case 0:
		return nil, ErrInvalid
	case 1:
		return set.Keys[0], nil
	}
	return set, nil
}

// header refuses every header parameter but alg, typ and kid: crit, jwk, jku,
// x5u and what may come change what a signature means.
func header(fields map[string]any) (kid string, ok bool) {
	for name, value := range fields {
		text, isText := value.(string)
		switch {
		case name == "alg":
		case name == "typ" && isText && strings.EqualFold(text, "JWT"):
		case name == "kid" && isText && text != "":
			kid = text
		default:
			return "", false
		}
	}
	return kid, true
}

// Times checks the time claims of a token at now: exp without leeway (nil means
// that there is none, which only forever allows), nbf, and iat with [IssuedAtLeeway].
func Times(now time.Time, exp, nbf, iat *jwt.NumericDate, forever bool) error {
	switch {
	case nbf != nil && now.Before(nbf.Time):
		return ErrInvalid
	case iat != nil && iat.After(now.Add(IssuedAtLeeway)):
		return ErrInvalid
	case exp == nil && !forever:
		return ErrInvalid
	case exp != nil && !now.Before(exp.Time):
		return ErrExpired
	}
	return nil
}
