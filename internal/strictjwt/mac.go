package strictjwt

import (
	"crypto"
	"crypto/hmac"
	"hash"
	"sync"
)

// macs verifies signatures with one HMAC key. Keying a hash costs as much as a
// short token itself, so hashes that are keyed are used again.
type macs struct{ idle sync.Pool }

// mac is a keyed hash and room for what passes through it.
type mac struct {
	hash           hash.Hash
	text, sum, got []byte
}

// newMACs returns nil where the hash is not linked into the program.
func newMACs(algorithm crypto.Hash, secret []byte) *macs {
	if !algorithm.Available() {
		return nil
	}
	m := &macs{}
	m.idle.New = func() any {
		keyed := hmac.New(algorithm.New, secret)
		return &mac{hash: keyed, sum: make([]byte, 0, keyed.Size()), got: make([]byte, keyed.Size())}
	}
	return m
}

// verify reports whether signature, in base64url, is that of signed. The token has
// no line breaks, which the decoder would skip. The comparison is in constant time.
func (m *macs) verify(signed, signature string) bool {
	one := m.idle.Get().(*mac)
	defer m.idle.Put(one)
	if len(signature) != base64url.EncodedLen(len(one.got)) {
		return false
	}
	if _, err := base64url.Decode(one.got, []byte(signature)); err != nil {
		return false
	}
	one.text = append(one.text[:0], signed...)
	one.hash.Reset()
	one.hash.Write(one.text)
	one.sum = one.hash.Sum(one.sum[:0])
	return hmac.Equal(one.sum, one.got)
}
