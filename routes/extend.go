package routes

import (
	"log/slog"

	"github.com/gin-gonic/gin"
)

// What packages that add groups of their own need besides.

// Logger returns where the routes log.
func (r *Routes) Logger() *slog.Logger { return r.logger }

// Keys returns keys of a purpose of their own; see [user.Keys.Derive].
func (r *Routes) Keys(info string) [][]byte { return r.keys.Derive(info) }

// InvalidQuery returns the error that answers 422 about a query parameter.
func InvalidQuery(name, message string) error {
	return &invalidError{[]item{queryItem(name, message)}}
}

// Outcome returns the status and the code that err is answered with, and logs what
// has to be logged. It is for routes that answer in another way than by returning
// the error.
func (r *Routes) Outcome(c *gin.Context, operation Operation, err error) (status int, code string) {
	status, detail, log := answer(operation, err)
	if log {
		r.logFailure(c, err)
	}
	r.refused(c, status, detail)
	return status, codeOf(detail)
}
