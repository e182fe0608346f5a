package ginauth_test

import (
	"log"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/usertest"
)

func ExampleRole() {
	r := gin.New()
	write, desk := func(*gin.Context) {}, func(*gin.Context) {}

	auth, err := ginauth.New(ginauth.Config{
		Roles: map[string][]string{
			"editor":  {"posts:write"},
			"support": {"users:read"},
			"chief":   {"posts:*"},
		},
		// …
		Store: usertest.NewStore(), Secret: "0123456789abcdef0123456789abcdef",
		Backends: []backends.Backend{{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	r.POST("/posts", auth.ActiveUser(ginauth.Can("posts:write")), write)
	r.GET("/desk", auth.ActiveUser(ginauth.Role("support")), desk)
	// Output:
}
