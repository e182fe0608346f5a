package oauth_test

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/routes/oauth"
)

// refreshed is a backend whose logins a browser can keep.
var refreshed = backends.Backend{Name: "refreshed", Transport: backends.Cookie{Name: "refreshed"}, Strategy: refresh.Strategy{}}

// The wish to be remembered goes through the provider in the state: the browser keeps the
// refresh token after it is closed.
func TestRemember(t *testing.T) {
	t.Parallel()
	const kept, session = "; Path=/auth/refreshed; Max-Age=604800; ", "; Path=/auth/refreshed; HttpOnly; "
	a := newApp(t, options{manager: func(c *ginauth.Config) { c.Backends = append(c.Backends, refreshed) }})
	a.auth.AuthRoutes(refreshed).Attach(a.engine.Group("/auth/refreshed"))
	config := oauth.Config{RedirectURL: callback}
	redirecting := config
	redirecting.RedirectTo = []string{home}
	for base, c := range map[string]oauth.Config{"/kept": config, "/kept-redirect": redirecting} {
		oauth.Routes(a.auth, a.provider("idp", false), refreshed, c).Attach(a.engine.Group(base))
	}
	for _, tt := range []struct{ name, query, want string }{
		{"absent", "", session},
		{"true", "?remember=true", kept},
		{"false", "?remember=false", session},
		{"another word", "?remember=1", session},
		{"twice", "?remember=true&remember=true", session},
	} {
		for base, status := range map[string]int{"/kept": 200, "/kept-redirect": 303} {
			b := a.browser()
			back := a.idp.SignIn(b.authorize(base+"/authorize"+tt.query), merlin)
			r := b.get(base + "/callback?" + back.RawQuery)
			cookie := cookieOf(r, "refreshed_refresh")
			if r.status != status || !strings.Contains(cookie, tt.want) {
				t.Errorf("%s, %s: got %d %q, want %d and %q", base, tt.name, r.status, cookie, status, tt.want)
			}
			if access := cookieOf(r, "refreshed"); access == "" || strings.Contains(access, "Max-Age") {
				t.Errorf("%s, %s: got %q, want an access token until the browser is closed", base, tt.name, access)
			}
		}
	}
}

// cookieOf returns the header that sets a cookie, "" if there is none.
func cookieOf(r response, name string) string {
	for _, line := range r.header.Values("Set-Cookie") {
		if strings.HasPrefix(line, name+"=") {
			return line
		}
	}
	return ""
}
