package maillogin_test

import (
	"context"
	"log"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/user/usertest"
)

func Example() {
	ctx := context.Background()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{web},
		Hooks: mails.Hooks(mails.Config{
			Sender:    &mails.Outbox{}, // SMTP and From in real life
			AppURL:    "https://app.example",
			LoginPath: "/login-by-mail", // the page that the link opens
		}),
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()

	mail, err := maillogin.New(ctx, auth, maillogin.Config{SignUp: true})
	if err != nil {
		log.Fatal(err)
	}
	mail.Request().Attach(r.Group("/auth"))      // POST /auth/request-login
	mail.Login(web).Attach(r.Group("/auth/web")) // POST /auth/web/login/mail
}
