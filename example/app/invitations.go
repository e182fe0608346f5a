package app

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/username"
)

// usernames are the choices about user names, nil for none.
func (s Settings) usernames() *username.Rules {
	if s.Usernames != "on" {
		return nil
	}
	return &username.Rules{}
}

// registration says who can make an account.
func (s Settings) registration() user.RegistrationMode {
	switch s.Registration {
	case "invitation":
		return ginauth.InvitationOnly
	case "closed":
		return ginauth.Closed
	}
	return ginauth.Open
}

// attachRegistration attaches the routes of registration and of invitations to it.
func (a *App) attachRegistration(ctx context.Context, r *gin.Engine) error {
	if a.settings.registration() == ginauth.Closed {
		return nil
	}
	invited, err := invitations.New(ctx, a.Auth, invitations.Config{})
	if err != nil {
		return err
	}
	invited.Routes().Attach(r)
	a.Auth.RegisterRoutes().Attach(r.Group("/auth"))
	return nil
}
