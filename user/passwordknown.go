package user

import (
	"context"
	"log/slog"
)

// passwordKnown reports that a client gives wrong second factors again and again: the
// first factor was right each time, so it is no secret any more. The owner gets a notice.
func (m *Manager) passwordKnown(ctx context.Context, u *User) {
	m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: wrong second factors in a row: the password of a user seems to be known",
		slog.String("user", string(u.ID)), slog.String("ip", RequestFrom(ctx).ClientIP))
	m.Notify(ctx, MailPasswordKnown, u)
}
