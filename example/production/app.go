package main

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

var web = backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}

func newConfig(s settings, store user.Store) (ginauth.Config, error) {
	mailer, err := mails.New(mails.Config{SMTP: s.SMTP, From: s.MailFrom, AppURL: s.AppURL, AppName: "Camelot"})
	if err != nil {
		return ginauth.Config{}, err
	}
	return ginauth.Config{
		Store:          store,
		Secret:         s.Secret,
		Backends:       []backends.Backend{web},
		Hooks:          mailer.Hooks(),
		TrustedOrigins: []string{s.AppURL},
		TrustedProxies: s.Proxies,
	}, nil
}

func newEngine(s settings, auth *ginauth.Auth, ping func(context.Context) error) (*gin.Engine, error) {
	r := gin.New()
	if err := r.SetTrustedProxies(s.Proxies); err != nil { // for c.ClientIP, which ginauth does not use
		return nil, err
	}
	r.Use(gin.Recovery(), allowOrigin(s.AppURL))
	r.GET("/healthz", health(ping))

	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))
	r.GET("/hello", auth.ActiveUser(), func(c *gin.Context) {
		c.String(http.StatusOK, "Hello, %s\n", ginauth.UserFrom(c).Email)
	})
	return r, nil
}

// health answers 503 while the store does not answer, for the load balancer.
func health(ping func(context.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), 3*time.Second)
		defer cancel()
		if err := ping(ctx); err != nil {
			c.Status(http.StatusServiceUnavailable)
			return
		}
		c.Status(http.StatusOK)
	}
}
