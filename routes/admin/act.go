package admin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// actRoute is a route without a body over one user.
func (r room) actRoute(path, operation string, event user.EventKind, summary string, successes []routes.Success) routes.Route {
	return routes.Route{Method: http.MethodPost, Path: path, Operation: operation, Event: event, Guard: r.write, Doc: routes.Doc{
		Summary: summary, Params: []routes.Param{r.routes.IDParam()}, Successes: successes,
	}}
}

// verify is POST /:id/verify.
func (r room) verify(c *gin.Context) error {
	u, err := r.target(c, r.write)
	if err != nil {
		return err
	}
	yes := true
	after, err := r.routes.Manager().Update(c.Request.Context(), u, user.Changes{IsVerified: &yes})
	if err != nil {
		return err
	}
	return routes.User(c, http.StatusOK, after)
}

// logout is POST /:id/logout.
func (r room) logout(c *gin.Context) error {
	u, err := r.target(c, r.write)
	if err != nil {
		return err
	}
	if _, err := r.routes.Manager().LogOutEverywhere(c.Request.Context(), u, ""); err != nil {
		return err
	}
	return routes.NoContent(c)
}

// unlock is POST /:id/unlock.
func (r room) unlock(c *gin.Context) error {
	u, err := r.target(c, r.write)
	if err != nil {
		return err
	}
	if err := r.routes.Manager().Unlock(c.Request.Context(), u); err != nil {
		return err
	}
	r.routes.ForgetFactorFailures(c.Request.Context(), u)
	return routes.NoContent(c)
}

func (r room) createRoute() routes.Route {
	return routes.Route{Method: http.MethodPost, Path: "", Operation: "create", Event: user.EventRegistered, Guard: r.write, Doc: routes.Doc{
		Summary:     "Create a user",
		Description: "Without a password the user gets a mail to set one. Superusers alone give a password, roles and `is_superuser`.",
		Body:        r.routes.NewAccountBody(),
		Successes:   r.routes.UserAnswer(http.StatusCreated, "The new user."),
		Limited:     true,
		Vetoed:      r.routes.Manager().Vetoes().Register,
	}}
}

// create is POST of the group's own path.
func (r room) create(c *gin.Context) error {
	if err := r.routes.Admit(c, r.write); err != nil {
		return err
	}
	registration, err := r.routes.NewAccount(c)
	if err != nil {
		return err
	}
	// The body may have been long on its way.
	if err := r.routes.Admit(c, r.write); err != nil {
		return err
	}
	if !me(c).IsSuperuser && (registration.IsSuperuser || len(registration.Roles) > 0 || registration.Password != "") {
		return routes.ErrForbidden
	}
	ctx := c.Request.Context()
	u, err := r.routes.Manager().Create(ctx, registration)
	if err != nil {
		return err
	}
	if registration.Password == "" {
		r.routes.Manager().Welcome(ctx, u)
	}
	return routes.User(c, http.StatusCreated, u)
}
