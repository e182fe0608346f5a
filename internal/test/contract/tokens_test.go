package contract

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/user/secrets"
)

// TestSecretRotation checks that what was signed before a change of the secret is
// good as long as the old one is kept, and not longer.
func TestSecretRotation(t *testing.T) {
	t.Parallel()
	const (
		old   = secrets.Secret("the old secret, of 32 bytes or so")
		fresh = secrets.Secret("the new secret, of 32 bytes or so")
	)
	eachStore(t, v9, func(t *testing.T, v variant) {
		store := newProbe(v.open(t))
		with := func(secret secrets.Secret, previous ...secrets.Secret) *world {
			return start(t, v, design{store: store, config: func(c *ginauth.Config) {
				c.Secret, c.PreviousSecrets = secret, previous
			}})
		}
		before, after, later := with(old), with(fresh, old), with(fresh)
		p := before.member(t)
		browser := p.browser(t, "cookie")
		verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)

		later.client().with(p.bearer).wantNobody(t)
		later.client().verify(t, verify).want(t, 400, badVerifyToken)
		later.client().reset(t, reset, otherPassword).want(t, 400, badResetToken)

		after.client().with(p.bearer).wantMe(t, p)
		p.account.verified = true
		after.client().verify(t, verify).want(t, 200, p.json())
		browser.wantMe(t, p) // a stored token needs no secret
		after.client().reset(t, reset, otherPassword).want(t, 200, "null")

		// What is signed anew is signed with the new secret.
		token := accessToken(t, after, after.client().logIn(t, "jwt", p.email, otherPassword))
		after.client().with(token).wantMe(t, p)
		later.client().with(token).wantMe(t, p)
		before.client().with(token).wantNobody(t)
		p.w = after
		reset = p.forgot(t, 1)
		before.client().reset(t, reset, password).want(t, 400, badResetToken)
		later.client().reset(t, reset, password).want(t, 200, "null")
	})
}

// TestF32TokensValidFrom ends everything that was issued before a time, also what a
// backup has brought back, and nothing else.
func TestF32TokensValidFrom(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		store, shared, clock := newProbe(v.open(t)), newWays(t, nil), authtest.NewClock()
		browserStore := design{}.sessionStore()
		with := func(from time.Time) *world {
			return start(t, v, design{store: store, ways: &shared, sessions: browserStore, config: func(c *ginauth.Config) {
				c.Secret, c.Now, c.TokensValidFrom = "the secret of both, of 32 bytes or so", clock.Now, from
			}})
		}
		from := clock.Now().Add(time.Minute)
		before := with(time.Time{})
		p := before.member(t)
		bearers := []string{p.bearer, p.token(t, "redis")}
		browsers := []*client{p.browser(t, "cookie"), p.browser(t, "session")}
		verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
		clock.Advance(time.Minute)
		after := with(from)
		for _, bearer := range bearers {
			before.client().with(bearer).wantMe(t, p)
			after.client().with(bearer).wantNobody(t)
		}
		for _, browser := range browsers {
			browser.wantMe(t, p)
			browser.at(after).wantNobody(t)
		}
		after.client().verify(t, verify).want(t, 400, badVerifyToken)
		after.client().reset(t, reset, otherPassword).want(t, 400, badResetToken)

		p.w = after
		p.bearer = p.token(t, "jwt")
		for _, c := range []*client{after.client().with(p.bearer), after.client().with(p.token(t, "redis")), p.browser(t, "cookie"), p.browser(t, "session")} {
			c.wantMe(t, p)
		}
		if got := after.client().with(p.bearer).sessions(t, "/users/me/sessions"); len(got) != 3 {
			t.Errorf("got sessions %s, want those of this time", describe(got))
		}
		reset = p.forgot(t, 1)
		after.client().reset(t, reset, otherPassword).want(t, 200, "null")
	})
}

// TestExpiry has tokens a second before and at the end of their lives.
func TestExpiry(t *testing.T) {
	t.Parallel()
	eachStore(t, v15, func(t *testing.T, v variant) {
		for _, lifetime := range []time.Duration{0, 10 * time.Minute} {
			w := start(t, v, design{config: func(c *ginauth.Config) { c.ResetLifetime, c.VerifyLifetime = lifetime, lifetime }})
			if lifetime == 0 {
				lifetime = time.Hour // the default
			}
			p, other := w.member(t), w.member(t)
			verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
			verifyLate, resetLate := other.requestVerify(t, 1), other.forgot(t, 1)
			w.in.clock.Advance(lifetime - time.Second)
			p.account.verified = true
			w.client().verify(t, verify).want(t, 200, p.json())
			w.client().reset(t, reset, otherPassword).want(t, 200, "null")
			w.in.clock.Advance(time.Second)
			w.client().verify(t, verifyLate).want(t, 400, badVerifyToken)
			w.client().reset(t, resetLate, otherPassword).want(t, 400, badResetToken)
		}
	})
}

// TestLifetimes has the default lifetimes of each way to stay logged in.
func TestLifetimes(t *testing.T) {
	t.Parallel()
	eachStore(t, v15, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		p := w.member(t)
		others := []*client{w.client().with(p.token(t, "redis")), p.browser(t, "cookie"), p.browser(t, "session")}
		w.in.clock.Advance(time.Hour - time.Second)
		p.wantMe(t, p)
		w.in.clock.Advance(time.Second)
		p.wantNobody(t)
		p.post(t, "/auth/jwt/logout", "").want(t, 401, unauthorized)
		w.in.clock.Advance(7*24*time.Hour - time.Hour - time.Second)
		for _, c := range others {
			c.wantMe(t, p) // use does not prolong it
		}
		w.in.clock.Advance(time.Second)
		for _, c := range others {
			c.wantNobody(t)
		}
		if got := len(w.sessionsOf(t, p)); got > 0 {
			t.Errorf("got %d sessions in the list, want none that has ended", got)
		}
	})
}

// sessionsOf returns the sessions that a fresh login of p is shown.
func (w *world) sessionsOf(t testing.TB, p *person) []sessionShown {
	t.Helper()
	p.logIn(t)
	return p.sessions(t, "/users/me/sessions")
}

// TestSessionsOrder has sessions newest first.
func TestSessionsOrder(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		p := w.member(t)
		p.browser(t, "cookie")
		w.in.clock.Advance(time.Minute)
		p.token(t, "redis")
		w.in.clock.Advance(time.Minute)
		p.browser(t, "session")
		var got []string
		for _, s := range p.sessions(t, "/users/me/sessions") {
			got = append(got, s.Backend)
		}
		if strings.Join(got, " ") != "session redis cookie" {
			t.Errorf("got the sessions %v, want the newest first", got)
		}
	})
}
