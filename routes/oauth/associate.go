package oauth

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// association is the flow that links an account to the logged-in user.
type association struct {
	*flow
	demands routes.Demands
}

func (a *association) authorize(c *gin.Context) error {
	if err := a.routes.Admit(c, a.demands); err != nil {
		return err
	}
	return a.flow.authorize(c, string(routes.ResultFrom(c).User.ID))
}

func (a *association) callback(c *gin.Context) error {
	csrf, err := a.forget(c)
	if err != nil {
		return err
	}
	if err := a.routes.Admit(c, a.demands); err != nil {
		return err
	}
	u := routes.ResultFrom(c).User
	accepted, target, err := a.accept(c, csrf, string(u.ID))
	if err == nil {
		err = a.link(c, u, accepted)
	}
	switch {
	case a.redirects():
		return a.redirect(c, associateOperation, target, err)
	case err != nil:
		return err
	}
	return routes.User(c, http.StatusOK, u)
}

func (a *association) link(c *gin.Context, u *user.User, accepted answer) error {
	identity, err := a.redeem(c, accepted)
	if err != nil {
		return err
	}
	// The provider may have taken its time: a session that was ended meanwhile must not
	// link a way in that outlives it.
	if err := a.routes.Admit(c, a.demands); err != nil {
		return err
	}
	return a.accounts.Link(c.Request.Context(), u, identity, a.config.KeepTokens)
}
