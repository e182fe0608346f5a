package factors

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// Admin returns the routes with which superusers, and users with Config.Permission, help
// users, to attach to a path with the parameter :id, usually /users/:id: GET /factors, and
// DELETE /factors for a user who has lost them all. A user who may do more than the one who
// asks is a 403. Of the options it takes [ginauth.Verified].
func (f *Factors) Admin(options ...ginauth.GroupOption) routes.Group {
	chosen := ginauth.Options(options...)
	see := routes.Demands{User: true, Active: true, Verified: chosen.Verified, Superuser: f.config.Permission == ""}
	if !see.Superuser {
		see.Permissions = []string{f.config.Permission}
	}
	change := see
	change.Fresh = f.config.Fresh
	a := admin{f, see, change}
	operation := routes.Operation{Answers: []routes.Answer{notThere}}
	return f.routes.Group("user_factors",
		f.routes.Handled(routes.Route{
			Method: http.MethodGet, Path: "/factors", Operation: "list", Guard: see, Doc: listDoc("List a user's factors"),
		}, operation, a.list),
		f.routes.Handled(a.resetRoute(), operation, a.reset))
}

// admin is the routes over other users.
type admin struct {
	*Factors
	see, change routes.Demands
}

// target admits the one who asks and returns the user of the path.
func (a admin) target(c *gin.Context, demands routes.Demands) (*user.User, error) {
	u, err := a.routes.Target(c, demands)
	if err == nil && !a.routes.Manager().Covers(routes.ResultFrom(c).User, u) {
		return nil, routes.ErrForbidden
	}
	return u, err
}

// list is GET /factors.
func (a admin) list(c *gin.Context) error {
	u, err := a.target(c, a.see)
	if err != nil {
		return err
	}
	return a.show(c, u)
}

func (a admin) resetRoute() routes.Route {
	return routes.Route{Method: http.MethodDelete, Path: "/factors", Operation: "reset", Event: EventFactorsReset, Guard: a.change, Doc: routes.Doc{
		Summary: "Remove all of a user's factors",
		Description: "For a user who has lost them. The user's sessions end, trusted browsers and recovery codes go, and the next login needs the " +
			"password alone. Make sure who asks for it. Superusers remove their own factors one by one.",
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "They are removed."}},
		Refusals:  []routes.Refused{*routes.ErrForbidden},
		Vetoed:    a.vetoes(),
	}}
}

// reset is DELETE /factors. A request that ends in the middle can be repeated.
func (a admin) reset(c *gin.Context) error {
	u, err := a.target(c, a.change)
	if err != nil {
		return err
	}
	if u.ID == routes.ResultFrom(c).User.ID {
		return routes.ErrForbidden
	}
	ctx := c.Request.Context()
	if err := a.vetoed(ctx, u, user.CredentialChange{Kind: totpKind, Removed: true}); err != nil {
		return err
	}
	e := event(EventFactorsReset, u, nil)
	if err := a.require(ctx, &e); err != nil {
		return err
	}
	after, err := a.routes.Manager().ResetSecondFactor(ctx, u)
	if err != nil {
		return err
	}
	err = a.stored(ctx, func(ctx context.Context) error {
		return a.store.DeleteCredentialsOf(ctx, u.ID, totpKind, recoveryKind, deviceKind)
	})
	if err != nil {
		return err
	}
	a.routes.ForgetFactorFailures(ctx, after)
	a.emit(ctx, e)
	a.notify(ctx, user.MailFactorsReset, after, 0)
	return routes.NoContent(c)
}
