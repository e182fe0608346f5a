package routes

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// Handler serves a route. An error it returns becomes the answer that the route's
// [Operation] has for it; the Handler must not have written one then.
type Handler func(c *gin.Context) error

// handle wraps a handler with what every ginauth route has: protection from panics, the
// metadata of the request and its time for store calls, security headers, events of
// refusals, and answers to errors.
func (r *Routes) handle(route Route, op Operation, h Handler) gin.HandlerFunc {
	refusal := any(route.refusal())
	return func(c *gin.Context) {
		defer r.contain(c)
		r.prepare(c)
		secure(c)
		if route.Event != "" {
			c.Set(refusalKey{}, refusal)
		}
		if r.trace.Login != nil && route.logsIn() {
			defer r.traceLogin(c, route.Backend)()
		}
		if err := h(c); err != nil {
			r.fail(c, op, err)
		}
		if users, ok := c.Get(unshownKey{}); ok {
			r.logUnshown(c.Request.Context(), users.([]unshown))
		}
	}
}

// requestContext is the context of a request, with the place for what a guard finds: one
// allocation for both.
type requestContext struct {
	user.RequestContext
	result backends.Result
}

// resultOf returns the place for the result of a guard of the request.
func resultOf(c *gin.Context) *backends.Result {
	if ctx, ok := c.Request.Context().(*requestContext); ok {
		return &ctx.result
	}
	return new(backends.Result) // other middleware has wrapped the context
}

// prepare gives the request its metadata for hooks and its budget for the store.
func (r *Routes) prepare(c *gin.Context) {
	ctx := &requestContext{}
	ctx.Begin(c.Request.Context(), user.Request{
		ClientIP:  r.clientIP(c.Request),
		UserAgent: c.Request.UserAgent(),
		RequestID: requestID(c),
	})
	c.Request = c.Request.WithContext(ctx)
}

const requestIDHeader = "X-Request-Id"

// requestID returns the ID that middleware has given the request, or a proxy in front
// of the application: 1 to 100 letters, digits and "-._~+/=:", else nothing.
func requestID(c *gin.Context) string {
	id := c.Writer.Header().Get(requestIDHeader)
	if id == "" {
		id = c.Request.Header.Get(requestIDHeader)
	}
	if len(id) > 100 {
		return ""
	}
	for _, b := range []byte(id) {
		if !('a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("-._~+/=:", b) >= 0) {
			return ""
		}
	}
	return id
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
