package routes

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Handler serves a route. An error it returns becomes an answer by its
// [Operation]; it has written no answer then.
type Handler func(c *gin.Context) error

// handle wraps a handler with what every ginauth route has.
func (r *Routes) handle(op Operation, h Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer r.contain(c)
		r.prepare(c)
		secure(c)
		if err := h(c); err != nil {
			r.fail(c, op, err)
			return
		}
		r.logUnshown(c)
		r.done(c)
	}
}

// prepare gives the request its metadata for hooks and its budget for the store.
func (r *Routes) prepare(c *gin.Context) {
	ctx := &user.RequestContext{}
	ctx.Begin(c.Request.Context(), user.Request{
		ClientIP:  r.clientIP(c.Request),
		UserAgent: c.Request.UserAgent(),
	})
	c.Request = c.Request.WithContext(ctx)
}

// contain turns a panic into a plain 500. Gin's own recovery would dump the
// request, whose headers and body hold secrets, into the log.
func (r *Routes) contain(c *gin.Context) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler { //nolint:errorlint // net/http compares it just so
		panic(cause)
	}
	r.logger.LogAttrs(c.Request.Context(), slog.LevelError, "ginauth: request panicked",
		slog.String("method", c.Request.Method), slog.String("route", c.FullPath()),
		slog.String("panic", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	if c.Writer.Written() {
		c.Abort()
		return
	}
	r.refuse(c, http.StatusInternalServerError, "Internal Server Error")
}
