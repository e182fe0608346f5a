package factors_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

func TestRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("cookie").enter(arthur).enrol("Phone")
	half := w.client("cookie").full(arthur, k)
	second := half.enrol("Tablet")
	other := w.client("jwt").full(arthur, k)
	want(t, "an unknown one", half.call("DELETE", "/users/me/factors/x", ""), 404, notFound)
	w.register(merlin)
	m := w.client("cookie").enter(merlin)
	want(t, "another user's", m.call("DELETE", "/users/me/factors/"+k.ID, ""), 404, notFound)

	want(t, "one of two", half.call("DELETE", "/users/me/factors/"+k.ID, ""), 204, "")
	want(t, "the session that asked", half.call("GET", "/active", ""), 200, `["app","mfa","otp"]`)
	want(t, "another session", other.call("GET", "/active", ""), 401, unauthorized)
	want(t, "its code", w.client("jwt").answer(w.client("jwt").half(arthur), "totp", w.at(k, 0)), 400, badFactor)
	other = w.client("jwt").full(arthur, second)

	want(t, "the last", half.call("DELETE", "/users/me/factors/"+second.ID, ""), 204, "")
	want(t, "the list", half.call("GET", "/users/me/factors", ""), 200, `{"factors":[],"recovery_codes_left":0}`)
	want(t, "another session", other.call("GET", "/active", ""), 401, unauthorized)
	if got := w.client("jwt").password(arthur); got.status != 200 {
		t.Errorf("login with the password: got %d %s", got.status, got.body)
	}
	// A new enrolment brings new codes; those of before are worth nothing.
	again := w.client("cookie").enter(arthur).enrol("Phone")
	if len(again.codes) != 10 {
		t.Errorf("got %d recovery codes, want 10", len(again.codes))
	}
	want(t, "an old recovery code", w.client("jwt").answer(w.client("jwt").half(arthur), "recovery_code", k.codes[0]), 400, badFactor)
}

// Removals at once never leave a user who is asked for a factor that is not there.
func TestRemovalsAtOnce(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		w := newWorld(t, limitsOff)
		first := w.client("jwt").enter(arthur).enrol("First")
		c := w.client("cookie").full(arthur, first)
		second := c.enrol("Second")
		cookies := c.cookies
		ids := []string{first.ID, second.ID}
		fixture.Together(2, func(i int) bool {
			same := w.client("cookie")
			for name, value := range cookies {
				same.cookies[name] = value
			}
			return same.call("DELETE", "/users/me/factors/"+ids[i], "").status == 204
		})
		u := w.User(arthur)
		left, err := w.Memory.CredentialsOf(t.Context(), u.ID, "totp")
		if err != nil || u.SecondFactor != (len(left) > 0) {
			t.Fatalf("round %d: second factor is %v with %d keys, %v", round, u.SecondFactor, len(left), err)
		}
	}
}

// A flag without a factor refuses: a lost collection of credentials is no way in.
func TestFlagWithoutFactorRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client("jwt").enter(arthur).enrol("Phone")
	u := w.User(arthur)
	if err := w.Memory.DeleteCredentialsOf(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	want(t, "no credentials", w.client("jwt").password(arthur), 400, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":[]}}`)
	if !strings.Contains(w.Log.String(), "has none that is configured") {
		t.Error("the log does not say so")
	}
	w.Store.Plan(failing("CredentialsOf"))
	want(t, "credentials that cannot be read", w.client("jwt").password(arthur), 503, `{"detail":"Service Unavailable"}`)
}

// Roles with the permission see and reset the factors of those who may do no more.
func TestAdminByRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *factors.Config) {
		c.Roles = map[string][]string{"support": {"users:factors"}, "editor": {"posts:write"}}
	})
	role := func(names ...string) func(*user.Registration) {
		return func(r *user.Registration) { r.Roles, r.Password = names, "" }
	}
	w.register("support@camelot.bt", role("support"))
	w.register("peer@camelot.bt", role("support"))
	w.register("editor@camelot.bt", role("editor"))
	w.register("uther@camelot.bt", func(r *user.Registration) { r.IsSuperuser, r.Password = true, "" })
	path := func(email string) string { return "/users/" + string(w.User(email).ID) + "/factors" }
	w.client("cookie").enter(arthur).enrol("Phone")
	c := w.client("jwt").enter("support@camelot.bt")
	for email, status := range map[string]int{arthur: 200, "peer@camelot.bt": 200, "editor@camelot.bt": 403, "uther@camelot.bt": 403} {
		if got := c.call("GET", path(email), ""); got.status != status {
			t.Errorf("see %s: got %d %s, want %d", email, got.status, got.body, status)
		}
	}
	for email, status := range map[string]int{arthur: 204, "support@camelot.bt": 403, "editor@camelot.bt": 403, "uther@camelot.bt": 403} {
		if got := c.call("DELETE", path(email), ""); got.status != status {
			t.Errorf("reset %s: got %d %s, want %d", email, got.status, got.body, status)
		}
	}
	if w.User(arthur).SecondFactor {
		t.Error("arthur is asked for a second factor after the reset")
	}
	want(t, "an editor", w.client("jwt").enter("editor@camelot.bt").call("GET", path(arthur), ""), 403, `{"detail":"Forbidden"}`)
	w.Wait(11 * time.Minute)
	want(t, "a stale login", c.call("DELETE", path("peer@camelot.bt"), ""), 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	_, err := factors.New(t.Context(), w.auth, factors.Config{Issuer: "Camelot", Permission: "users:factor"})
	if err == nil || !strings.Contains(err.Error(), `Config.Permission is "users:factor", which is in no role`) {
		t.Errorf("a permission of no role: got %v", err)
	}
}

// BeforeCredential can refuse that a factor is added or removed.
func TestBeforeCredential(t *testing.T) {
	t.Parallel()
	var asked []string
	refuse := false
	w := newWorld(t, func(c *ginauth.Config, _ *factors.Config) {
		c.Hooks.BeforeCredential = func(_ context.Context, _ *user.User, change user.CredentialChange) error {
			if asked = append(asked, fmt.Sprint(change.Kind, " ", change.Name, " ", change.Removed)); refuse {
				return &user.Refusal{Code: "FACTORS_CLOSED"}
			}
			return nil
		}
	})
	c := w.client("cookie").enter(arthur)
	k := c.enrol("Phone")
	c = w.client("cookie").full(arthur, k)
	refuse = true
	for _, call := range [][]string{
		{"POST", "/users/me/factors/totp", `{}`}, {"DELETE", "/users/me/factors/" + k.ID, ""}, {"POST", "/users/me/recovery-codes", ""},
	} {
		want(t, call[0]+" "+call[1], c.call(call[0], call[1], call[2]), 400, `{"detail":"FACTORS_CLOSED"}`)
	}
	w.register("uther@camelot.bt", func(r *user.Registration) { r.IsSuperuser, r.Password = true, "" })
	reset := w.client("jwt").enter("uther@camelot.bt").call("DELETE", "/users/"+string(w.User(arthur).ID)+"/factors", "")
	want(t, "reset", reset, 400, `{"detail":"FACTORS_CLOSED"}`)
	if !w.User(arthur).SecondFactor {
		t.Error("a refused change has changed the second factor")
	}
	if got := strings.Join(asked, ", "); got != "totp Phone false, totp Authenticator false, totp Phone true, recovery  false, totp  true" {
		t.Errorf("asked: %s", got)
	}
}

// Superusers see and reset the factors of others.
func TestAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register("uther@camelot.bt", func(r *user.Registration) { r.IsSuperuser = true })
	admin := w.client("jwt").enter("uther@camelot.bt")
	k := w.client("cookie").enter(arthur).enrol("Phone")
	owner := w.client("cookie").full(arthur, k)
	trusted := w.client("cookie")
	if got := trusted.answer(trusted.half(arthur), "totp", w.at(k, 0), `"trust_device":true`); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	path := "/users/" + string(w.User(arthur).ID) + "/factors"
	want(t, "a user", owner.call("GET", path, ""), 403, `{"detail":"Forbidden"}`)
	want(t, "a user", owner.call("DELETE", path, ""), 403, `{"detail":"Forbidden"}`)
	want(t, "anonymous", w.client("jwt").call("GET", path, ""), 401, unauthorized)
	want(t, "no such user", admin.call("GET", "/users/x/factors", ""), 404, notFound)
	if got := admin.call("GET", path, ""); got.status != 200 || !strings.Contains(got.body, `"type":"totp"`) || strings.Contains(got.body, k.Secret) {
		t.Errorf("list: got %d %s", got.status, got.body)
	}
	want(t, "oneself", admin.call("DELETE", "/users/"+string(w.User("uther@camelot.bt").ID)+"/factors", ""), 403, `{"detail":"Forbidden"}`)
	w.Wait(11 * time.Minute)
	want(t, "a stale superuser", admin.call("DELETE", path, ""), 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	admin.enter("uther@camelot.bt")
	want(t, "reset", admin.call("DELETE", path, ""), 204, "")
	want(t, "reset again", admin.call("DELETE", path, ""), 204, "")
	want(t, "the owner's session", owner.call("GET", "/active", ""), 401, unauthorized)
	if got := w.client("jwt").password(arthur); got.status != 200 {
		t.Errorf("login: got %d %s", got.status, got.body)
	}
	want(t, "the list", admin.call("GET", path, ""), 200, `{"factors":[],"recovery_codes_left":0}`)
}
