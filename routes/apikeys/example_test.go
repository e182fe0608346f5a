package apikeys_test

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user/usertest"
)

func Example() {
	ctx := context.Background()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	key := backends.Backend{Name: "key", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{web, key}})
	if err != nil {
		log.Fatal(err)
	}
	keys, err := apikeys.New(ctx, auth, apikeys.Config{
		Scopes: map[string]apikeys.Scope{
			"orders:read":  {Description: "see orders"},
			"orders:write": {Description: "change orders"},
		},
		MaxLifetime: 366 * 24 * time.Hour, // leave it out for "for ever"
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	keys.Own().Attach(r.Group("/users/me"))    // /api-keys
	keys.Admin().Attach(r.Group("/users/:id")) // superusers: see and end them

	r.GET("/orders", auth.ActiveUser(ginauth.Scope("orders:read")), func(c *gin.Context) {
		c.String(http.StatusOK, "the orders of %s", ginauth.UserFrom(c).Email)
	})
}

func Example_scopes() {
	guards := func(auth *ginauth.Auth) {
		auth.ActiveUser(ginauth.Scope("orders:read", "orders:write"))    // all of them
		auth.ActiveUser(ginauth.AnyScope("orders:read", "orders:write")) // one of them
	}
	_ = guards
}

func ExampleFrom() {
	orders := func(c *gin.Context) {
		if _, name, ok := apikeys.From(c); ok {
			c.Header("X-Program", name)
		}
		c.Status(http.StatusNoContent)
	}
	_ = orders
}
