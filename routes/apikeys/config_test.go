package apikeys_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// bare is a store without the abilities that keys need.
type bare struct{ user.Store }

func names(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q in it", err, part)
		}
	}
}

func mustAuth(t *testing.T, all ...backends.Backend) *ginauth.Auth {
	t.Helper()
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: all, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

func TestStrategyReportsAllMistakes(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"g", "Gak", "1ak", "g-k", "abcdefghijk", "gäk", "gak_"} {
		wrong := bearer
		wrong.Strategy = apikey.Strategy{Prefix: prefix}
		_, err := ginauth.New(ginauth.Config{Store: bare{usertest.NewStore()}, Secret: secret, Backends: []backends.Backend{wrong}, Logger: slog.New(slog.DiscardHandler)})
		names(t, err, "Config.Backends[0].", "Prefix is", "keeps no credentials")
	}
}

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := apikeys.New(t.Context(), mustAuth(t, jwt), apikeys.Config{MaxLifetime: -1, MaxKeys: -1, Fresh: -1})
	names(t, err, "Config.Scopes is empty", "Config.MaxLifetime is negative", "Config.MaxKeys is negative", "Config.Fresh is negative", "none with apikey.Strategy")
	_, err = apikeys.New(t.Context(), mustAuth(t, bearer), apikeys.Config{Scopes: map[string]apikeys.Scope{
		"": {}, "a b": {}, `a"b`: {}, "ä": {}, strings.Repeat("x", 65): {}, "write": {Needs: "orders:write"},
	}})
	names(t, err, `has ""`, `has "a b"`, `has "a\"b"`, `has "ä"`, `has "xxxx`, "Config.Permits is missing")
	shop := header
	shop.Strategy = apikey.Strategy{Prefix: "shop"}
	_, err = apikeys.New(t.Context(), mustAuth(t, bearer, shop), apikeys.Config{
		Scopes: map[string]apikeys.Scope{"read": {}}, Permits: func(*user.User, string) bool { return true },
	})
	names(t, err, `different prefixes, "gak" and "shop"`, "Config.Permits has no effect")
}

func panics(t *testing.T, part string, run func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if cause, _ := recover().(string); !strings.Contains(cause, part) {
			t.Errorf("got the panic %q, want %q in it", cause, part)
		}
	}()
	run()
}

// No login issues keys, and none is asked for.
func TestNoLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.add(arthur)
	panics(t, "backend key has no login", func() { w.auth.AuthRoutes(bearer) })
	panics(t, "backend key_header has no login", func() {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("POST", "/", nil)
		_, _ = w.auth.LogIn(c, header, u)
	})
	auth := mustAuth(t, bearer)
	auth.UsersRoutes()
	panics(t, "profile must be declared before UsersRoutes", func() {
		_, _ = apikeys.New(t.Context(), auth, apikeys.Config{Scopes: map[string]apikeys.Scope{"profile": {}}})
	})
	if got := w.call("GET", "/users/me/sessions", "", w.enter(arthur)...); got.header.Get("Ginauth-Unlisted") != "jwt" {
		t.Errorf("got %q as unlisted, want jwt: keys are no sessions", got.header.Get("Ginauth-Unlisted"))
	}
}
