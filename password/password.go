// Package password hashes passwords and decides which new ones are accepted. It has no
// accounts, no store and no HTTP: package user does with them what an application needs.
//
// A [Hasher] makes Argon2id hashes and verifies those of other schemes, few at a time.
// A [Rule] refuses a new password with a reason; package blocklist has rules against
// common ones.
package password

import (
	"context"
	"fmt"
	"log/slog"
	"unicode/utf8"
)

// MaxLength is the greatest length of a password in bytes. A longer one is refused
// before it is hashed, never cut.
const MaxLength = 1024

// DefaultMinLength is the least length of a new password in Unicode code points where
// the application sets no rule of its own.
const DefaultMinLength = 8

// Rule decides whether a new password is accepted. It returns an [*Error] to refuse the
// password with a reason for the client; any other error ends the operation with an
// internal error.
type Rule func(ctx context.Context, password string, owner Owner) error

// Owner describes the account that a new password is for: a registration as it was sent,
// or a stored user. It prints and logs its ID only.
type Owner struct {
	// ID is the ID of the stored user; empty at a registration.
	ID string
	// Email is the address; at a registration as it was typed, valid or not.
	Email       string
	IsActive    bool
	IsSuperuser bool
	IsVerified  bool
	// Profile points to the application's struct; nil if it has none or none was sent.
	// It must not be changed.
	Profile any
}

// String returns the ID, so that a printed owner shows nothing about the person.
func (o Owner) String() string { return "owner " + o.ID }

// Format prints o as [Owner.String] does, whatever the verb.
func (o Owner) Format(state fmt.State, _ rune) { fmt.Fprint(state, o.String()) }

// LogValue logs the ID only.
func (o Owner) LogValue() slog.Value { return slog.StringValue(o.ID) }

// Error is the refusal of a new password. Reason is shown to the client as it is and may
// be any JSON value.
type Error struct{ Reason any }

// Error implements error. The reason is not repeated: it may quote the password.
func (*Error) Error() string { return "password: refused" }

// MinLength returns a rule that wants at least n Unicode code points. NIST SP 800-63B-4,
// 3.1.1.2, asks for 15 where nothing but the password is asked for, and for 8 in any case;
// less is for demonstrations.
func MinLength(n int) Rule {
	return func(_ context.Context, password string, _ Owner) error {
		if utf8.RuneCountInString(password) < n {
			return &Error{Reason: fmt.Sprintf("Password should be at least %d characters", n)}
		}
		return nil
	}
}

// Rules returns a rule that asks each of rules in turn, until one refuses.
func Rules(rules ...Rule) Rule {
	return func(ctx context.Context, password string, owner Owner) error {
		for _, rule := range rules {
			if err := rule(ctx, password, owner); err != nil {
				return err
			}
		}
		return nil
	}
}
