package refresh_test

import (
	"log/slog"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/user"
)

var (
	jwtRecord  = backends.JWT{Record: true}
	jwtLong    = backends.JWT{Lifetime: time.Hour + time.Second}
	jwtForever = backends.JWT{Lifetime: backends.Forever}

	bearer  = backends.Bearer{}
	session = sessions.Transport{}
)

// plainStore is a store that keeps tokens, but no refresh tokens.
type plainStore struct{ user.Store }

// newError returns what is wrong with a configuration.
func newError(store user.Store, transport backends.Transport, strategy refresh.Strategy) error {
	_, err := ginauth.New(ginauth.Config{
		Store: store, Secret: secret, Logger: slog.New(slog.DiscardHandler),
		Backends: []backends.Backend{{Name: "app", Transport: transport, Strategy: strategy}},
	})
	return err
}
