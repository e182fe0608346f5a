package user

import (
	"context"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/password"
)

// registering describes a registration to the rules for passwords.
func registering(r Registration) password.Owner {
	return password.Owner{
		Email: r.Email, IsActive: !r.IsInactive, IsSuperuser: r.IsSuperuser, IsVerified: r.IsVerified, Profile: r.Profile,
	}
}

// owning describes a stored user to the rules for passwords.
func owning(u *User) password.Owner {
	return password.Owner{
		ID: string(u.ID), Email: u.Email, IsActive: u.IsActive, IsSuperuser: u.IsSuperuser, IsVerified: u.IsVerified, Profile: u.Profile,
	}
}

// checkPassword applies the application's rule, and the limits that hold with every rule: no
// password is empty or too long to hash. Errors: a [*password.Error], or [ErrHook] if the
// rule failed.
func (m *Manager) checkPassword(ctx context.Context, given Secret, owner password.Owner) error {
	if len(given) > password.MaxLength {
		return &password.Error{Reason: fmt.Sprintf("Password must not be longer than %d bytes", password.MaxLength)}
	}
	err := containedQuietly("ValidatePassword", func() error { return m.validatePassword(ctx, string(given), owner) })
	refused := (*password.Error)(nil)
	switch {
	case errors.As(err, &refused):
		return err
	case err != nil: // any other error of the rule is a failure, not a refusal
		return fmt.Errorf("%w: ValidatePassword: %w", ErrHook, unquoting(err, string(given)))
	case given == "": // after the rule, so that the client gets the rule's reason
		return &password.Error{Reason: "Password must not be empty"}
	}
	return nil
}
