// Package strictjwt signs and reads JSON Web Tokens (RFC 7519) the way RFC 8725
// asks for: one algorithm per key, an exact key by kid, no header that ginauth
// does not write, and no more bytes than a token of ours has.
package strictjwt

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/internal/strictjson"
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

// Strict refuses spare bits that are not zero: a segment has one spelling.
var base64url = base64.RawURLEncoding.Strict()

// Sign returns the compact form of claims, as encoding/json marshals them, signed
// with key.
func Sign(key Key, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return SignPayload(key, payload)
}

// SignPayload returns the compact form of the JSON text payload signed with key.
func SignPayload(key Key, payload []byte) (string, error) {
	signed := key.header + "." + base64url.EncodeToString(payload)
	signature, err := key.sign(signed)
	if err != nil {
		return "", err
	}
	return signed + "." + base64url.EncodeToString(signature), nil
}

// Read verifies the signature of token with one of keys and fills claims with
// encoding/json, but with exact keys, none of them twice. It does not look at the claims; [Times] does.
func Read(token string, keys []Key, claims any) error {
	payload, err := Verify(token, keys)
	if err != nil {
		return err
	}
	if strictjson.Unmarshal(payload, claims) != nil {
		return ErrInvalid
	}
	return nil
}

// Verify returns the payload of a token that one of keys signed, or [ErrInvalid].
func Verify(token string, keys []Key) (payload []byte, err error) {
	return AppendVerified(nil, token, keys)
}

// AppendVerified is [Verify] for a caller that has room for the payload: it is
// appended to dst.
func AppendVerified(dst []byte, token string, keys []Key) (payload []byte, err error) {
	// The base64 decoder skips line breaks, so one signature would have many spellings.
	if len(token) > MaxLength || strings.Contains(token, "\r") || strings.Contains(token, "\n") {
		return nil, ErrInvalid
	}
	end := strings.LastIndexByte(token, '.')
	if end < 0 {
		return nil, ErrInvalid
	}
	signed := token[:end]
	header, body, found := strings.Cut(signed, ".")
	if !found || strings.Contains(body, ".") {
		return nil, ErrInvalid
	}
	if !verified(keys, header, signed, token[end+1:]) {
		return nil, ErrInvalid
	}
	if payload, err = base64url.AppendDecode(dst, []byte(body)); err != nil {
		return nil, ErrInvalid
	}
	return payload, nil
}

// verified reports whether one of keys that the header names made the signature,
// which is still in base64url.
func verified(keys []Key, header, signed, signature string) bool {
	var names headerNames
	for i := range keys {
		key := &keys[i]
		// Nearly every token has the header we write, which needs no decoding.
		if header != key.header && !names.of(header).fit(key) {
			continue
		}
		if key.verify(signed, signature) {
			return true
		}
	}
	return false
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
