package passkeys_test

import (
	"context"
	"log"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user/usertest"
)

func Example() {
	ctx := context.Background()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{web}})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()

	second, err := factors.New(ctx, auth, factors.Config{Issuer: "Camelot"}) // for recovery codes
	if err != nil {
		log.Fatal(err)
	}
	keys, err := passkeys.New(ctx, auth, passkeys.Config{
		RPID:           "camelot.example", // cannot be changed later
		Name:           "Camelot",         // what authenticators show
		Origins:        []string{"https://app.camelot.example"},
		AsSecondFactor: true, // leave it out for "a passkey is a comfort"
	})
	if err != nil {
		log.Fatal(err)
	}
	auth.AuthRoutes(web).Attach(r.Group("/auth/web")) // after both: it has /login/factor and /reauthenticate now
	keys.Login(web).Attach(r.Group("/auth/web"))      // /passkey/options, /passkey/login
	second.Own().Attach(r.Group("/users/me"))         // /factors, /recovery-codes
	keys.Own().Attach(r.Group("/users/me"))           // /passkeys
	keys.Admin().Attach(r.Group("/users/:id"))        // superusers: list and remove
}
