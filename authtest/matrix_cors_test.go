package authtest_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
)

// refuseOrigins is what common middleware for CORS does: it answers 403 itself.
func refuseOrigins(c *gin.Context) {
	if origin := c.GetHeader("Origin"); origin != "" && origin != "https://app.example" {
		c.AbortWithStatus(http.StatusForbidden)
	}
}

// corsMatrix accepts the matrix of an application behind such a middleware and
// returns what the test of the changed application says.
func corsMatrix(t *testing.T, accepted, changed func(*gin.Engine, *ginauth.Auth)) (failed bool, log string) {
	t.Helper()
	golden := filepath.Join(t.TempDir(), "access.golden")
	run := func(tb testing.TB, attach func(*gin.Engine, *ginauth.Auth)) {
		auth := authtest.New(tb).Auth(ginauth.Config{Backends: []backends.Backend{web, api}})
		engine := gin.New()
		engine.Use(refuseOrigins)
		attach(engine, auth)
		authtest.Matrix(tb, auth, engine, authtest.Golden(golden))
	}
	if accepted != nil {
		t.Setenv("AUTHTEST_UPDATE", "1")
		run(t, accepted)
		t.Setenv("AUTHTEST_UPDATE", "0")
		run(t, accepted) // accepted: must not fail
	}
	t.Setenv("AUTHTEST_UPDATE", "0")
	return failing(t, "TestAccess", func(fake testing.TB) { run(fake, changed) })
}

// Behind the middleware every route would look as well guarded against other origins.
func TestMatrixBehindCORS(t *testing.T) {
	_, log := corsMatrix(t, nil, func(r *gin.Engine, auth *ginauth.Auth) {
		r.GET("/hello", auth.ActiveUser(), ok)
		r.POST("/orders", auth.ActiveUser(), ok)
		r.POST("/unguarded", ok)
		r.POST("/forbidden", func(c *gin.Context) { c.Status(http.StatusForbidden) })
	})
	want := "What each route answers to whom. ✗: refused by ginauth before the handler ran. -: there is no such caller.\n" +
		"cors: a middleware of the application refused the other origin with 403; then what the route answers without it.\n" +
		"Logged in by: web, api\n\n" +
		"method  path        anonymous  inactive  unverified  active  superuser  expired  revoked  cross-origin\n" +
		strings.Repeat("─", 102) + "\n" +
		"POST    /forbidden  403        403       403         403     403        403      403      403\n" +
		"GET     /hello      ✗ 401      ✗ 401     200         200     200        ✗ 401    ✗ 401    cors 200\n" +
		"POST    /orders     ✗ 401      ✗ 401     200         200     200        ✗ 401    ✗ 401    cors ✗ 403\n" +
		"POST    /unguarded  200        200       200         200     200        200      200      cors 200\n"
	if !strings.Contains(log, want) {
		t.Errorf("got log\n%s\nwant in it\n%s", log, want)
	}
}

// A guard that is lost shows, although the middleware still refuses.
func TestMatrixBehindCORSFails(t *testing.T) {
	failed, log := corsMatrix(t, func(r *gin.Engine, auth *ginauth.Auth) {
		r.POST("/orders", auth.ActiveUser(), ok)
	}, func(r *gin.Engine, _ *ginauth.Auth) {
		r.POST("/orders", ok)
	})
	want := "POST /orders now lets in: anonymous, inactive, expired, revoked, cross-origin.\n"
	if !failed || !strings.Contains(log, want) {
		t.Errorf("got failed %v and log\n%s\nwant in it\n%s", failed, log, want)
	}
}
