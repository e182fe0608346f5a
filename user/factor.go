package user

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ginauth/ginauth/user/secrets"
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
	Code secrets.Secret
	// Ceremony and Credential are those of a passkey; see package routes/passkeys.
	Ceremony   string          `json:"-"`
	Credential json.RawMessage `json:"-"`
	// Login is the hash of the login token that is answered; empty in a
	// re-authentication.
	Login string `json:"-"`
}

// String returns a text without the answer.
func (Answer) String() string { return secrets.Secret("").String() }

// GoString returns a text without the answer.
func (Answer) GoString() string { return secrets.Secret("").String() }

// FactorRequired is the error of a login that needs one more factor, and has issued
// no token. It is the third outcome of the gate, beside a login and a refusal.
type FactorRequired struct {
	// Factors are the names of the factors the user can answer with, sorted.
	Factors []string
	// Token is the login token that an answer has to name; empty where the client
	// has it in a cookie, or where it is for a re-authentication.
	Token secrets.Secret
	// ExpiresAt is the end of Token.
	ExpiresAt time.Time
}

// Error implements error.
func (*FactorRequired) Error() string { return "user: one more factor is required" }

// TurnOnSecondFactor makes logins of u need a second factor, and ends all tokens of u
// but the one whose hash ([records.HashToken]) is keep. It is one atomic write, the decision of
// every enrolment: a login under way either came before it, and its token is dead, or
// comes after it and is asked for the factor. It returns the user afterwards, or
// [ErrNotFound] where the user is gone, or any token of u has been ended since u was read.
func (m *Manager) TurnOnSecondFactor(ctx context.Context, u *User, keep string) (*User, error) {
	return m.turnSecondFactor(ctx, u, keep, true)
}

// TurnOffSecondFactor makes logins of u need no second factor, and ends all tokens of u
// but keep, in one atomic write. It returns [ErrNotFound] where any token of u has been
// ended since u was read, as by the enrolment of another factor: the caller looks at the
// factors again before it repeats the call.
func (m *Manager) TurnOffSecondFactor(ctx context.Context, u *User, keep string) (*User, error) {
	return m.turnSecondFactor(ctx, u, keep, false)
}

func (m *Manager) turnSecondFactor(ctx context.Context, u *User, keep string, on bool) (*User, error) {
	ctx = context.WithoutCancel(ctx)
	after, err := m.update(ctx, u, Update{
		SecondFactor: &on, EndTokens: true, KeepToken: keep, If: Conditions{TokenVersion: &u.TokenVersion},
	})
	if err != nil {
		return nil, err
	}
	m.deleteDeadTokens(ctx, u.ID, keep)
	return after, nil
}

// ResetSecondFactor makes logins of u need no second factor and ends all tokens of u,
// whatever has happened since u was read. It returns [ErrNotFound] when the user is gone.
func (m *Manager) ResetSecondFactor(ctx context.Context, u *User) (*User, error) {
	no := false
	return m.endTokens(ctx, u, "", Update{SecondFactor: &no})
}

// EndAPIKeys ends all API keys of u in one atomic write, and returns the user
// afterwards: no key that was made for u as it was read, or before, is valid any more.
// It returns [ErrNotFound] when the user is gone. The caller emits the event, and
// deletes what is stored of the keys.
func (m *Manager) EndAPIKeys(ctx context.Context, u *User) (*User, error) {
	return m.update(context.WithoutCancel(ctx), u, Update{KeyVersionUp: true})
}
