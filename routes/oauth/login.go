package oauth

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// login is the flow that logs users in.
type login struct {
	*flow
	backend   *backends.Running
	demands   routes.Demands
	operation routes.Operation
}

func (l *login) authorize(c *gin.Context) error { return l.flow.authorize(c, "") }

func (l *login) callback(c *gin.Context) error {
	csrf, err := l.forget(c)
	if err != nil {
		return err
	}
	a, target, err := l.accept(c, csrf, "")
	var u *user.User
	if err == nil {
		u, err = l.signIn(c, a)
	}
	if !l.redirects() {
		if err != nil {
			return err
		}
		return l.routes.Enter(c, l.backend, federated(u, a.state), l.demands)
	}
	if err == nil {
		_, _, err = l.routes.LogIn(c, l.backend, federated(u, a.state), l.demands)
	}
	return l.redirect(c, l.operation, target, err)
}

// signIn returns the user for an accepted answer. It issues no token.
func (l *login) signIn(c *gin.Context, a answer) (*user.User, error) {
	identity, err := l.redeem(c, a)
	if err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	request := user.RequestFrom(ctx)
	request.Backend = l.backend.Name
	u, err := l.accounts.SignIn(user.WithRequest(ctx, request), identity, Policy{
		AssociateByEmail:    l.config.AssociateByEmail,
		IsVerifiedByDefault: l.config.IsVerifiedByDefault,
		Verified:            l.demands.Verified,
		KeepTokens:          l.config.KeepTokens,
	})
	var unusable *email.Error
	if errors.As(err, &unusable) {
		return nil, errNoEmail
	}
	return u, err
}

// federated returns the login of a user through a provider.
func federated(u *user.User, s state) user.Login {
	return user.Login{User: u, Methods: []user.Method{user.MethodFederated}, Remember: s.remember}
}
