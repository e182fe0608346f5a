package factors_test

import (
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

// A user of whom a second factor is demanded gets no further than to set one up.
func TestRequireFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *factors.Config) {
		c.RequireFactor = func(u *user.User) bool { return u.IsSuperuser }
	})
	w.register(merlin, func(r *user.Registration) { r.IsSuperuser = true })
	if got := w.client("jwt").enter(arthur).call("GET", "/active", ""); got.status != 200 {
		t.Errorf("a user: got %d %s", got.status, got.body)
	}
	for _, b := range allBackends {
		c := w.client(b.Name).enter(merlin)
		for path, status := range map[string]int{
			"/active": 403, "/users/me/sessions": 403, "/users/" + string(w.User(arthur).ID): 403, "/mfa": 403, "/fresh": 403,
			"/users/me": 200, "/users/me/factors": 200, "/enrol": 200,
		} {
			got := c.call("GET", path, "")
			if got.status != status || status == 403 && got.body != `{"detail":"FACTOR_ENROLMENT_REQUIRED"}` {
				t.Errorf("%s %s: got %d %s, want %d", b.Name, path, got.status, got.body, status)
			}
		}
		if got := c.call("PATCH", "/users/me", `{"password":"excalibur"}`); got.status != 403 {
			t.Errorf("PATCH /users/me: got %d %s, want 403", got.status, got.body)
		}
		if got := c.call("POST", "/auth/"+b.Name+"/reauthenticate", `{"password":"guinevere"}`); got.status != 200 {
			t.Errorf("reauthenticate: got %d %s", got.status, got.body)
		}
		if got := c.call("POST", "/auth/"+b.Name+"/logout", ""); got.status != 200 {
			t.Errorf("logout: got %d %s", got.status, got.body)
		}
	}
	c := w.client("cookie").enter(merlin)
	k := c.enrol("Staff")
	want(t, "with a factor", c.call("GET", "/active", ""), 200, `["app"]`)
	want(t, "by both", w.client("cookie").full(merlin, k).call("GET", "/mfa", ""), 200, `["app","mfa","otp"]`)
}
