package routes

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// What packages with groups of their own need in addition.

// Logger returns where the routes log.
func (r *Routes) Logger() *slog.Logger { return r.logger }

// Keys returns keys of a purpose of their own; see [secrets.Keys.Derive].
func (r *Routes) Keys(info string) [][]byte { return r.keys.Derive(info) }

// Target admits a superuser and returns the user whose ID is the path's parameter id, or
// an error. Other users do not learn whether the user exists.
func (r *Routes) Target(c *gin.Context, admin Demands) (*user.User, error) { return r.target(c, admin) }

// Sealer returns what seals secrets that have to be stored and read again, with the
// application's key ring. Each feature has a context of its own.
func (r *Routes) Sealer() *secrets.Sealer { return r.keys.Sealer() }

// SameOrigin returns [ErrCrossOrigin] if a page of another origin sends a request that
// logs in at backend b, or carries a cookie of ginauth. It is for ways in, which come
// without a guard.
func (r *Routes) SameOrigin(c *gin.Context, b *backends.Running) error {
	if !r.crossOrigin.Allows(c.Request, len(b.Carrier.Cookies()) > 0) {
		return ErrCrossOrigin
	}
	return nil
}

// CallStore runs one call of a store within the request's budget; see [records.StoreCall].
func CallStore(ctx context.Context, call func(context.Context) error) error {
	_, err := records.StoreCall(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}

// InvalidQuery returns the error that answers 422 about a query parameter.
func InvalidQuery(name, message string) error {
	return &wire.InvalidError{Items: []wire.Item{wire.QueryItem(name, message)}}
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

// AllowsOrigin reports whether a request may change something in the name of a browser's
// user, or log one in: a request of a page of another origin may not, unless it is trusted.
func (r *Routes) AllowsOrigin(request *http.Request) bool { return r.crossOrigin.Allows(request, true) }

// LoginBackend returns the backend of that name, for groups that log users in through it.
// Panics if there is none, or if its tokens come from no login, as API keys.
func (r *Routes) LoginBackend(name string) *backends.Running { return r.mustLogin(name) }
