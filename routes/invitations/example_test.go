package invitations_test

import (
	"context"
	"log"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

func Example() {
	ctx := context.Background()
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api},
		Hooks: mails.Hooks(mails.Config{Sender: &mails.Outbox{}, AppURL: "https://app.example"}),
		Policy: user.Policy{
			Registration:   ginauth.InvitationOnly,
			AllowedDomains: []string{"camelot.bt"}, // leave it out for all
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()

	invited, err := invitations.New(ctx, auth, invitations.Config{})
	if err != nil {
		log.Fatal(err)
	}
	invited.Routes().Attach(r)                     // /invitations
	auth.RegisterRoutes().Attach(r.Group("/auth")) // after invitations.New: it reads the field invitation now
}
