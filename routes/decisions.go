package routes

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// Every decision is logged at level Debug: what was refused, with its code, who
// logged in, what was done, to whom and by whom. The attributes are a fixed list.
// Nothing in them is what a client sent, but its address and the error that an OAuth
// callback was given.

// refusedKey is where the request keeps the ID of a user who may not do what he asks.
type refusedKey struct{}

// aboutKey is where the request keeps the ID of the user it does something to, who
// need not be the one who asks.
type aboutKey struct{}

// about notes for the log whom the request is about.
func about(c *gin.Context, u *user.User) { c.Set(aboutKey{}, string(u.ID)) }

// changedKey is where the request keeps that it has changed something.
type changedKey struct{}

// Changed notes for the log that the request has changed something, although it is a
// GET, as the callback of a provider is.
func Changed(c *gin.Context) { c.Set(changedKey{}, true) }

// refused logs a refusal.
func (r *Routes) refused(c *gin.Context, status int, detail any) {
	r.decided(c, "ginauth: refused", slog.Int("status", status), slog.String("code", codeOf(detail)))
}

// loggedIn logs a login.
func (r *Routes) loggedIn(c *gin.Context, b *backends.Running, u *user.User) {
	about(c, u)
	r.decided(c, "ginauth: logged in", slog.String("backend", b.Name))
}

// done logs what has changed something. Reading is no decision of interest.
func (r *Routes) done(c *gin.Context) {
	if c.Request.Method != http.MethodGet || c.GetBool(changedKey{}) {
		r.decided(c, "ginauth: done", slog.Int("status", c.Writer.Status()))
	}
}

func (r *Routes) decided(c *gin.Context, what string, attrs ...slog.Attr) {
	ctx := c.Request.Context()
	if !r.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	if id := c.GetString(aboutKey{}); id != "" {
		attrs = append(attrs, slog.String("user", id))
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
