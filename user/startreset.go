package user

import (
	"context"
)

// StartReset has a reset token sent to u through the hook AfterForgotPassword, if u
// is active: what a superuser can do for somebody who has lost the password.
func (m *Manager) StartReset(ctx context.Context, u *User) {
	if hook := m.hooks.AfterForgotPassword; hook != nil && u.IsActive {
		m.mail(ctx, "AfterForgotPassword", u, hook, func() (string, error) { return m.ResetToken(u) })
	}
}
