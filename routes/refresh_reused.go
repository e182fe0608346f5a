package routes

import (
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// refreshReused reports that two clients had one refresh token, and that the login has
// ended because of it.
func (r *Routes) refreshReused(c *gin.Context, b *backends.Running, u *user.User) {
	ctx := c.Request.Context()
	r.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: a refresh token was used after it had been replaced; the login has ended",
		slog.String("user", string(u.ID)), slog.String("backend", b.Name), slog.String("ip", user.RequestFrom(ctx).ClientIP))
}
