package oauth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

const (
	secretsInfo = "ginauth:oauth-secrets"
	seedBytes   = 16
	idBytes     = 2 * seedBytes
)

// ring derives the secrets of a flow, PKCE verifier and nonce, from its state with a key
// of the application's. So they are known again at the callback, in every instance,
// without being stored, and neither URL nor state nor cookie reveals them. The current
// key comes first.
type ring [][]byte

// newID returns a one-time ID. Its second half identifies the key that made it, so that
// flows outlive a change of the application's secret.
func (r ring) newID() string {
	seed := make([]byte, seedBytes)
	rand.Read(seed)
	return base64.RawURLEncoding.EncodeToString(append(seed, tag(r[0], seed)...))
}

func tag(key, seed []byte) []byte { return sum(key, "id", seed)[:seedBytes] }

// keyOf returns the key that made the ID, nil if none did.
func (r ring) keyOf(id string) []byte {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(raw) != idBytes {
		return nil
	}
	for _, key := range r {
		if hmac.Equal(raw[seedBytes:], tag(key, raw[:seedBytes])) {
			return key
		}
	}
	return nil
}

func (r ring) knows(id string) bool { return r.keyOf(id) != nil }

// verifier returns the PKCE verifier of a flow: 43 characters (RFC 7636, section 4.1).
func (r ring) verifier(s state) string { return r.secret("verifier", s) }

// nonce returns the nonce of a flow (OpenID Connect Core, section 15.5.2).
func (r ring) nonce(s state) string { return r.secret("nonce", s) }

func (r ring) secret(what string, s state) string {
	return base64.RawURLEncoding.EncodeToString(sum(r.keyOf(s.id), what, []byte(s.id), []byte(s.csrf)))
}

// sum is unambiguous as long as no part contains a zero byte but the last.
func sum(key []byte, what string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(what))
	for _, part := range parts {
		mac.Write([]byte{0})
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// newRandom returns 32 random bytes as 43 characters.
func newRandom() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}
