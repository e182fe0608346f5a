package feature_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/example/feature"
	"github.com/ginauth/ginauth/openapi"
)

var api = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}

func TestTerms(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{api}})
	terms, err := feature.New(t.Context(), auth, "2026-01")
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	terms.Own().Attach(engine.Group("/users/me")) // the one line of the application
	engine.GET("/orders", auth.ActiveUser(), terms.Accepted(), func(c *gin.Context) { c.Status(204) })

	arthur := kit.User()
	steps := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"before", "GET", "/users/me/terms", "", 200, `{"version":"2026-01","accepted":false}`},
		{"guarded before", "GET", "/orders", "", 403, `{"detail":"TERMS_NOT_ACCEPTED"}`},
		{"nothing", "POST", "/users/me/terms", `{}`, 422, `{"detail":[{"loc":["body","version"],"msg":"field required","type":"value_error.missing"}]}`},
		{"another version", "POST", "/users/me/terms", `{"version":"2025-01"}`, 422, `{"detail":[{"loc":["body","version"],"msg":"is not the present version","type":"value_error"}]}`},
		{"accept", "POST", "/users/me/terms", `{"version":"2026-01"}`, 204, ""},
		{"accept again", "POST", "/users/me/terms", `{"version":"2026-01"}`, 204, ""},
		{"after", "GET", "/users/me/terms", "", 200, `{"version":"2026-01","accepted":true}`},
		{"guarded after", "GET", "/orders", "", 204, ""},
	}
	for _, step := range steps {
		r := httptest.NewRequest(step.method, step.path, strings.NewReader(step.body))
		r.Header.Set("Content-Type", "application/json")
		kit.LogIn(r, api, arthur)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		if w.Code != step.status || w.Body.String() != step.want {
			t.Errorf("%s: got %d %s, want %d %s", step.name, w.Code, w.Body, step.status, step.want)
		}
	}
	document, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	if path := document.Paths.Find("/users/me/terms"); path == nil || path.Get == nil || path.Post == nil {
		t.Errorf("got %+v in the OpenAPI document, want GET and POST", path)
	}
}
