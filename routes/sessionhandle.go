package routes

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/ginauth/ginauth/user/secrets"
)

const (
	handleInfo    = "ginauth:session-handle"
	handleTagInfo = "ginauth:session-handle-tag"
	handleTagSize = aes.BlockSize
)

// handleText is the spelling of handles; Strict leaves each only one.
var handleText = base64.RawURLEncoding.Strict()

// sessionHandles names sessions in URLs. A handle is the hash that the token is stored
// under, encrypted in the way of a synthetic initialisation vector (RFC 5297): the vector
// is a keyed hash of what is encrypted. So a session has the same handle in every list,
// the handle does not reveal the hash, and it is decoded without a list.
type sessionHandles struct{ keys []handleKey }

type handleKey struct {
	block cipher.Block
	tag   []byte
}

// newSessionHandles returns handles that are made with the current secret and read with
// all.
func newSessionHandles(keys *secrets.Keys) sessionHandles {
	var handles sessionHandles
	tags := keys.Derive(handleTagInfo)
	for i, key := range keys.Derive(handleInfo) {
		block, err := aes.NewCipher(key)
		if err != nil {
			panic(err) // only for a key of another length
		}
		handles.keys = append(handles.keys, handleKey{block, tags[i]})
	}
	return handles
}

// of returns the handle of the session whose token is stored under hash.
func (s sessionHandles) of(hash string) string {
	raw, err := hex.DecodeString(hash)
	if err != nil {
		return "" // no token of ours
	}
	tag := s.keys[0].sum(raw)
	return handleText.EncodeToString(append(tag, s.keys[0].crypt(tag, raw)...))
}

// read returns the hash that a handle was made of.
func (s sessionHandles) read(handle string) (hash string, ok bool) {
	const size = handleTagSize + sha256.Size
	raw, err := handleText.DecodeString(handle)
	if err != nil || len(raw) != size || len(handle) != handleText.EncodedLen(size) {
		return "", false
	}
	tag, encrypted := raw[:handleTagSize], raw[handleTagSize:]
	for _, key := range s.keys {
		plain := key.crypt(tag, encrypted)
		if hmac.Equal(key.sum(plain), tag) {
			return hex.EncodeToString(plain), true
		}
	}
	return "", false
}

func (k handleKey) sum(raw []byte) []byte {
	mac := hmac.New(sha256.New, k.tag)
	mac.Write(raw)
	return mac.Sum(nil)[:handleTagSize:handleTagSize]
}

// crypt encrypts and decrypts.
func (k handleKey) crypt(tag, raw []byte) []byte {
	out := make([]byte, len(raw))
	cipher.NewCTR(k.block, tag).XORKeyStream(out, raw)
	return out
}
