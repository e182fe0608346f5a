package admin

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// errRefused refuses to act in the name of a superuser, of a user with more rights, of one
// who is barred, and in the own name.
var errRefused = &routes.Refused{Status: http.StatusForbidden, Detail: "IMPERSONATION_REFUSED"}

const backendParam = "backend"

func (r room) impersonateRoute() routes.Route {
	var names []string
	for _, b := range r.routes.Authenticator().Backends() {
		if b.HasLogin() {
			names = append(names, b.Name)
		}
	}
	return routes.Route{Method: http.MethodPost, Path: "/:id/impersonate", Operation: "impersonate", Event: user.EventImpersonated, Guard: r.acts, Doc: routes.Doc{
		Summary: "Act in a user's name",
		Description: "A login of the backend in the user's name, for at most an hour. In a browser the administrator's own login comes back at the " +
			"logout. Every answer carries `Ginauth-Actor`.",
		Params: []routes.Param{r.routes.IDParam(), {
			Name: backendParam, Values: names, Fault: backendFault, Description: "The backend to log in through. Defaults to that of the request.",
		}},
		Body: &routes.Body{Name: "Impersonation", Fields: []routes.Field{
			{Name: reasonField, Required: true, Description: "1 to 500 characters, for the record.", Example: "ticket 7"},
		}},
		Successes: r.loginSuccesses(),
		Refusals:  []routes.Refused{*errRefused},
		Vetoed:    r.config.BeforeImpersonate != nil,
	}}
}

const backendFault = "unknown backend"

// loginSuccesses describe the answers of the backends, one for each status. No refresh
// token is in them.
func (r room) loginSuccesses() (all []routes.Success) {
	for _, b := range r.routes.Authenticator().Backends() {
		if !b.HasLogin() {
			continue
		}
		success := routes.Success{Description: "The login of the backend."}
		answer := r.routes.LoginSuccess(b)
		success.Status, success.Body = answer.Status, answer.Body
		if refreshed, ok := answer.Body.(backends.BearerTokens); ok {
			success.Body = backends.BearerToken{AccessToken: refreshed.AccessToken, TokenType: refreshed.TokenType}
		}
		at := slices.IndexFunc(all, func(other routes.Success) bool { return other.Status == success.Status })
		if at < 0 {
			all = append(all, success)
			continue
		}
		// Beside cookies, with null as the body, the token of a header may be missing.
		for _, body := range []any{all[at].Body, success.Body} {
			if token, ok := body.(backends.BearerToken); ok && reflect.TypeOf(all[at].Body) != reflect.TypeOf(success.Body) {
				all[at].Body = &token
			}
		}
	}
	return all
}

// impersonate is POST /:id/impersonate.
func (r room) impersonate(c *gin.Context) error {
	if _, err := r.impersonated(c); err != nil {
		return err
	}
	in, err := r.routes.Input(c)
	if err != nil {
		return err
	}
	why := reason(in, in.Text(reasonField))
	if err := in.Err(); err != nil {
		return err
	}
	if why == "" {
		in.Invalid(reasonField, "must have 1 to 500 characters")
		return in.Err()
	}
	b, err := r.backend(c)
	if err != nil {
		return err
	}
	// The body may have been long on its way.
	u, err := r.impersonated(c)
	if err != nil {
		return err
	}
	actor := routes.ResultFrom(c)
	ctx := c.Request.Context()
	if err := r.before(ctx, actor.User, u, why); err != nil {
		return err
	}
	e := user.Event{Kind: user.EventImpersonated, User: u.ID, Actor: actor.User.ID, Backend: b.Name, Note: map[string]string{reasonField: why}}
	if err := r.routes.Manager().Require(ctx, &e); err != nil {
		return err
	}
	if err := r.routes.Impersonate(c, b, actor, u); err != nil {
		return err
	}
	r.routes.Manager().Emit(ctx, e)
	if !r.config.Silent {
		r.routes.Manager().NotifyEach(ctx, user.Mail{Kind: user.MailImpersonated, User: u})
	}
	return nil
}

// impersonated returns the user of the path, in whose name the one who asks may act.
func (r room) impersonated(c *gin.Context) (*user.User, error) {
	u, err := r.routes.Target(c, r.acts)
	if err != nil {
		return nil, err
	}
	if !r.routes.MayImpersonate(me(c), u) {
		return nil, errRefused
	}
	return u, nil
}

// backend returns the backend that the query names.
func (r room) backend(c *gin.Context) (*backends.Running, error) {
	names, given := c.GetQueryArray(backendParam)
	if !given {
		return routes.ResultFrom(c).Backend, nil
	}
	if len(names) == 1 && names[0] == backends.ReduceName(names[0]) {
		if b := r.routes.Authenticator().Backend(names[0]); b != nil && b.HasLogin() {
			return b, nil
		}
	}
	return nil, routes.InvalidQuery(backendParam, backendFault)
}

// before runs the application's hook, whose panic is an error.
func (r room) before(ctx context.Context, actor, u *user.User, why string) (err error) {
	if r.config.BeforeImpersonate == nil {
		return nil
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: BeforeImpersonate panicked: %v", user.ErrHook, cause)
		}
	}()
	return r.config.BeforeImpersonate(ctx, actor, u, why)
}
