package authtest_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
)

// The matrix of an application is accepted; then somebody changes a guard.
func TestMatrixFails(t *testing.T) {
	t.Setenv("AUTHTEST_UPDATE", "")
	tests := []struct {
		name   string
		change func(r *gin.Engine, auth *ginauth.Auth)
		want   []string
	}{
		{"guard lost", func(r *gin.Engine, auth *ginauth.Auth) {
			r.GET("/admin", ok)
		}, []string{
			"- GET     /admin  ✗ 401      ✗ 401     ✗ 403       ✗ 403   200        ✗ 401    ✗ 401    200\n" +
				"+ GET     /admin  200        200       200         200     200        200      200      200\n",
			"GET /admin now lets in: anonymous, inactive, unverified, active, expired, revoked.\n",
		}},
		{"guard too weak", func(r *gin.Engine, auth *ginauth.Auth) {
			r.GET("/admin", auth.CurrentUser(), ok)
		}, []string{"GET /admin now lets in: inactive, unverified, active.\n"}},
		{"guard of one backend only", func(r *gin.Engine, auth *ginauth.Auth) {
			r.GET("/admin", auth.Superuser(ginauth.Via("api")), ok)
		}, []string{
			"- GET     /admin  ✗ 401      ✗ 401     ✗ 403       ✗ 403   200        ✗ 401    ✗ 401    200\n" +
				"+ GET     /admin\n" +
				"+         by web  ✗ 401      ✗ 401     ✗ 401       ✗ 401   ✗ 401      ✗ 401    ✗ 401    ✗ 401\n" +
				"+         by api  ✗ 401      ✗ 401     ✗ 403       ✗ 403   200        ✗ 401    ✗ 401    -\n",
			"GET /admin now refuses: superuser, cross-origin.\n",
		}},
		{"new route without guard", func(r *gin.Engine, auth *ginauth.Auth) {
			r.GET("/admin", auth.Superuser(), ok)
			r.GET("/secrets", ok)
		}, []string{
			"  method  path      anonymous  inactive  unverified  active  superuser  expired  revoked  cross-origin\n" +
				"+ GET     /secrets  200        200       200         200     200        200      200      200\n",
			"GET /secrets is new and lets everybody in, also anonymous: is a guard missing?\n",
		}},
		{"new route with guard", func(r *gin.Engine, auth *ginauth.Auth) {
			r.GET("/admin", auth.Superuser(), ok)
			r.GET("/a/very/long/path/that/moves/all/others", auth.ActiveUser(), ok)
		}, []string{"\nGET /a/very/long/path/that/moves/all/others is new.\n"}},
		{"route gone", func(*gin.Engine, *ginauth.Auth) {}, []string{"- GET     /admin ", "\nGET /admin is gone.\n"}},
		{"route answers otherwise", func(r *gin.Engine, auth *ginauth.Auth) {
			r.GET("/admin", auth.Superuser(), func(c *gin.Context) { c.Status(http.StatusAccepted) })
		}, []string{"\nGET /admin answers otherwise.\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			failed, log := adminMatrix(t, tt.change)
			if !failed {
				t.Error("the test of the application did not fail")
			}
			want := append(tt.want, "AUTHTEST_UPDATE=1 go test -run '^TestAccess$/^of_an_app$' github.com/ginauth/ginauth/authtest\n")
			for _, text := range want {
				if !strings.Contains(log, text) {
					t.Errorf("got log\n%s\nwant in it\n%s", log, text)
				}
			}
			if strings.Contains(log, "/hello") {
				t.Errorf("the log names a route that did not change:\n%s", log)
			}
		})
	}
}

func ok(c *gin.Context) { c.Status(http.StatusOK) }

// adminMatrix accepts the matrix of an application with a route for superusers and
// returns what the test of the changed application says.
func adminMatrix(t *testing.T, change func(*gin.Engine, *ginauth.Auth)) (failed bool, log string) {
	t.Helper()
	golden := authtest.Golden(filepath.Join(t.TempDir(), "deep", "access.golden"))
	run := func(tb testing.TB, change func(*gin.Engine, *ginauth.Auth)) {
		kit := authtest.New(tb)
		auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{web, api}})
		engine := gin.New()
		engine.GET("/hello", auth.ActiveUser(), ok)
		change(engine, auth)
		authtest.Matrix(tb, auth, engine, golden)
	}
	superusersOnly := func(r *gin.Engine, auth *ginauth.Auth) { r.GET("/admin", auth.Superuser(), ok) }

	t.Setenv("AUTHTEST_UPDATE", "1")
	run(t, superusersOnly)
	t.Setenv("AUTHTEST_UPDATE", "0")
	run(t, superusersOnly) // accepted: must not fail
	return failing(t, "TestAccess/of_an_app", func(fake testing.TB) { run(fake, change) })
}

func TestMatrixWithoutGolden(t *testing.T) {
	t.Setenv("AUTHTEST_UPDATE", "")
	file := filepath.Join(t.TempDir(), "access.golden")
	failed, log := failing(t, "TestAccess", func(fake testing.TB) {
		kit, auth, engine := bareApp(fake)
		engine.GET("/hello", auth.ActiveUser(), ok)
		_ = kit
		authtest.Matrix(fake, auth, engine, authtest.Golden(file))
	})
	for _, want := range []string{
		"there is no accepted access matrix in " + file + " yet",
		"\nGET     /hello  ✗ 401      ✗ 401     200         200     200        ✗ 401    ✗ 401    -\n",
		"AUTHTEST_UPDATE=1 go test -run '^TestAccess$' github.com/ginauth/ginauth/authtest\n",
	} {
		if !failed || !strings.Contains(log, want) {
			t.Errorf("got failed %v and log\n%s\nwant in it\n%s", failed, log, want)
		}
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("got error %v, want no file written unasked", err)
	}
}
