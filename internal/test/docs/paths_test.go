package docs

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/user/usertest"
)

// docs/admin.md says how an application names the parameter of its own routes below
// a user's path, and what Gin says otherwise.
func TestOwnPathsBelowUsers(t *testing.T) {
	t.Parallel()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	auth.UsersRoutes().Attach(r.Group("/users"))
	orders := func(c *gin.Context) { c.String(http.StatusOK, c.Param("id")) }
	r.GET("/users/:id/orders", orders)

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/users/42/orders", nil))
	if w.Body.String() != "42" {
		t.Errorf("got %d %q, want 42", w.Code, w.Body)
	}
	defer func() {
		text, _ := recover().(string)
		for _, part := range []string{"':user' in new path", "conflicts with existing wildcard ':id'"} {
			if !strings.Contains(text, part) || !strings.Contains(source.Read(t, "docs/admin.md"), part) {
				t.Errorf("got panic %q, want %q in it and in docs/admin.md", text, part)
			}
		}
	}()
	r.GET("/users/:user/bills", orders)
}
