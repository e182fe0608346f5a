package secrets

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// MinLength is the least length, in bytes, of a secret that keys are derived from.
const MinLength = 32

// Keys derives a key for each purpose from the application's secrets, so that nothing
// made for one purpose is valid for another. It is immutable.
type Keys struct{ secrets []Secret }

// NewKeys returns the keys of the current secret and of earlier ones. What is
// signed is signed with the current secret; what any of them signed is accepted.
// A secret shorter than [MinLength] is an error.
func NewKeys(current Secret, previous ...Secret) (*Keys, error) {
	var problems []error
	if len(current) < MinLength {
		problems = append(problems, fmt.Errorf("Secret has %d bytes, want at least %d", len(current), MinLength))
	}
	for i, secret := range previous {
		if len(secret) < MinLength {
			problems = append(problems, fmt.Errorf("PreviousSecrets[%d] has %d bytes, want at least %d", i, len(secret), MinLength))
		}
	}
	return &Keys{secrets: append([]Secret{current}, previous...)}, errors.Join(problems...)
}

// Format prints "[redacted]" for every verb.
func (Keys) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// Derive returns one 32-byte key per secret, the current one first: HKDF-SHA256
// (RFC 5869) with an empty salt and the given info.
func (k *Keys) Derive(info string) [][]byte {
	derived := make([][]byte, len(k.secrets))
	for i, secret := range k.secrets {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, info, sha256.Size)
		if err != nil {
			panic(err) // only for an output longer than HKDF can make
		}
		derived[i] = key
	}
	return derived
}
