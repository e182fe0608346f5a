package apikeys_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"slices"
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

// Without Permits, what a scope needs is in the roles of the application.
func TestScopeNeedsRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, k *apikeys.Config) {
		c.Roles = map[string][]string{"clerk": {"orders:write"}}
		k.Scopes = map[string]apikeys.Scope{"orders:read": {Needs: "orders:write"}}
	})
	u := w.Create(arthur, func(u *user.User) { u.Roles = []string{"clerk"} })
	w.Create(merlin)
	want(t, "without the role", w.call("POST", "/users/me/api-keys", `{"name":"Mill","scopes":["orders:read"]}`, w.enter(merlin)...), 403, `{"detail":"Forbidden"}`)
	k := w.make(arthur, "orders:read")
	want(t, "with the role", w.call("GET", "/read", "", k.header()...), 200, "")
	if _, err := w.auth.Manager().Update(t.Context(), u, user.Changes{Roles: &[]string{}}); err != nil {
		t.Fatal(err)
	}
	want(t, "after the role was taken", w.call("GET", "/read", "", k.header()...), 403, insufficient)
	_, err := apikeys.New(t.Context(), w.auth, apikeys.Config{Scopes: map[string]apikeys.Scope{"x": {Needs: "orders:wriet"}}})
	names(t, err, `Config.Scopes["x"].Needs is "orders:wriet", which is in no role of ginauth.Config.Roles`)
}

// BeforeCredential can refuse that a key is made or removed.
func TestBeforeCredential(t *testing.T) {
	t.Parallel()
	var asked []user.CredentialChange
	refuse := false
	w := newWorld(t, func(c *ginauth.Config, _ *apikeys.Config) {
		c.Hooks.BeforeCredential = func(_ context.Context, u *user.User, change user.CredentialChange) error {
			if asked = append(asked, change); refuse && u.Email == arthur {
				return &user.Refusal{Code: "KEYS_CLOSED"}
			}
			return nil
		}
	})
	u := w.Create(arthur)
	w.Create(merlin, superuser)
	login := w.enter(arthur)
	k := w.makeBy(login, "orders:read")
	refuse = true
	for _, call := range [][]string{
		{"POST", "/users/me/api-keys", `{"name":"Mill"}`}, {"DELETE", "/users/me/api-keys/" + k.ID, ""}, {"DELETE", "/users/me/api-keys", ""},
	} {
		want(t, call[0]+" "+call[1], w.call(call[0], call[1], call[2], login...), 400, `{"detail":"KEYS_CLOSED"}`)
	}
	want(t, "by a superuser", w.call("DELETE", "/users/"+string(u.ID)+"/api-keys/"+k.ID, "", w.enter(merlin)...), 400, `{"detail":"KEYS_CLOSED"}`)
	want(t, "the key", w.call("GET", "/read", "", k.header()...), 200, "")
	want(t, "renaming", w.call("PATCH", "/users/me/api-keys/"+k.ID, `{"name":"Mill"}`, login...), 200, "")
	if len(asked) != 5 || asked[0].Kind != apikey.Kind || asked[0].Name != "Warehouse" || !slices.Equal(asked[0].Scopes, []string{"orders:read"}) || asked[0].Removed || !asked[2].Removed {
		t.Errorf("asked: %+v", asked)
	}
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
	u := w.Create(arthur)
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
