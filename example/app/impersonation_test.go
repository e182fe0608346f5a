package app

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// ownAffairs are ways in of a user whose routes do not say by their guard that a superuser
// who acts in the user's name cannot change them: what is refused depends on the body.
// What keys there are is not shown either.
var ownAffairs = map[string]any{"PATCH /users/me": `{"password":"excalibur"}`, "GET /users/me/api-keys": nil}

// actors are the routes for users that change no way in. A new route of a room is either
// refused to superusers who act in a user's name, or is one of these.
var actors = []string{
	"POST /auth/:backend/logout",
	"GET /users/me", "GET /users/me/factors", "GET /users/me/passkeys", "GET /users/me/sessions", "GET /users/me/oauth-accounts",
	"GET /users/me/events", "GET /events", "GET /invitations", "GET /users",
	"GET /users/:id", "GET /users/:id/api-keys", "GET /users/:id/events", "GET /users/:id/factors", "GET /users/:id/passkeys", "GET /users/:id/sessions",
}

// adminActs are the routes of superusers over others. An impersonated user is none, and has
// no role that opens them here.
var adminActs = []string{"PATCH /users/:id", "DELETE /users/:id", "DELETE /users/:id/sessions", "DELETE /users/:id/sessions/:session"}

// TestImpersonatedChangesNoWayIn calls every route of the application that takes a login,
// as a superuser who acts in a user's name. The routes are those that are attached, so that
// a new one is found: it must refuse, or be named above as one that changes no way in.
func TestImpersonatedChangesNoWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("merlin@camelot.bt", verified, superuser)
	arthur := w.person("arthur@camelot.bt", verified)
	c := w.client().logIn("cookie", "merlin@camelot.bt")
	c.wantStatus(http.MethodPost, "/users/"+string(arthur.ID)+"/impersonate?backend=cookie", `{"reason":"ticket 7"}`, 200)
	var called []string
	for _, group := range w.app.Auth.Routes().Attached() {
		for _, route := range group.Routes {
			if !route.Guard.User {
				continue // knows no login, so that it changes nothing by one
			}
			if route.Backend != "" && route.Backend != "cookie" {
				continue // of another backend, to which the login is unknown
			}
			path := strings.TrimSuffix(group.Prefix, "/") + route.Path
			name := route.Method + " " + path
			body, own := ownAffairs[name]
			called = append(called, name)
			if body == nil && route.Method != http.MethodGet && route.Method != http.MethodDelete {
				body = `{}`
			}
			path = strings.NewReplacer(":id", string(arthur.ID), ":session", "x", ":account", "x", ":key", "x", ":passkey", "x").Replace(path)
			switch {
			case own, route.Guard.Fresh > 0 && !route.Guard.Superuser, route.Guard.Self && !route.Guard.Superuser:
				c.want(route.Method, path, body, 403, `{"detail":"IMPERSONATED"}`)
			case route.Guard.Superuser, slices.Contains(adminActs, name):
				c.wantStatus(route.Method, path, body, 403)
			case !slices.Contains(actors, strings.Replace(name, "/cookie/", "/:backend/", 1)):
				t.Errorf("%s: a superuser who acts in the user's name can call it; is it a way in?", name)
			}
		}
	}
	for name := range ownAffairs {
		if !slices.Contains(called, name) {
			t.Errorf("%s is not attached", name)
		}
	}
	if len(called) < 50 {
		t.Errorf("got %d routes, want those of all rooms: %q", len(called), called)
	}
	c.want(http.MethodPatch, "/users/me", `{"email":"king@camelot.bt"}`, 403, `{"detail":"IMPERSONATED"}`)
	c.wantStatus(http.MethodPost, "/auth/cookie/logout", nil, 200)
	c.wantStatus(http.MethodGet, "/protected/superuser", nil, 200)
}
