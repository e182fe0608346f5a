package contract

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	passwords "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/password/blocklist"
	"github.com/ginauth/ginauth/user"
)

const resetOnly = `{"detail":"UPDATE_USER_PASSWORD_RESET_ONLY"}`

func TestResetOnlyAdministration(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) { c.ResetOnlyAdministration = true }}).settled(t)
		p, gone := w.member(t), newPerson(w, address())
		gone.id = w.in.create(t, gone.email, func(u *user.User) { u.IsActive = false })
		for _, body := range []string{`{"password":"lady-of-the-lake"}`, `{"password":"","first_name":"Wart"}`, `{"password":"xy","is_active":false}`} {
			w.super.patch(t, "/users/"+p.id, body).want(t, 400, resetOnly)
			w.super.patch(t, "/users/"+w.super.id, body).want(t, 400, resetOnly)
		}
		p.wantMe(t, p)
		p.firstName = `"Wart"`
		w.super.patch(t, "/users/"+p.id, `{"password":null,"first_name":"Wart"}`).want(t, 200, p.json())

		// What remains is to start a reset.
		const nobody = "00000000-0000-4000-8000-000000000000"
		for _, c := range []struct {
			who    *client
			id     string
			status int
			body   string
		}{
			{w.client(), p.id, 401, unauthorized},
			{w.arthur.client, p.id, 403, forbidden},
			{w.arthur.client, nobody, 403, forbidden},
			{w.super.client, nobody, 404, notFound},
			{w.super.client, "x", 404, notFound},
			{w.super.client, gone.id, 202, "null"},
			{w.super.client, p.id, 202, "null"},
		} {
			c.who.post(t, "/users/"+c.id+"/forgot-password", "").want(t, c.status, c.body)
		}
		token := w.in.mailed(t, mails.Reset, p.email).Token
		w.keepSecret(token)
		p.wantMe(t, p) // nothing has changed yet
		w.client().reset(t, token, otherPassword).want(t, 200, "null")
		p.wantPassword(t, otherPassword, password)

		// One's own password is one's own affair.
		w.super.patch(t, "/users/me", `{"password":"lady-of-the-lake"}`).want(t, 200, w.super.json())
		w.in.wantMails(t, "password-changed "+w.super.email, "reset "+p.email)
	})
}

// Rules for passwords apply wherever one is set, and say why.
func TestStrictPasswords(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) {
			c.ValidatePassword = passwords.Rules(passwords.MinLength(15), blocklist.Rule("Camelot"))
		}})
		const good = "quondam rex futurus"
		p := w.member(t)
		reset := p.forgot(t, 1)
		for bad, reason := range map[string]string{
			"lady-of-a-lake":       "Password should be at least 15 characters",
			"Q1W2E3R4T5Y6U7I8O9P0": "Password is one of the most common ones",
			"Camelot-Camelot!":     "Password is made of a name that is easy to guess, such as the application's or that of your e-mail address",
			p.email:                "Password is made of a name that is easy to guess, such as the application's or that of your e-mail address",
		} {
			if bad != p.email {
				w.client().post(t, "/auth/register", registration(address(), bad)).want(t, 400, refused("REGISTER_INVALID_PASSWORD", reason))
			}
			p.patch(t, "/users/me", `{"password":"`+bad+`"}`).want(t, 400, refused("UPDATE_USER_INVALID_PASSWORD", reason))
			w.client().reset(t, reset, bad).want(t, 400, w.resetRefused(reason))
		}
		email := address()
		w.client().post(t, "/auth/register", registration(email, email)).want(t, 400, refused("REGISTER_INVALID_PASSWORD",
			"Password is made of a name that is easy to guess, such as the application's or that of your e-mail address"))
		w.client().reset(t, reset, good).want(t, 200, "null")
		p.wantPassword(t, good, password)
	})
}

// A session ends when it was not used for an hour, and a day after the login
// however much it is used.
func TestSessionLimits(t *testing.T) {
	t.Parallel()
	limited := backends.Database{IdleTimeout: time.Hour, Lifetime: 24 * time.Hour}
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) {
			for i := range c.Backends {
				if c.Backends[i].Name == "cookie" {
					c.Backends[i].Strategy = limited
				}
			}
		}})
		p := w.register(t)
		idle, busy := p.browser(t, "cookie"), p.browser(t, "cookie")
		for at := time.Duration(0); at < 24*time.Hour; at += 30 * time.Minute {
			busy.wantMe(t, p)
			if at == time.Hour {
				idle.wantNobody(t)
			}
			busy.waitSeen(t)
			w.in.clock.Advance(30 * time.Minute)
		}
		busy.wantNobody(t)
		idle.wantNobody(t)
	})
}

// waitSeen waits until it is stored that the client's session was used just now,
// which is done off the request.
func (c *client) waitSeen(t testing.TB) {
	t.Helper()
	seen := `"last_seen_at":"` + c.w.in.clock.Now().Format(time.RFC3339)
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		if strings.Contains(c.get(t, "/users/me/sessions").body, seen) {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("no session has %s", seen)
		}
	}
}
