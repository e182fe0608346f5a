package routes

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// Every decision is logged at level Debug: what was refused, with its code, who
// logged in, what was done. The attributes are a fixed list. Nothing in them is what
// a client sent, but its address and the error that an OAuth callback was given.

// refusedKey is where the request keeps the ID of a user who may not do what he asks.
type refusedKey struct{}

// refused logs a refusal.
func (r *Routes) refused(c *gin.Context, status int, detail any) {
	code, _ := detail.(string)
	if reasoned, ok := detail.(codeAndReason); ok {
		code = reasoned.Code
	}
	r.decided(c, "ginauth: refused", slog.Int("status", status), slog.String("code", code))
}

// loggedIn logs a login.
func (r *Routes) loggedIn(c *gin.Context, b *backends.Running, u *user.User) {
	r.decided(c, "ginauth: logged in", slog.String("backend", b.Name), slog.String("user", string(u.ID)))
}

// done logs what has changed something. Reading is no decision of interest.
func (r *Routes) done(c *gin.Context) {
	if c.Request.Method != http.MethodGet {
		r.decided(c, "ginauth: done", slog.Int("status", c.Writer.Status()))
	}
}

func (r *Routes) decided(c *gin.Context, what string, attrs ...slog.Attr) {
	ctx := c.Request.Context()
	if !r.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs = append(attrs, slog.String("method", c.Request.Method), slog.String("route", c.FullPath()),
		slog.String("ip", user.RequestFrom(ctx).ClientIP))
	if u := ResultFrom(c).User; u != nil {
		attrs = append(attrs, slog.String("by", string(u.ID)))
	} else if id, known := c.Get(refusedKey{}); known {
		attrs = append(attrs, slog.Any("by", id))
	}
	r.logger.LogAttrs(ctx, slog.LevelDebug, what, attrs...)
}
