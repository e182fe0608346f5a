package sessions

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/cookies"
)

const bindSecretSize = 32

// bindKey is where the request keeps the secret of the session of that name, once
// it has been changed by a login: the request's own cookie is out of date then.
type bindKey string

// secret returns the secret that the browser has, nil if it has none: it needs
// exactly one of both cookies.
func (s *carrier) secret(c *gin.Context) []byte {
	if value, changed := c.Get(bindKey(s.attributes.Name)); changed {
		secret, _ := value.([]byte)
		return secret
	}
	if cookies.One(c.Request, s.attributes.Name) == "" {
		return nil
	}
	return decodeBindSecret(cookies.One(c.Request, s.bindName()))
}

func newBindSecret() []byte {
	secret := make([]byte, bindSecretSize)
	rand.Read(secret) //nolint:errcheck // never fails since Go 1.24
	return secret
}

func encodeBindSecret(secret []byte) string { return base64.RawURLEncoding.EncodeToString(secret) }

// decodeBindSecret returns nil for what encodeBindSecret has not made.
func decodeBindSecret(text string) []byte {
	if len(text) != base64.RawURLEncoding.EncodedLen(bindSecretSize) {
		return nil
	}
	secret, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(secret) != bindSecretSize {
		return nil
	}
	return secret
}

// seal returns token encrypted and authenticated, good for one purpose only.
func seal(secret []byte, purpose, token string) string {
	return base64.RawURLEncoding.EncodeToString(sealer(secret, purpose).Seal(nil, nil, []byte(token), nil))
}

// unseal returns what seal was given with the same secret and purpose, "" for
// anything else. The comparison that decides is in constant time.
func unseal(secret []byte, purpose, sealed string) string {
	box, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return ""
	}
	token, err := sealer(secret, purpose).Open(nil, nil, box, nil)
	if err != nil {
		return ""
	}
	return string(token)
}

func sealer(secret []byte, purpose string) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, 32)
	if err != nil {
		panic(err) // only for an output longer than HKDF can make
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a key of another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a block of another length
	}
	return aead
}
