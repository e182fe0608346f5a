package user

import (
	"context"
)

// StartReset has a reset token sent to u through the mail hooks ([MailReset]), if u is
// active: what a superuser can do for a user who has lost the password. It returns an
// error only if the event is required and cannot be recorded.
func (m *Manager) StartReset(ctx context.Context, u *User) error {
	e := Event{Kind: EventForgotPassword, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	m.Emit(ctx, e)
	m.sendReset(ctx, u)
	return nil
}

func (m *Manager) sendReset(ctx context.Context, u *User) {
	if !u.Barred(m.time()) {
		m.mailToken(ctx, MailReset, u, m.reset.Lifetime(), func() (string, error) { return m.ResetToken(u) })
	}
}
