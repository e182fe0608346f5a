package app

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/maillogin"
)

// attachMailLogin lets users log in by mail, at every backend.
func (a *App) attachMailLogin(ctx context.Context, r *gin.Engine, w ways) error {
	mail, err := maillogin.New(ctx, a.Auth, maillogin.Config{
		SignUp: true,
		Cookie: backends.Cookie{Insecure: a.insecure()},
	})
	if err != nil {
		return err
	}
	mail.Request().Attach(r.Group("/auth"))
	mail.Login(w.jwt).Attach(r.Group("/auth/jwt"))
	mail.Login(w.cookie).Attach(r.Group("/auth/cookie"))
	mail.Login(w.session).Attach(r.Group("/auth/session"))
	mail.Login(w.redis).Attach(r.Group("/auth/redis"))
	mail.Login(w.app).Attach(r.Group("/auth/app"))
	mail.Login(w.appWeb).Attach(r.Group("/auth/app-web"))
	return nil
}
