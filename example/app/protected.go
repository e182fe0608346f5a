package app

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
)

// attachProtected shows every guard on a route of the application's own.
func attachProtected(r gin.IRouter, auth *ginauth.Auth) {
	guards := map[string]gin.HandlerFunc{
		"/user":               auth.CurrentUser(),
		"/optional":           auth.CurrentUser(ginauth.Optional()),
		"/active":             auth.ActiveUser(),
		"/verified":           auth.CurrentUser(ginauth.Verified()),
		"/active-verified":    auth.ActiveUser(ginauth.Verified()),
		"/superuser":          auth.Superuser(),
		"/verified-superuser": auth.Superuser(ginauth.Verified()),
		"/fresh":              auth.ActiveUser(ginauth.Fresh(10 * time.Minute)),
		"/mfa":                auth.ActiveUser(ginauth.MultiFactor()),
		"/scope":              auth.ActiveUser(ginauth.Scope("orders:read")),
		"/cookie-only":        auth.CurrentUser(ginauth.Via("cookie")),
	}
	for path, guard := range guards {
		r.GET(path, guard, showUser)
		r.POST(path, guard, showUser)
	}
}

type shown struct {
	User *ginauth.User `json:"user"`
}

// showUser answers with the request's user, null if there is none.
func showUser(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if err := routes.JSON(c, http.StatusOK, shown{ginauth.UserFrom(c)}); err != nil {
		c.AbortWithError(http.StatusInternalServerError, err)
	}
}
