package routes

import (
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// refreshReused reports that two clients had one refresh token, and that the login has
// ended because of it: to the log, as an event, and to the owner.
func (r *Routes) refreshReused(c *gin.Context, b *backends.Running, u *user.User, hash string) {
	ctx := c.Request.Context()
	r.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: a refresh token was used after it had been replaced; the login has ended",
		slog.String("user", string(u.ID)), slog.String("backend", b.Name), slog.String("ip", user.RequestFrom(ctx).ClientIP))
	r.manager.Emit(ctx, user.Event{
		Kind: user.EventRefreshReused, Outcome: user.OutcomeRefused, Code: ErrUnauthorized.Detail,
		User: u.ID, Backend: b.Name, Session: r.handles.of(hash),
	})
	r.manager.Notify(ctx, user.MailRefreshReused, u)
}
