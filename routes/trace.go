package routes

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// logsIn reports whether the route ends in a login, or may.
func (r Route) logsIn() bool {
	return r.Event == user.EventLogin || r.Event == user.EventFactorFailed || r.Doc.AsksFactor || r.Backend != "" && r.Operation == "callback"
}

// traceLogin calls Trace.Login, and returns what is to be done at the end.
func (r *Routes) traceLogin(c *gin.Context, backend string) func() {
	ctx, done := r.trace.Login(c.Request.Context(), backend)
	c.Request = c.Request.WithContext(ctx)
	return func() { done(user.OutcomeOf(c.Writer.Status())) }
}

// traceGuard calls Trace.Guard.
func (r *Routes) traceGuard(c *gin.Context, err error, took time.Duration) {
	outcome, backend := user.OutcomeOK, ""
	if err != nil {
		status, _, _ := answer(noOperation, err)
		outcome = user.OutcomeOf(status)
	}
	if b := ResultFrom(c).Backend; b != nil {
		backend = b.Name
	}
	r.trace.Guard(c.Request.Context(), backend, outcome, took)
}
