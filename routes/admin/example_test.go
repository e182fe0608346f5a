package admin_test

import (
	"context"
	"log"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

func Example() {
	ctx, r := context.Background(), gin.New()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web},
		Hooks:           mails.Hooks(mails.Config{Sender: &mails.Outbox{}, AppURL: "https://camelot.bt"}),
		RequiredEvents:  []user.EventKind{user.EventImpersonated}, // without a record no one acts in a user's name
		OnRequiredEvent: func(context.Context, user.Event) error { return nil },
	})
	if err != nil {
		log.Fatal(err)
	}

	room, err := admin.New(ctx, auth, admin.Config{})
	if err != nil {
		log.Fatal(err)
	}
	auth.UsersRoutes().Attach(r.Group("/users")) // without ListUsers()
	room.Routes().Attach(r.Group("/users"))
	// Output:
}
