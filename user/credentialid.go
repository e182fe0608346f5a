package user

import "crypto/rand"

// NewCredentialID returns a new, random ID for a [Credential].
func NewCredentialID() string { return rand.Text() }
