package user

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxPasswordLength is the greatest length of a password in bytes. A longer one
// is refused before it is hashed, never cut.
const MaxPasswordLength = 1024

// DefaultMinPasswordLength is the least length of a new password in Unicode code
// points where the application sets no rule of its own.
const DefaultMinPasswordLength = 8

// PasswordRule decides whether a new password will do. owner is who it is for.
// It returns a [*PasswordError] to refuse the password with a reason for the client;
// any other error ends the operation with an internal error.
type PasswordRule func(ctx context.Context, password string, owner PasswordOwner) error

// PasswordOwner is whom a new password is for: either somebody who registers or
// a stored user. The other field is nil.
type PasswordOwner struct {
	Registration *Registration
	User         *User
}

// MinPasswordLength returns a rule that wants at least n Unicode code points. NIST
// SP 800-63B-4, 3.1.1.2, asks for 15 where nothing but the password is asked for,
// and for 8 in any case; less is for demonstrations.
func MinPasswordLength(n int) PasswordRule {
	return func(_ context.Context, password string, _ PasswordOwner) error {
		if utf8.RuneCountInString(password) < n {
			return &PasswordError{Reason: fmt.Sprintf("Password should be at least %d characters", n)}
		}
		return nil
	}
}

// PasswordRules returns a rule that asks each of rules in turn, until one refuses.
func PasswordRules(rules ...PasswordRule) PasswordRule {
	return func(ctx context.Context, password string, owner PasswordOwner) error {
		for _, rule := range rules {
			if err := rule(ctx, password, owner); err != nil {
				return err
			}
		}
		return nil
	}
}

// checkPassword applies the limits that always hold around the application's rule.
func (m *Manager) checkPassword(ctx context.Context, password Secret, owner PasswordOwner) error {
	if len(password) > MaxPasswordLength {
		return &PasswordError{Reason: fmt.Sprintf("Password must not be longer than %d bytes", MaxPasswordLength)}
	}
	if err := m.callRule(ctx, password, owner); err != nil {
		return err
	}
	if password == "" {
		return &PasswordError{Reason: "Password must not be empty"}
	}
	return nil
}

func (m *Manager) callRule(ctx context.Context, password Secret, owner PasswordOwner) error {
	err := containedQuietly("ValidatePassword", func() error { return m.validatePassword(ctx, string(password), owner) })
	if refused := (*PasswordError)(nil); err == nil || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%w: ValidatePassword: %w", ErrHook, unquoting(err, string(password)))
}
