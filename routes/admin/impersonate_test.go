package admin_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// court is a world with a superuser, merlin, and a user, arthur.
func court(t *testing.T, change ...func(*ginauth.Config, *admin.Config)) (w *world, merlin, arthur *user.User) {
	t.Helper()
	w = newWorld(t, change...)
	merlin = w.person(t, user.Registration{Email: "merlin@camelot.bt", IsSuperuser: true, IsVerified: true})
	arthur = w.person(t, user.Registration{Email: "arthur@camelot.bt", IsVerified: true})
	return w, merlin, arthur
}

func TestImpersonation(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	own := c.jar["ginauth"]
	got := c.impersonate(arthur)
	cookies := strings.Join(got.header.Values("Set-Cookie"), "\n")
	if got.status != 200 || got.body != "null" || !strings.Contains(cookies, "ginauth_actor="+own+"; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax") || c.jar["ginauth"] == own {
		t.Fatalf("impersonate: got %v and the cookies\n%s", got, cookies)
	}
	me := c.want("GET", "/users/me", "", 200, "")
	if !strings.Contains(me.body, "arthur@camelot.bt") || me.header.Get("Ginauth-Actor") != string(merlin.ID) {
		t.Errorf("GET /users/me: got %v, Ginauth-Actor %q", me, me.header.Get("Ginauth-Actor"))
	}
	c.want("GET", "/actor", "", 200, string(merlin.ID))
	if sessions := w.as(t, arthur).want("GET", "/users/me/sessions", "", 200, ""); !strings.Contains(sessions.body, `"actor":"`+string(merlin.ID)+`"`) {
		t.Errorf("sessions: got %v, want the actor in it", sessions)
	}
	if e := w.recorded[0]; len(w.recorded) != 1 || e.Kind != user.EventImpersonated || e.User != arthur.ID || e.Actor != merlin.ID || e.Note["reason"] != "ticket 7" {
		t.Errorf("recorded: %+v", w.recorded)
	}
	for _, refusal := range [][3]string{
		{"PATCH", "/users/me", `{"password":"excalibur"}`}, {"PATCH", "/users/me", `{"email":"king@camelot.bt"}`},
		{"DELETE", "/users/me/sessions", ""}, {"DELETE", "/users/me/sessions/x", ""},
		{"POST", "/auth/cookie/reauthenticate", `{"password":"excalibur"}`}, {"GET", "/own", ""},
	} {
		if got := c.want(refusal[0], refusal[1], refusal[2], 403, impersonated); got.header.Get("Ginauth-Actor") == "" {
			t.Errorf("%s: the refusal has no Ginauth-Actor", refusal[1])
		}
	}
	c.want("POST", "/users/"+string(arthur.ID)+"/impersonate", `{"reason":"again"}`, 403, forbidden)
	c.want("POST", "/auth/cookie/logout", "", 200, "null")
	if c.jar["ginauth"] != own || c.jar["ginauth_actor"] != "" {
		t.Errorf("after the logout: got the cookies %v, want the superuser's own", c.jar)
	}
	if e := w.recorded[len(w.recorded)-1]; e.Kind != user.EventImpersonationEnded || e.User != arthur.ID || e.Actor != merlin.ID {
		t.Errorf("recorded at the logout: %+v", e)
	}
	if got := c.want("GET", "/users/me", "", 200, ""); !strings.Contains(got.body, "merlin@") || got.header.Get("Ginauth-Actor") != "" {
		t.Errorf("after the logout: got %v", got)
	}
	if err := w.auth.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if all := w.outbox.Messages(); len(all) != 1 || all[0].Kind != "impersonated" || all[0].To != "arthur@camelot.bt" {
		t.Errorf("mails: got %v, want one to arthur", all)
	}
}

// TestImpersonationEnds: the impersonated login ends at once with the right to it.
func TestImpersonationEnds(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	update := func(c user.Changes) func(*testing.T, *world, *user.User) {
		return func(t *testing.T, w *world, u *user.User) {
			if _, err := w.auth.Manager().Update(t.Context(), u, c); err != nil {
				t.Error(err)
			}
		}
	}
	password := secrets.Secret("excalibur")
	for name, test := range map[string]struct {
		actor, target func(*testing.T, *world, *user.User)
	}{
		"actor demoted":        {actor: update(user.Changes{IsSuperuser: &no})},
		"actor deactivated":    {actor: update(user.Changes{IsActive: &no})},
		"actor's new password": {actor: update(user.Changes{Password: &password})},
		"actor banned": {actor: func(t *testing.T, w *world, u *user.User) {
			if _, err := w.auth.Manager().Ban(t.Context(), u, user.Ban{}); err != nil {
				t.Error(err)
			}
		}},
		"actor deleted": {actor: func(t *testing.T, w *world, u *user.User) {
			if err := w.auth.Manager().Delete(t.Context(), u); err != nil {
				t.Error(err)
			}
		}},
		"target promoted":    {target: update(user.Changes{IsSuperuser: &yes})},
		"target deactivated": {target: update(user.Changes{IsActive: &no})},
		"an hour":            {actor: func(_ *testing.T, w *world, _ *user.User) { w.wait(time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, merlin, arthur := court(t)
			w.person(t, user.Registration{IsSuperuser: true})
			c := w.as(t, merlin)
			if got := c.impersonate(arthur); got.status != 200 {
				t.Fatalf("impersonate: got %v", got)
			}
			w.wait(59 * time.Minute)
			c.want("GET", "/actor", "", 200, string(merlin.ID))
			if test.actor != nil {
				test.actor(t, w, merlin)
			}
			if test.target != nil {
				test.target(t, w, arthur)
			}
			c.want("GET", "/actor", "", 401, unauthorized)
		})
	}
}

// TestLogoutAfterImpersonation: where the impersonated login has ended by itself, a logout
// ends the superuser's own, which waits in a cookie: whoever sits at the browser next must
// not find it there.
func TestLogoutAfterImpersonation(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	own := c.jar["ginauth"]
	if got := c.impersonate(arthur); got.status != 200 {
		t.Fatalf("impersonate: got %v", got)
	}
	if _, err := w.auth.Manager().Ban(t.Context(), arthur, user.Ban{}); err != nil {
		t.Fatal(err)
	}
	thief := w.anonymous(t)
	thief.jar["ginauth"] = own
	thief.want("GET", "/users/me", "", 200, "")
	c.want("POST", "/auth/cookie/logout", "", 200, "null")
	if len(c.jar) != 0 {
		t.Errorf("after the logout: got the cookies %v, want none", c.jar)
	}
	thief.want("GET", "/users/me", "", 401, unauthorized)
	c.want("POST", "/auth/cookie/logout", "", 401, unauthorized)
	c.jar["ginauth_actor"] = own
	c.want("POST", "/auth/cookie/logout", "", 401, unauthorized)
}

// TestLogOutWhileImpersonating: a logout of the application's own leaves nothing either.
func TestLogOutWhileImpersonating(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	w.POST("/bye", func(c *gin.Context) {
		if err := w.auth.LogOut(c, web); err != nil {
			c.String(500, err.Error())
		}
	})
	c := w.as(t, merlin)
	own := c.jar["ginauth"]
	if got := c.impersonate(arthur); got.status != 200 {
		t.Fatalf("impersonate: got %v", got)
	}
	c.want("POST", "/bye", "", 200, "")
	if len(c.jar) != 0 {
		t.Errorf("got the cookies %v, want none", c.jar)
	}
	c.jar["ginauth"] = own
	c.want("GET", "/users/me", "", 401, unauthorized)
}

func TestImpersonationRefused(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	off := w.person(t, user.Registration{IsInactive: true})
	other := w.person(t, user.Registration{IsSuperuser: true})
	path := func(u *user.User) string { return "/users/" + string(u.ID) + "/impersonate" }
	why := `{"reason":"ticket 7"}`
	c.want("POST", path(merlin), why, 403, refused)
	c.want("POST", path(other), why, 403, refused)
	c.want("POST", path(off), why, 403, refused)
	c.want("POST", "/users/nonsense/impersonate", why, 404, "")
	c.want("POST", path(arthur)+"?backend=none", why, 422, "")
	c.want("POST", path(arthur)+"?backend=cookie&backend=jwt", why, 422, "")
	c.want("POST", path(arthur)+"?backend[$ne]=x", why, 200, "") // no parameter of that name: the request's own backend
	c.want("POST", "/auth/cookie/logout", "", 200, "null")
	for _, body := range []string{``, `{}`, `{"reason":null}`, `{"reason":""}`, `{"reason":" "}`, `{"reason":7}`, `{"reason":{"$ne":""}}`, `{"reason":"` + strings.Repeat("x", 501) + `"}`} {
		c.want("POST", path(arthur), body, 422, "")
	}
	w.wait(11 * time.Minute)
	c.want("POST", path(arthur), why, 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	if len(w.recorded) != 2 {
		t.Errorf("recorded: got %d events, want those of the one impersonation and its end", len(w.recorded))
	}
}

// TestImpersonationUnrecorded: without its record there is no token.
func TestImpersonationUnrecorded(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	own := c.jar["ginauth"]
	w.sinkDown = true
	if got := c.impersonate(arthur); got.status != 503 || len(got.header.Values("Set-Cookie")) != 0 || c.jar["ginauth"] != own {
		t.Errorf("got %v and the cookies %v, want 503 and none", got, got.header.Values("Set-Cookie"))
	}
	tokens, err := w.store.TokensOf(t.Context(), arthur.ID, records.TokenQuery{})
	if err != nil || len(tokens) != 0 {
		t.Errorf("got %d tokens, %v, want none", len(tokens), err)
	}
}

// TestImpersonationRestoresItsOwn: the logout brings back the token of the recorded actor,
// and of no other.
func TestImpersonationRestoresItsOwn(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	morgan := w.person(t, user.Registration{IsSuperuser: true})
	others := map[string]func() string{
		"another superuser's": func() string { return w.as(t, morgan).jar["ginauth"] },
		"the user's own":      func() string { return w.as(t, arthur).jar["ginauth"] },
		"an impersonated one": func() string { c := w.as(t, merlin); c.impersonate(arthur); return c.jar["ginauth"] },
		"nonsense":            func() string { return "nonsense" },
		"an ended one": func() string {
			c := w.as(t, merlin)
			token := c.jar["ginauth"]
			c.want("POST", "/auth/cookie/logout", "", 200, "null")
			return token
		},
	}
	for name, other := range others {
		c := w.as(t, merlin)
		if got := c.impersonate(arthur); got.status != 200 {
			t.Fatalf("impersonate: got %v", got)
		}
		c.jar["ginauth_actor"] = other()
		c.want("POST", "/auth/cookie/logout", "", 200, "null")
		if len(c.jar) != 0 {
			t.Errorf("%s: got the cookies %v, want none", name, c.jar)
		}
	}
	c := w.as(t, merlin) // a login of any user forgets what waits
	c.impersonate(arthur)
	delete(c.jar, "ginauth")
	c.want("POST", "/as/"+string(morgan.ID), "", 200, "")
	if c.jar["ginauth_actor"] != "" {
		t.Error("a login leaves the token of another superuser in its cookie")
	}
}

// TestImpersonationEvents: whatever is refused to a superuser who acts in a user's name is the
// superuser's doing, and about the user.
func TestImpersonationEvents(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want               user.EventKind
	}{
		"a route of the user":  {"PATCH", "/users/me", `{"password":"excalibur"}`, 403, user.EventUpdated},
		"sessions":             {"DELETE", "/users/me/sessions", "", 403, user.EventSessionsEnded},
		"a route of the staff": {"GET", "/users", "", 403, user.EventAccessRefused},
		"a guard":              {"GET", "/own", "", 403, user.EventAccessRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var refused []user.Event
			w, merlin, arthur := court(t, func(config *ginauth.Config, _ *admin.Config) {
				config.OnEvent = func(_ context.Context, e user.Event) {
					mu.Lock()
					defer mu.Unlock()
					if e.Outcome == user.OutcomeRefused {
						refused = append(refused, e)
					}
				}
			})
			c := w.as(t, merlin)
			c.impersonate(arthur)
			c.want(test.method, test.path, test.body, test.status, "")
			if err := w.auth.Shutdown(context.Background()); err != nil {
				t.Fatal(err)
			}
			if len(refused) != 1 || refused[0].Kind != test.want || refused[0].Actor != merlin.ID || refused[0].User != arthur.ID {
				t.Errorf("got %+v, want one %s by %s about %s", refused, test.want, merlin.ID, arthur.ID)
			}
		})
	}
}

func TestImpersonationByBearer(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	own := c.jar["ginauth"]
	got := c.want("POST", "/users/"+string(arthur.ID)+"/impersonate?backend=jwt", `{"reason":"ticket 7"}`, 200, "")
	if !strings.HasPrefix(got.body, `{"access_token":"`) || strings.Contains(got.body, "refresh") || c.jar["ginauth"] != own || len(c.jar) != 1 {
		t.Errorf("got %v and the cookies %v", got, c.jar)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*ginauth.Config, *admin.Config)
		want   string
	}{
		"unrecorded": {func(c *ginauth.Config, _ *admin.Config) { c.RequiredEvents, c.OnRequiredEvent = nil, nil }, "RequiredEvents lacks user.EventImpersonated"},
		"no mail":    {func(c *ginauth.Config, _ *admin.Config) { c.Hooks = user.Hooks{} }, "INVITATION_MAIL_MISSING"},
		"permission": {func(_ *ginauth.Config, c *admin.Config) { c.Permissions.Ban = "users:bann" }, `Config.Permissions.Ban is "users:bann"`},
		"fresh":      {func(_ *ginauth.Config, c *admin.Config) { c.Fresh = -1 }, "Config.Fresh is negative"},
		"fine": {func(c *ginauth.Config, a *admin.Config) {
			c.RequiredEvents, c.OnRequiredEvent, a.AllowUnrecordedImpersonation = nil, nil, true
		}, ""},
	} {
		w := &world{now: time.Now()}
		config := ginauth.Config{}
		var choices admin.Config
		base := newWorld(t)
		config.Store, config.Secret, config.Backends, config.Roles = base.store, "0123456789abcdef0123456789abcdef", append(config.Backends, web), roles
		config.Hooks.Send = func(context.Context, user.Mail) error { return nil }
		config.RequiredEvents, config.OnRequiredEvent = []user.EventKind{user.EventImpersonated}, w.record
		test.change(&config, &choices)
		auth, err := ginauth.New(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = admin.New(t.Context(), auth, choices)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s in it", name, err, test.want)
		}
	}
}
