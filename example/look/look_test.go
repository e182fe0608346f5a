package look_test

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/example/look"
	"github.com/ginauth/ginauth/user/usertest"
)

// The look is what docs/pages.md says: 20 lines of style, own words, and all the pages.
func TestLook(t *testing.T) {
	t.Parallel()
	gin.SetMode(gin.ReleaseMode)
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web}})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	look.Attach(r, auth, web)
	response := httptest.NewRecorder()
	r.ServeHTTP(response, httptest.NewRequestWithContext(t.Context(), "GET", "/account/sign-in", nil))
	for _, want := range []string{"<title>Welcome back · Camelot</title>", "/account/assets/logo.svg?v=", "/account/assets/theme.css?v="} {
		if !strings.Contains(response.Body.String(), want) {
			t.Errorf("%q is not on the page:\n%s", want, response.Body)
		}
	}
	style, err := os.ReadFile("assets/theme.css")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(style), "\n"); lines > 20 {
		t.Errorf("the style has %d lines, want 20", lines)
	}
}
