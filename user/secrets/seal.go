package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// Sealer encrypts texts that have to be stored and read again, with AES-256-GCM.
// What is sealed is bound to a context, such as the user it belongs to, and opens
// in no other. It is immutable and safe for concurrent use.
type Sealer struct {
	aeads []cipher.AEAD
}

// NewSealer returns a Sealer of a key ring: current seals, all of them open. Each has at
// least [MinLength] random bytes, else the error says which has not. Keep a key in the ring
// as long as there are texts it sealed.
func NewSealer(current Secret, previous ...Secret) (*Sealer, error) {
	keys, err := NewKeys(current, previous...)
	if err != nil {
		return nil, err
	}
	return keys.Sealer(), nil
}

// Sealer returns a [Sealer] whose keys are derived from those of k.
func (k *Keys) Sealer() *Sealer {
	s := &Sealer{}
	for _, key := range k.Derive("ginauth:seal") {
		block, err := aes.NewCipher(key)
		if err != nil {
			panic(err) // only for a key of another length
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			panic(err) // only for another size of blocks
		}
		s.aeads = append(s.aeads, aead)
	}
	return s
}

// Seal returns text encrypted with the current key, for context.
func (s *Sealer) Seal(text Secret, context ...string) string {
	sealed := s.aeads[0].Seal(nil, nil, []byte(text), additionalData(context))
	return sealedPrefix + sealedText.EncodeToString(sealed)
}

// ErrSealed says that a sealed text cannot be opened: it was sealed with another
// key, for another context, or changed.
var ErrSealed = errors.New("user: sealed text cannot be opened")

// Open returns the text that was sealed for context, or [ErrSealed].
func (s *Sealer) Open(sealed string, context ...string) (Secret, error) {
	return open(s.aeads, sealed, context)
}

// IsCurrent reports whether sealed opens with the current key. A text that opens with
// another one should be sealed again when it is written next.
func (s *Sealer) IsCurrent(sealed string, context ...string) bool {
	_, err := open(s.aeads[:1], sealed, context)
	return err == nil
}

// sealedPrefix is the version of the form, so that there can be another.
const sealedPrefix = "v1."

// sealedText is how sealed bytes are spelled; Strict leaves each only one spelling.
var sealedText = base64.RawURLEncoding.Strict()

func open(aeads []cipher.AEAD, sealed string, context []string) (Secret, error) {
	text, ok := strings.CutPrefix(sealed, sealedPrefix)
	raw, err := sealedText.DecodeString(text)
	// The decoder skips line breaks, so the length is compared, too.
	if !ok || err != nil || sealedText.EncodedLen(len(raw)) != len(text) {
		return "", ErrSealed
	}
	for _, aead := range aeads {
		if text, err := aead.Open(nil, nil, raw, additionalData(context)); err == nil {
			return Secret(text), nil
		}
	}
	return "", ErrSealed
}

// additionalData gives every part its length: ("a", "bc") is not ("ab", "c").
func additionalData(context []string) []byte {
	var data []byte
	for _, part := range context {
		data = binary.BigEndian.AppendUint64(data, uint64(len(part)))
		data = append(data, part...)
	}
	return data
}
