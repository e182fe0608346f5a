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
	"github.com/ginauth/ginauth/user"
)

// The columns of rights, and a route that forgets bans: it fails the test also where the
// file has its answer.
func TestMatrixOfRights(t *testing.T) {
	t.Setenv("AUTHTEST_UPDATE", "1")
	file := filepath.Join(t.TempDir(), "rights.golden")
	failed, log := failing(t, "TestRights", func(fake testing.TB) {
		kit := authtest.New(fake)
		auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{api}, Roles: map[string][]string{"editor": {"posts:write"}}})
		r := gin.New()
		r.GET("/posts", auth.ActiveUser(ginauth.Can("posts:write")), ok)
		r.GET("/own", auth.ActiveUser(ginauth.Self()), ok)
		r.GET("/forgetful", auth.CurrentUser(), func(c *gin.Context) {
			if !ginauth.UserFrom(c).IsActive {
				c.AbortWithStatus(http.StatusUnauthorized)
			}
		})
		authtest.Matrix(fake, auth, r, authtest.Golden(file), authtest.Callers(
			authtest.HasRole("editor"), authtest.Banned(), authtest.Demoted(), authtest.Impersonated()))
		if page, err := kit.Store().List(t.Context(), user.ListQuery{Limit: 1}); err != nil || len(page.Users) != 0 {
			t.Errorf("got users %v and error %v, want none left behind", page.Users, err)
		}
	})
	want := `GET /forgetful by api: the caller "banned" got 200, want 401 or 401 as the inactive or the anonymous one`
	if !failed || strings.Count(log, "the caller") != 1 || !strings.Contains(log, "the caller \"banned\" got 200") {
		t.Errorf("got %v and the log\n%s\nwant in it\n%s", failed, log, want)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"GET /posts ✗ 401 ✗ 401 ✗ 403 ✗ 403 200 ✗ 401 ✗ 401 - 200 ✗ 401 ✗ 403 ✗ 403",
		"GET /own ✗ 401 ✗ 401 200 200 200 ✗ 401 ✗ 401 - 200 ✗ 401 200 ✗ 403",
	} {
		if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), row) {
			t.Errorf("got\n%s\nwant in it %s", text, row)
		}
	}
	if failed, log := failing(t, "TestRights", func(fake testing.TB) {
		_, auth, r := bareApp(fake)
		r.GET("/", ok)
		authtest.Matrix(fake, auth, r, authtest.Golden(file), authtest.Callers(authtest.Caller{Name: "x", Like: []string{"activ"}, LogIn: authtest.Stale().LogIn}))
	}); !failed || !strings.Contains(log, `the caller "x" is to be like "activ", which is no column`) {
		t.Errorf("a column that is not there: got %v and the log %s", failed, log)
	}
}
