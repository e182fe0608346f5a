// Package secrets keeps the application's secrets out of sight, and makes of them what
// needs a key: keys for each purpose, signed tokens, sealed texts.
package secrets

import "errors"

// Errors of [Purpose.Read].
var (
	// ErrBadToken says that a token is not (or no longer) good.
	ErrBadToken = errors.New("user: bad token")
	// ErrExpiredToken reports an authentic token that is too old. It matches ErrBadToken.
	ErrExpiredToken error = expiredError{}
)

type expiredError struct{}

func (expiredError) Error() string        { return "user: token expired" }
func (expiredError) Is(target error) bool { return target == ErrBadToken }
