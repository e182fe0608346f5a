package user

import (
	"context"
	"encoding/json"
	"time"
)

// Factor is a second factor: one more proof that a login asks for where the user
// has one. All methods are safe for concurrent use. A method that panics or does not
// return within the request's budget refuses the login.
type Factor interface {
	// Name is the factor's name on the wire: "totp", "recovery_code", "passkey", or a
	// name of the application's own in lower-case letters and "_".
	Name() string

	// Usable reports whether u can answer with this factor now. An error means that
	// it is unknown; the login is refused with 503 then.
	Usable(ctx context.Context, u *User) (bool, error)

	// Check verifies a and uses it up in one atomic step, and returns the methods it
	// proves. It returns [ErrBadFactor] for an answer that is wrong, used before or
	// another user's; every other error means that it could not be decided.
	Check(ctx context.Context, u *User, a Answer) ([]Method, error)
}

// Answer is what a client sends to prove a factor. Printing it shows no secret.
type Answer struct {
	// Code is a code as it was typed, at most 64 bytes.
	Code Secret
	// Ceremony and Credential are those of a passkey; see package routes/passkeys.
	Ceremony   string          `json:"-"`
	Credential json.RawMessage `json:"-"`
	// Login is the hash of the login token that is answered; empty in a
	// re-authentication.
	Login string `json:"-"`
}

// String returns a text without the answer.
func (Answer) String() string { return redacted }

// GoString returns a text without the answer.
func (Answer) GoString() string { return redacted }

// FactorRequired is the error of a login that needs one more factor, and has issued
// no token. It is the third outcome of the gate, beside a login and a refusal.
type FactorRequired struct {
	// Factors are the names of the factors the user can answer with, sorted.
	Factors []string
	// Token is the login token that an answer has to name; empty where the client
	// has it in a cookie, or where it is for a re-authentication.
	Token Secret
	// ExpiresAt is the end of Token.
	ExpiresAt time.Time
}

// Error implements error.
func (*FactorRequired) Error() string { return "user: one more factor is required" }
