package factors_test

import (
	"context"
	"log"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user/usertest"
)

func Example() {
	ctx := context.Background()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{web},
		RequireFactor: func(u *ginauth.User) bool { return u.IsSuperuser },
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()

	second, err := factors.New(ctx, auth, factors.Config{
		Issuer:      "Camelot",           // what authenticator apps show
		TrustDevice: 30 * 24 * time.Hour, // leave it out for "ask every time"
	})
	if err != nil {
		log.Fatal(err)
	}
	auth.AuthRoutes(web).Attach(r.Group("/auth/web")) // after factors.New: it has /login/factor and /reauthenticate now
	second.Own().Attach(r.Group("/users/me"))         // /factors, /recovery-codes
	second.Admin().Attach(r.Group("/users/:id"))      // superusers: GET and DELETE /factors
}

func ExampleFactors_Reseal() {
	reseal := func(ctx context.Context, second *factors.Factors) {
		if _, err := second.Reseal(ctx); err != nil {
			log.Fatal(err)
		}
	}
	_ = reseal
}
