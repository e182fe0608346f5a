package oauth_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// key is a second factor that every user has.
type key struct{}

func (key) Name() string                                     { return "key" }
func (key) Usable(context.Context, *user.User) (bool, error) { return true, nil }
func (key) Check(context.Context, *user.User, user.Answer) ([]user.Method, error) {
	return nil, user.ErrBadFactor
}

// Signing in with a provider stops at the second factor, in JSON and by redirect.
func TestProviderStopsAtFactor(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{manager: func(c *ginauth.Config) { c.Factors = []user.Factor{key{}} }})
	a.browser().logIn(merlin)
	u := a.users()[0]
	yes := true
	if _, err := a.store.Update(t.Context(), u.ID, user.Update{SecondFactor: &yes, EndTokens: true}); err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{"/api", "/web"} {
		r := a.browser().signIn(base, merlin)
		if r.status != 400 || !strings.HasPrefix(r.body, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":["key"]`) {
			t.Errorf("%s: got %d %s, want LOGIN_FACTOR_REQUIRED", base, r.status, r.body)
		}
	}
	b := a.browser()
	r := b.redirected("/redirect", "", nil)
	checkRedirect(t, "by redirect", r, home+"?error=LOGIN_FACTOR_REQUIRED")
	cookies := strings.Join(r.header.Values("Set-Cookie"), "\n")
	if !strings.Contains(cookies, "ginauth_factor=") || strings.Contains(cookies, "ginauth=") {
		t.Errorf("got the cookies %s, want the login token alone", cookies)
	}
	if r := b.get("/users/me"); r.status != 401 {
		t.Errorf("half-way: got %d, want 401", r.status)
	}
}
