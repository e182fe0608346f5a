package events_test

import (
	"log"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/events"
	"github.com/ginauth/ginauth/user/usertest"
)

func Example() {
	kept, err := audit.NewLog(&audittest.Store{}, audit.Config{}) // mongoaudit or sqlstore in real life
	if err != nil {
		log.Fatal(err)
	}
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web}, OnEvent: kept.Sink,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := attachEvents(gin.New(), auth, kept); err != nil {
		log.Fatal(err)
	}
}

// attachEvents attaches the lists beside the other routes of users.
func attachEvents(r *gin.Engine, auth *ginauth.Auth, log *audit.Log) error {
	lists, err := events.New(auth, events.Config{Log: log})
	if err != nil {
		return err
	}
	lists.Own().Attach(r.Group("/users/me"))
	lists.Admin().Attach(r.Group("/users/:id"))
	lists.All().Attach(r.Group("/"))
	return nil
}
