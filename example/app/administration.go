package app

import (
	"context"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/records"
)

// withRights adds the roles of the demonstration, and the record without which no superuser
// acts in a user's name.
func withRights(c ginauth.Config) ginauth.Config {
	c.Roles = map[string][]string{"editor": {"posts:write"}, "support": {"users:read"}}
	c.RequiredEvents = append(c.RequiredEvents, user.EventImpersonated)
	if c.OnRequiredEvent == nil {
		c.OnRequiredEvent = func(ctx context.Context, e user.Event) error {
			slog.InfoContext(ctx, "event", slog.Any("event", e))
			return nil
		}
	}
	return c
}

// attachUsers attaches the users and, where mails are sent and the store has filtered
// lists, their administration.
func (a *App) attachUsers(ctx context.Context, r gin.IRouter) error {
	_, lists := records.As[listing.Store](a.Auth.Manager().Store())
	if !lists || !a.Auth.Manager().Mails(user.MailWelcome) {
		a.Auth.UsersRoutes(ginauth.ListUsers()).Attach(r)
		return nil
	}
	room, err := admin.New(ctx, a.Auth, admin.Config{})
	if err != nil {
		return err
	}
	a.Auth.UsersRoutes().Attach(r)
	room.Routes().Attach(r)
	return nil
}
