package authtest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
)

func TestImpersonate(t *testing.T) {
	t.Parallel()
	for _, b := range []backends.Backend{
		{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}},
		{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
	} {
		kit := authtest.New(t)
		auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{b}})
		engine := gin.New()
		engine.GET("/", auth.ActiveUser(), func(c *gin.Context) {
			c.String(http.StatusOK, string(ginauth.ActorFrom(c))+" as "+string(ginauth.UserFrom(c).ID))
		})
		admin, u := kit.User(authtest.Superuser()), kit.User()
		for _, test := range []struct {
			actor, user *ginauth.User
			status      int
			want        string
		}{{admin, u, 200, string(admin.ID) + " as " + string(u.ID)}, {u, admin, 401, `{"detail":"Unauthorized"}`}, {admin, admin, 401, `{"detail":"Unauthorized"}`}} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			kit.Impersonate(r, b, test.actor, test.user)
			answer := httptest.NewRecorder()
			engine.ServeHTTP(answer, r)
			if answer.Code != test.status || answer.Body.String() != test.want {
				t.Errorf("%s: got %d %s, want %d %s", b.Name, answer.Code, answer.Body, test.status, test.want)
			}
		}
	}
}
