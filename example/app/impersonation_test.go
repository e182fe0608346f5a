package app

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// ways in of a user that a superuser who acts in the user's name cannot change.
var ownAffairs = map[string]any{
	"PATCH /users/me":                          `{"password":"excalibur"}`,
	"POST /users/me/factors/totp":              `{}`,
	"POST /users/me/factors/totp/:id/confirm":  `{"code":"123456"}`,
	"DELETE /users/me/factors/:id":             nil,
	"POST /users/me/recovery-codes":            `{}`,
	"PATCH /users/me/passkeys/:id":             `{"name":"Sword"}`,
	"DELETE /users/me/sessions":                nil,
	"DELETE /users/me/sessions/:session":       nil,
	"DELETE /users/me/oauth-accounts/:account": nil,
}

// TestImpersonatedChangesNoWayIn calls every route of the own account that writes, as a
// superuser who acts in the user's name.
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
			path := group.Prefix + route.Path
			if route.Method == http.MethodGet || !strings.HasPrefix(path, "/users/me") {
				continue
			}
			name := route.Method + " " + path
			body, known := ownAffairs[name]
			if !known && route.Guard.Fresh == 0 && !route.Guard.Self {
				t.Errorf("%s: a superuser who acts in the user's name can call it; is it a way in?", name)
				continue
			}
			called = append(called, name)
			c.want(route.Method, strings.NewReplacer(":id", "x", ":session", "x", ":account", "x").Replace(path), body, 403, `{"detail":"IMPERSONATED"}`)
		}
	}
	for name := range ownAffairs {
		if !slices.Contains(called, name) {
			t.Errorf("%s is not attached", name)
		}
	}
	c.want(http.MethodPatch, "/users/me", `{"email":"king@camelot.bt"}`, 403, `{"detail":"IMPERSONATED"}`)
	c.want(http.MethodPost, "/auth/cookie/reauthenticate", `{"password":"guinevere"}`, 403, `{"detail":"IMPERSONATED"}`)
	c.want(http.MethodGet, "/auth/associate/demo/authorize", nil, 403, `{"detail":"IMPERSONATED"}`)
	c.wantStatus(http.MethodPost, "/auth/cookie/logout", nil, 200)
	c.wantStatus(http.MethodGet, "/protected/superuser", nil, 200)
}
