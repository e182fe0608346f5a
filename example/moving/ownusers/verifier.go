package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/ginauth/ginauth/password"
)

// saltedSHA256 reads hashes of the form sha256$SALT$HEX, which an old application may
// have made. Each is replaced by Argon2id at its user's next login.
type saltedSHA256 struct{}

// Recognizes implements password.Verifier.
func (saltedSHA256) Recognizes(encoded string) bool {
	return strings.HasPrefix(encoded, "sha256$") && strings.Count(encoded, "$") == 2
}

// Verify implements password.Verifier.
func (saltedSHA256) Verify(encoded, given string) (bool, error) {
	parts := strings.Split(encoded, "$")
	want, err := hex.DecodeString(parts[2])
	if err != nil || len(want) != sha256.Size {
		return false, password.ErrUnknownHash
	}
	got := sha256.Sum256([]byte(parts[1] + given))
	return subtle.ConstantTimeCompare(got[:], want) == 1, nil
}
