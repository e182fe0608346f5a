package app

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

var someRoles = map[string][]string{"editor": {"posts:write", "posts:read"}, "support": {"users:read"}, "chief": {"posts:*"}, "guest": {}}

// roleApp is an application with roles, a superuser, who is merlin, and arthur.
type roleApp struct {
	*watchedApp
	arthur           *user.User
	asArthur, merlin []string
}

func newRoleApp(t *testing.T) *roleApp {
	t.Helper()
	a := &roleApp{watchedApp: newWatchedApp(t, func(config *ginauth.Config) { config.Roles = someRoles })}
	done := func(c *gin.Context) { c.Status(http.StatusNoContent) }
	a.GET("/editor", a.auth.ActiveUser(ginauth.Role("editor")), done)
	a.GET("/write", a.auth.ActiveUser(ginauth.Can("posts:write")), done)
	a.GET("/both", a.auth.ActiveUser(ginauth.Role("editor"), ginauth.Can("users:read")), done)
	a.arthur, _ = a.people(t)
	a.asArthur, a.merlin = a.logIn(t, "arthur@camelot.bt"), a.logIn(t, "merlin@camelot.bt")
	a.next(t, 2)
	return a
}

func (a *roleApp) give(t *testing.T, roles string) {
	t.Helper()
	got := send(t, a, "PATCH", "/users/"+string(a.arthur.ID), `{"roles":[`+roles+`]}`, a.merlin...)
	if got.status != 200 {
		t.Fatalf("PATCH roles: got %d %s", got.status, got.body)
	}
}

func (a *roleApp) userJSON(roles string) string {
	return `{"id":"` + string(a.arthur.ID) + `","email":"arthur@camelot.bt","is_active":true,"is_superuser":false,"is_verified":true,"roles":[` + roles + `]}`
}

func TestRolesGuard(t *testing.T) {
	t.Parallel()
	a := newRoleApp(t)
	tests := []struct {
		roles               string
		editor, write, both int
	}{
		{``, 403, 403, 403},
		{`"editor"`, 204, 204, 403},
		{`"chief"`, 403, 204, 403},
		{`"support"`, 403, 403, 403},
		{`"support","editor"`, 204, 204, 204},
		{`"guest"`, 403, 403, 403},
	}
	for _, test := range tests {
		a.give(t, test.roles) // it holds for the token of before, at the next request
		for path, want := range map[string]int{"/editor": test.editor, "/write": test.write, "/both": test.both} {
			if got := send(t, a, "GET", path, "", a.asArthur...); got.status != want {
				t.Errorf("roles [%s], %s: got %d %s, want %d", test.roles, path, got.status, got.body, want)
			}
		}
	}
	for _, path := range []string{"/editor", "/write", "/both"} {
		if got := send(t, a, "GET", path, "", a.merlin...); got.status != 204 {
			t.Errorf("superuser, %s: got %d %s, want 204", path, got.status, got.body)
		}
	}
}

func TestRolesOnTheWire(t *testing.T) {
	t.Parallel()
	a := newRoleApp(t)
	path := "/users/" + string(a.arthur.ID)
	wantAnswer(t, "none", send(t, a, "GET", "/users/me", "", a.asArthur...), 200, a.userJSON(""))
	wantAnswer(t, "PATCH", send(t, a, "PATCH", path, `{"roles":["support","editor","support"]}`, a.merlin...), 200, a.userJSON(`"editor","support"`))
	wantAnswer(t, "the user", send(t, a, "GET", "/users/me", "", a.asArthur...), 200, a.userJSON(`"editor","support"`))
	e := a.next(t, 1)[0]
	if e.Kind != user.EventRoleChanged || e.Before["roles"] != "" || e.After["roles"] != "editor support" || e.Actor == a.arthur.ID || !slices.Equal(e.Fields, []string{"roles"}) {
		t.Errorf("got the event %+v", e)
	}
	wantAnswer(t, "the same", send(t, a, "PATCH", path, `{"roles":["editor","support"]}`, a.merlin...), 200, a.userJSON(`"editor","support"`))
	wantAnswer(t, "null", send(t, a, "PATCH", path, `{"roles":null}`, a.merlin...), 200, a.userJSON(`"editor","support"`))
	wantAnswer(t, "own PATCH", send(t, a, "PATCH", "/users/me", `{"roles":["chief"]}`, a.asArthur...), 200, a.userJSON(`"editor","support"`))
	wantAnswer(t, "PATCH of another", send(t, a, "PATCH", path, `{"roles":["chief"]}`, a.asArthur...), 403, `{"detail":"Forbidden"}`)
	got := send(t, a, "POST", "/auth/register", `{"email":"mordred@camelot.bt","password":"guinevere","roles":["chief"],"is_superuser":true}`)
	if got.status != 201 || !strings.HasSuffix(got.body, `"is_verified":false,"roles":[]}`) {
		t.Errorf("register: got %d %s", got.status, got.body)
	}
	invalid := func(i, text string) string {
		return `{"detail":[{"loc":["body","roles"` + i + `],"msg":"` + text + `"}]}`
	}
	for body, want := range map[string]string{
		`["editor","knight"]`: invalid(`,1`, `unknown role","type":"value_error`),
		`["Editor"]`:          invalid(`,0`, `unknown role","type":"value_error`),
		`[""]`:                invalid(`,0`, `unknown role","type":"value_error`),
		`["posts:write"]`:     invalid(`,0`, `unknown role","type":"value_error`),
		`["editor",1]`:        invalid(`,1`, `str type expected","type":"type_error.str`),
		`[["editor"]]`:        invalid(`,0`, `str type expected","type":"type_error.str`),
		`"editor"`:            invalid(``, `value is not a valid list","type":"type_error.list`),
		`{"$set":"editor"}`:   invalid(``, `value is not a valid list","type":"type_error.list`),
	} {
		wantAnswer(t, body, send(t, a, "PATCH", path, `{"roles":`+body+`}`, a.merlin...), 422, want)
	}
	a.give(t, "")
	wantAnswer(t, "none any more", send(t, a, "GET", "/users/me", "", a.asArthur...), 200, a.userJSON(""))
}

// TestRolesNotConfigured: what is stored means nothing, and is not shown.
func TestRolesNotConfigured(t *testing.T) {
	t.Parallel()
	a := newWatchedApp(t, nil)
	arthur, _ := a.people(t)
	roles := []string{"editor"}
	if _, err := a.store.Update(t.Context(), arthur.ID, user.Update{Roles: &roles, UpdatedAt: arthur.UpdatedAt}); err != nil {
		t.Fatal(err)
	}
	got := send(t, a, "GET", "/users/me", "", a.logIn(t, "arthur@camelot.bt")...)
	if got.status != 200 || strings.Contains(got.body, "roles") {
		t.Errorf("GET /me: got %d %s", got.status, got.body)
	}
	got = send(t, a, "PATCH", "/users/"+string(arthur.ID), `{"roles":["editor"]}`, a.logIn(t, "merlin@camelot.bt")...)
	if got.status != 200 || strings.Contains(got.body, "roles") {
		t.Errorf("PATCH: got %d %s, want the field ignored", got.status, got.body)
	}
}

// TestRolesRemoved: a role that is stored but not declared any more is ignored.
func TestRolesRemoved(t *testing.T) {
	t.Parallel()
	a := newRoleApp(t)
	roles := []string{"support", "editor", "wizard"} // another program need not sort them
	if _, err := a.store.Update(t.Context(), a.arthur.ID, user.Update{Roles: &roles, UpdatedAt: a.arthur.UpdatedAt}); err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, "GET /me", send(t, a, "GET", "/users/me", "", a.asArthur...), 200, a.userJSON(`"editor","support"`))
}

func TestRolesConfig(t *testing.T) {
	t.Parallel()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	build := func(roles map[string][]string) (*ginauth.Auth, error) {
		return ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}, Roles: roles})
	}
	for name, test := range map[string]struct {
		roles map[string][]string
		want  []string
	}{
		"name":                 {map[string][]string{"Editor": nil, "1st": nil, "": nil}, []string{`Config.Roles["Editor"]`, `Config.Roles["1st"]`, `Config.Roles[""]`}},
		"permission":           {map[string][]string{"editor": {"write", "posts:", "*:*", "posts:wr*", "Posts:x"}}, []string{`"write"`, `"posts:"`, `"*:*"`, `"posts:wr*"`, `"Posts:x"`}},
		"nothing to stand for": {map[string][]string{"editor": {"posts:*"}}, []string{`"posts:*" stands for no permission`}},
	} {
		_, err := build(test.roles)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s in it", name, err, want)
			}
		}
	}
	auth, err := build(someRoles)
	if err != nil {
		t.Fatal(err)
	}
	for name, guard := range map[string]ginauth.Requirement{
		"role": ginauth.Role("knight"), "permission": ginauth.Can("posts:delete"), "wildcard": ginauth.Can("posts:*"), "role as permission": ginauth.Can("editor"),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s that is not declared: got no panic", name)
				}
			}()
			auth.ActiveUser(guard)
		}()
	}
}
