package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

var (
	byCookie = backends.Backend{Name: "my-web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	byBearer = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
)

// A guard asks the backends that it was told to, in whatever spelling, and where it was
// told none it asks none.
func TestBackendsOfGuards(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{byCookie, byBearer}})
	chosen := func(names ...string) ginauth.Requirement {
		return ginauth.ViaFor(func(*gin.Context) []string { return names })
	}
	tests := []struct {
		name               string
		requirements       []ginauth.Requirement
		byCookie, byBearer int
	}{
		{"any", nil, 200, 200},
		{"by name", []ginauth.Requirement{ginauth.Via("my-web")}, 200, 401},
		{"by the reduced name", []ginauth.Requirement{ginauth.Via("myweb")}, 200, 401},
		{"chosen: nil", []ginauth.Requirement{chosen()}, 200, 200},
		{"chosen: none", []ginauth.Requirement{chosen([]string{}...)}, 401, 401},
		{"chosen: one", []ginauth.Requirement{chosen("my-web")}, 200, 401},
		{"chosen: one, by the reduced name", []ginauth.Requirement{chosen("myweb")}, 200, 401},
		{"chosen: one that is not configured", []ginauth.Requirement{chosen("badge")}, 401, 401},
		{"chosen: nil, where one is named", []ginauth.Requirement{chosen(), ginauth.Via("api")}, 401, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			engine := gin.New()
			engine.GET("/", auth.CurrentUser(test.requirements...), func(c *gin.Context) { c.Status(200) })
			if got := statusAs(kit, engine, byCookie); got != test.byCookie {
				t.Errorf("by cookie: got %d, want %d", got, test.byCookie)
			}
			if got := statusAs(kit, engine, byBearer); got != test.byBearer {
				t.Errorf("by bearer token: got %d, want %d", got, test.byBearer)
			}
		})
	}
}

// statusAs returns what somebody logged in through b is answered.
func statusAs(kit *authtest.Kit, engine http.Handler, b backends.Backend) int {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	kit.LogIn(r, b, kit.User())
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w.Code
}

// Of several guards the last one decides what the handler reads, also when it found nobody.
func TestLastGuardDecides(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{byCookie, byBearer}})
	engine := gin.New()
	engine.GET("/", auth.ActiveUser(), auth.ActiveUser(ginauth.Optional(), ginauth.Via("my-web")), func(c *gin.Context) {
		if ginauth.UserFrom(c) == nil && ginauth.TokenFrom(c) == "" && ginauth.LoginFrom(c).Methods == nil {
			c.Status(204)
		}
	})
	if got := statusAs(kit, engine, byCookie); got != 200 {
		t.Errorf("by cookie: got %d, want 200 with the user", got)
	}
	if got := statusAs(kit, engine, byBearer); got != 204 {
		t.Errorf("by bearer token: got %d, want 204 without a user", got)
	}
}

// A guard that could let nobody in, or more than it says, is a mistake of the program, found
// when it is made.
func TestGuardPanics(t *testing.T) {
	t.Parallel()
	auth := authtest.New(t).Auth(ginauth.Config{Backends: []backends.Backend{byBearer}})
	tests := []struct {
		name, want string
		demands    []ginauth.Requirement
	}{
		{"unknown", "ginauth: backend badge is not in Config.Backends", []ginauth.Requirement{ginauth.Via("badge")}},
		{"none", "ginauth: Via names no backend", []ginauth.Requirement{ginauth.Via()}},
		{
			"any scope twice", "ginauth: one guard has AnyScope twice: name the others in a second guard",
			[]ginauth.Requirement{ginauth.AnyScope("a"), ginauth.AnyScope("b")},
		},
		{
			"methods twice", "ginauth: one guard has Methods twice: name the others in a second guard",
			[]ginauth.Requirement{ginauth.Methods(user.MethodPassword), ginauth.Methods(user.MethodPasskey)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("got %v, want %q", got, test.want)
				}
			}()
			auth.ActiveUser(test.demands...)
		})
	}
}

// What a handler can read of the token and the backend.
func TestTokenOfRequest(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{byCookie, byBearer}})
	engine := gin.New()
	engine.GET("/", auth.ActiveUser(ginauth.Optional()), func(c *gin.Context) {
		c.String(200, "%s:%s", ginauth.BackendFrom(c), ginauth.TokenFrom(c))
	})
	answer := func(r *http.Request) string {
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		return w.Body.String()
	}

	stranger := httptest.NewRequest(http.MethodGet, "/", nil)
	if got, want := answer(stranger), ":"; got != want {
		t.Errorf("nobody: got %q, want %q", got, want)
	}
	stranger.Header.Set("Authorization", "Bearer x")
	if got, want := answer(stranger), ":x"; got != want {
		t.Errorf("bad token: got %q, want %q", got, want)
	}
	for _, b := range []backends.Backend{byCookie, byBearer} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		token := kit.LogIn(r, b, kit.User())
		if got, want := answer(r), strings.ReplaceAll(b.Name, "-", "")+":"+token; token == "" || got != want {
			t.Errorf("%s: got %q, want %q", b.Name, got, want)
		}
	}
}
