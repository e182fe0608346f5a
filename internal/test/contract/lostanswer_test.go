package contract

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/ginauth/ginauth/internal/test/wirefault"
)

// attempt is one thing a client tries whose store may lose requests or answers.
type attempt struct {
	name string
	// ready makes somebody to try it with, and returns the try and a check that the
	// thing is done.
	ready func(t *testing.T, w *wired) (try func() answer, done func(t *testing.T))
	// success is the status of a try that was done.
	success int
	// again is the refusal that a second try may get because the first was done.
	again string
}

var attempts = []attempt{
	{"register", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := newPerson(w.world, address())
		try := func() answer {
			return p.failing().post(t, "/auth/register", `{"email":"`+p.email+`","password":"`+password+`"}`)
		}
		return try, func(t *testing.T) { accessToken(t, w.world, p.client.logIn(t, "jwt", p.email, password)) }
	}, 201, code("REGISTER_USER_ALREADY_EXISTS")},
	{"login", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.register(t)
		c := w.client()
		return func() answer {
			return c.failing().postForm(t, "/auth/cookie/login", "username="+p.email+"&password="+password)
		}, func(t *testing.T) { c.wantMe(t, p) }
	}, 200, ""},
	{"logout", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.register(t)
		c := p.browser(t, "cookie")
		thief := w.client()
		home, err := url.Parse(w.url)
		if err != nil {
			t.Fatal(err)
		}
		thief.http.Jar.SetCookies(home, c.http.Jar.Cookies(home))
		return func() answer { return c.failing().post(t, "/auth/cookie/logout", "") }, func(t *testing.T) { thief.wantNobody(t) }
	}, 200, unauthorized},
	{"reset", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.register(t)
		old, token := p.browser(t, "cookie"), p.forgot(t, 1)
		return func() answer { return p.failing().reset(t, token, otherPassword) }, func(t *testing.T) {
			p.wantPassword(t, otherPassword, password)
			old.wantNobody(t)
		}
	}, 200, badResetToken},
	{"verify", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.member(t)
		token := p.requestVerify(t, 1)
		return func() answer { return p.failing().verify(t, token) }, func(t *testing.T) {
			p.account.verified = true
			p.wantMe(t, p)
		}
	}, 200, code("VERIFY_USER_ALREADY_VERIFIED")},
	{"change password", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.register(t)
		c, other := p.browser(t, "cookie"), p.browser(t, "cookie")
		return func() answer { return c.failing().patch(t, "/users/me", `{"password":"`+otherPassword+`"}`) }, func(t *testing.T) {
			c.wantMe(t, p)
			other.wantNobody(t)
			p.wantPassword(t, otherPassword, password)
		}
	}, 200, ""},
	{"delete", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.register(t)
		c := p.browser(t, "cookie")
		return func() answer { return w.super.failing().delete(t, "/users/"+p.id) }, func(t *testing.T) {
			c.wantNobody(t)
			w.super.get(t, "/users/"+p.id).want(t, 404, notFound)
		}
	}, 204, notFound},
	{"deactivate", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.register(t)
		c := p.browser(t, "cookie")
		return func() answer { return w.super.failing().patch(t, "/users/"+p.id, `{"is_active":false}`) }, func(t *testing.T) { c.wantNobody(t) }
	}, 200, ""},
	{"end sessions", func(t *testing.T, w *wired) (func() answer, func(*testing.T)) {
		p := w.register(t)
		c, other := p.browser(t, "cookie"), p.browser(t, "cookie")
		return func() answer { return c.failing().delete(t, "/users/me/sessions") }, func(t *testing.T) {
			c.wantMe(t, p)
			other.wantNobody(t)
		}
	}, 204, ""},
}

// TestLostAnswers: F07. Of every attempt each request to MongoDB in turn is lost, or
// its answer is. The client is told of a success only when the thing is done, else 503;
// its second try then does it, or is refused because it was done.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			w := startWired(t)
			for _, fault := range []wirefault.Fault{wirefault.Refuse, wirefault.Lose} {
				reached := true
				for n := 1; reached; n++ {
					reached = w.loseAt(t, a, n, fault)
				}
			}
		})
	}
}

// loseAt has the fault happen to request n of an attempt, and reports whether there was one.
func (w *wired) loseAt(t *testing.T, a attempt, n int, fault wirefault.Fault) (reached bool) {
	t.Helper()
	try, done := a.ready(t, w)
	rule, reachedNow := wirefault.At(n, fault, func(e wirefault.Exchange) bool { return !e.IsHello() && e.Command != "endSessions" })
	w.mongo.Set(rule)
	first := try()
	reached = reachedNow()
	w.mongo.Set(nil)
	what := fmt.Sprintf(", request %d, fault %v", n, fault)
	first.request += what
	switch first.status {
	case a.success:
		done(t)
		return reached
	case 503:
		first.want(t, 503, unavailable)
	default:
		t.Errorf("%s: got %d %s, want %d or 503", first.request, first.status, first.body, a.success)
	}
	second := try()
	second.request += " again" + what
	if second.status != a.success && (a.again == "" || second.body != a.again) {
		t.Errorf("%s: got %d %s, want %d or %s", second.request, second.status, second.body, a.success, a.again)
	}
	done(t)
	return reached
}

// failing returns the client with answers of 503 allowed.
func (c *client) failing() *client {
	failing := *c
	failing.mayFail = true
	return &failing
}
