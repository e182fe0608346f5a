package app

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/pgtest"
	"github.com/ginauth/ginauth/user/secrets"
)

// The demonstration runs over SQL as over MongoDB.
func TestDatabases(t *testing.T) {
	t.Parallel()
	databases := map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "users.db") },
		"postgres": newPostgres,
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(s *Settings) {
				s.DatabaseURL = secrets.Secret(database(t))
				s.SuperuserEmail, s.SuperuserPassword = "merlin@camelot.bt", "excalibur"
				s.Limits = "on"
			})
			c := w.client()
			c.wants(201, "POST", "/auth/register", `{"email":"`+arthur+`","password":"`+guinevere+`","first_name":"Arthur"}`)
			c.wants(400, "POST", "/auth/register", `{"email":"`+arthur+`","password":"`+guinevere+`"}`)
			form := url.Values{"username": {arthur}, "password": {guinevere}}
			for _, backend := range []string{"cookie", "session", "app-web"} {
				c := w.client()
				c.wants(200, "POST", "/auth/"+backend+"/login", form)
				c.wants(200, "GET", "/users/me", nil)
				c.wants(200, "GET", "/users/me/sessions", nil)
				c.wants(200, "PATCH", "/users/me", `{"first_name":"King `+backend+`"}`)
				c.wants(200, "POST", "/auth/"+backend+"/logout", nil)
				c.wants(401, "GET", "/users/me", nil)
			}
			c.wants(200, "GET", "/healthz", nil)
			admin := w.client()
			admin.wants(200, "POST", "/auth/cookie/login", url.Values{"username": {"merlin@camelot.bt"}, "password": {"excalibur"}})
			if a := admin.call("GET", "/users?is_superuser=true", nil); a.status != 200 || !strings.Contains(a.body, `"email":"merlin@camelot.bt"`) || strings.Contains(a.body, arthur) {
				t.Errorf("superusers: got %d %s", a.status, a.body)
			}
			if err := w.app.Auth.Shutdown(t.Context()); err != nil { // events are stored off the requests
				t.Fatal(err)
			}
			for _, path := range []string{"/users/me/events?kind=login", "/events?kind=login&outcome=ok"} {
				if a := admin.call("GET", path, nil); a.status != 200 || !strings.Contains(a.body, `"kind":"login"`) {
					t.Errorf("%s: got %d %s", path, a.status, a.body)
				}
			}
		})
	}
}

// wants checks the status of an answer.
func (c *client) wants(status int, method, path string, body any) {
	c.t.Helper()
	if a := c.call(method, path, body); a.status != status {
		c.t.Errorf("%s %s: got %d %.300s, want %d", method, path, a.status, a.body, status)
	}
}

// newPostgres returns the URL of a server that lasts as long as the test.
func newPostgres(t *testing.T) string {
	t.Helper()
	server, err := pgtest.Start(pgtest.Fast...)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(server.Stop)
	return server.URL
}
