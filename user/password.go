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

// checkPassword applies the limits that always hold around the application's rule.
func (m *Manager) checkPassword(ctx context.Context, given Secret, owner password.Owner) error {
	if len(given) > password.MaxLength {
		return &password.Error{Reason: fmt.Sprintf("Password must not be longer than %d bytes", password.MaxLength)}
	}
	if err := m.callRule(ctx, given, owner); err != nil {
		return err
	}
	if given == "" {
		return &password.Error{Reason: "Password must not be empty"}
	}
	return nil
}

func (m *Manager) callRule(ctx context.Context, given Secret, owner password.Owner) error {
	err := containedQuietly("ValidatePassword", func() error { return m.validatePassword(ctx, string(given), owner) })
	if refused := (*password.Error)(nil); err == nil || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%w: ValidatePassword: %w", ErrHook, unquoting(err, string(given)))
}
