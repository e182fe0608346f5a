package contract

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
)

var errDown = errors.New("the moat is dry")

// TestDeadStore has every route with a store that does not answer: always 503,
// never "nobody" or "not there".
func TestDeadStore(t *testing.T) {
	t.Parallel()
	eachVariant(t, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		p := w.register(t)
		browser := p.browser(t, "cookie")
		session := p.browser(t, "session")
		verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
		sent := w.everyRoute(p, browser, session, verify, reset)

		w.in.store.before(func(ctx context.Context, _ string) error {
			if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 4*time.Second {
				t.Errorf("got a store call that may take until %v, want 4 seconds at most", deadline)
			}
			return errDown
		})
		for _, r := range sent {
			r.client.send(t, r.method, r.path, r.body, "Content-Type", asJSON).want(t, 503, unavailable)
		}
		w.in.store.before(nil)
		w.arthur.wantMe(t, w.arthur)
		browser.wantMe(t, p)
		p.account.verified = true
		w.client().verify(t, verify).want(t, 200, p.json()) // nothing was used up
		w.client().reset(t, reset, otherPassword).want(t, 200, "null")
	})
}

// sent is a request of one client.
type sent struct {
	client             *client
	method, path, body string
}

// everyRoute returns a good request to every route that asks the store.
func (w *world) everyRoute(p *person, browser, session *client, verify, reset string) []sent {
	var all []sent
	add := func(c *client, method, path, body string) {
		failing := *c
		failing.mayFail = true
		all = append(all, sent{&failing, method, path, body})
	}
	add(w.client(), "POST", "/auth/register", `{"email":"nobody@camelot.bt","password":"guinevere"}`)
	for _, backend := range []string{"jwt", "cookie", "session", "redis", "verified"} {
		add(w.client(), "POST", "/auth/"+backend+"/login", `{"username":"`+p.email+`","password":"guinevere"}`)
	}
	add(w.client(), "POST", "/auth/forgot-password", `{"email":"`+p.email+`"}`)
	add(w.client(), "POST", "/auth/request-verify-token", `{"email":"`+p.email+`"}`)
	add(w.client(), "POST", "/auth/reset-password", `{"token":"`+reset+`","password":"lady-of-the-lake"}`)
	add(w.client(), "POST", "/auth/verify", `{"token":"`+verify+`"}`)
	for _, c := range []*client{w.arthur.client, browser, session} {
		add(c, "GET", "/users/me", "")
		add(c, "PATCH", "/users/me", `{"first_name":"x"}`)
		add(c, "GET", "/users/"+p.id, "")
		for _, path := range guardPaths {
			if path != "cookie-only" || c == browser {
				add(c, "GET", "/protected/"+path, "") // "optional", too
			}
		}
	}
	add(w.arthur.client, "POST", "/auth/jwt/logout", "")
	add(browser, "POST", "/auth/cookie/logout", "")
	add(session, "POST", "/auth/session/logout", "")
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		add(w.super.client, method, "/users/"+p.id, `{"first_name":"x"}`)
	}
	add(w.super.client, "GET", "/users", "")
	add(browser, "GET", "/users/me/sessions", "")
	add(browser, "DELETE", "/users/me/sessions", "")
	return all
}

// TestDeadCalls has single calls of the store fail: those that decide anything are
// 503 and leave everything as it was, those that only tidy up are logged.
func TestDeadCalls(t *testing.T) {
	t.Parallel()
	eachStore(t, v15, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		p := w.member(t)
		verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
		browser := p.browser(t, "cookie")
		json := []string{"Content-Type", asJSON}
		fatal := []struct {
			call, method, path, body string
			client                   *client
		}{
			{"ByEmail", "POST", "/auth/register", `{"email":"nobody@camelot.bt","password":"guinevere"}`, w.client()},
			{"Create", "POST", "/auth/register", `{"email":"nobody@camelot.bt","password":"guinevere"}`, w.client()},
			{"ByEmail", "POST", "/auth/cookie/login", `{"username":"` + p.email + `","password":"guinevere"}`, w.client()},
			{"CreateToken", "POST", "/auth/cookie/login", `{"username":"` + p.email + `","password":"guinevere"}`, w.client()},
			{"TokenWithUser", "GET", "/users/me", "", browser},
			{"TokenByHash", "POST", "/auth/cookie/logout", "", browser},
			{"ByID", "GET", "/users/me", "", p.client},
			{"ByID", "GET", "/users/" + p.id, "", w.super.client},
			{"ByEmail", "PATCH", "/users/me", `{"email":"` + address() + `"}`, p.client},
			{"Update", "PATCH", "/users/me", `{"first_name":"x","password":"lady-of-the-lake"}`, p.client},
			{"Update", "PATCH", "/users/" + p.id, `{"is_active":false}`, w.super.client},
			{"Delete", "DELETE", "/users/" + p.id, "", w.super.client},
			{"List", "GET", "/users", "", w.super.client},
			{"DeleteToken", "POST", "/auth/cookie/logout", "", browser},
			{"Update", "POST", "/auth/verify", `{"token":"` + verify + `"}`, w.client()},
			{"ByID", "POST", "/auth/verify", `{"token":"` + verify + `"}`, w.client()},
			{"Update", "POST", "/auth/reset-password", `{"token":"` + reset + `","password":"lady-of-the-lake"}`, w.client()},
			{"ByID", "POST", "/auth/reset-password", `{"token":"` + reset + `","password":"lady-of-the-lake"}`, w.client()},
			{"Update", "DELETE", "/users/me/sessions", "", browser},
		}
		for _, f := range fatal {
			w.in.store.failing(f.call, errDown)
			failing := *f.client
			failing.mayFail = true
			a := failing.send(t, f.method, f.path, f.body, json...)
			w.in.store.before(nil)
			a.request += ", failing " + f.call
			a.want(t, 503, unavailable)
			a.wantHeader(t, "Set-Cookie", "")
			p.wantMe(t, p)
			browser.wantMe(t, p)
		}
		w.wantNoUser(t, "nobody@")

		// Tidying up: tokens are dead all the same.
		w.in.store.failing("DeleteTokensOf", errDown)
		p.patch(t, "/users/me", `{"password":"lady-of-the-lake"}`).want(t, 200, p.json())
		browser.wantNobody(t)
		p.password = otherPassword
		browser = p.browser(t, "cookie")
		w.super.delete(t, "/users/"+p.id).want(t, 204, "")
		browser.wantNobody(t)

		gone := w.member(t)
		w.in.store.failing("UnlinkAccountsOf", errDown)
		w.super.delete(t, "/users/"+gone.id).want(t, 204, "")
		gone.wantNobody(t)
	})
}

// failing makes the calls of one method fail.
func (p *probe) failing(method string, err error) {
	p.before(func(_ context.Context, called string) error {
		if called == method {
			return err
		}
		return nil
	})
}

// TestStoreSentinels has errors that the store names come at a moment when only a
// race brings them.
func TestStoreSentinels(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		p := w.member(t)
		verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
		tests := []struct {
			call, method, path, body string
			client                   *client
			err                      error
			status                   int
			answer                   string
		}{
			{"Create", "POST", "/auth/register", `{"email":"nobody@camelot.bt","password":"guinevere"}`, w.client(), user.ErrExists, 400, code("REGISTER_USER_ALREADY_EXISTS")},
			{"Update", "PATCH", "/users/me", `{"email":"nobody@camelot.bt"}`, p.client, user.ErrExists, 400, emailTaken},
			{"Update", "PATCH", "/users/" + p.id, `{"email":"nobody@camelot.bt"}`, w.super.client, user.ErrExists, 400, emailTaken},
			{"Update", "PATCH", "/users/me", `{"first_name":"x"}`, p.client, user.ErrNotFound, 401, unauthorized},
			{"Update", "PATCH", "/users/" + p.id, `{"first_name":"x"}`, w.super.client, user.ErrNotFound, 404, notFound},
			{"Delete", "DELETE", "/users/" + p.id, "", w.super.client, user.ErrNotFound, 404, notFound},
			{"Update", "POST", "/auth/reset-password", `{"token":"` + reset + `","password":"lady-of-the-lake"}`, w.client(), user.ErrNotFound, 400, badResetToken},
			{"Update", "POST", "/auth/verify", `{"token":"` + verify + `"}`, w.client(), user.ErrNotFound, 400, badVerifyToken},
			// A damaged document is nobody, and its address is taken.
			{"ByEmail", "POST", "/auth/jwt/login", `{"username":"` + p.email + `","password":"guinevere"}`, w.client(), user.ErrDamaged, 400, badCredentials},
			{"ByID", "GET", "/users/me", "", p.client, user.ErrDamaged, 401, unauthorized},
			{"ByEmail", "POST", "/auth/register", `{"email":"nobody@camelot.bt","password":"guinevere"}`, w.client(), user.ErrDamaged, 400, code("REGISTER_USER_ALREADY_EXISTS")},
			{"ByEmail", "PATCH", "/users/me", `{"email":"nobody@camelot.bt"}`, p.client, user.ErrDamaged, 400, emailTaken},
			{"ByEmail", "POST", "/auth/forgot-password", `{"email":"` + p.email + `"}`, w.client(), user.ErrDamaged, 202, "null"},
		}
		for _, tt := range tests {
			w.in.store.failing(tt.call, tt.err)
			a := tt.client.send(t, tt.method, tt.path, tt.body, "Content-Type", asJSON)
			w.in.store.before(nil)
			a.request += ", " + tt.call + " is " + tt.err.Error()
			a.want(t, tt.status, tt.answer)
		}
		p.wantMe(t, p)
	})
}
