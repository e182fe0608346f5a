package contract

import (
	"strings"
	"testing"
)

const (
	badVerifyToken  = `{"detail":"VERIFY_USER_BAD_TOKEN"}`
	alreadyVerified = `{"detail":"VERIFY_USER_ALREADY_VERIFIED"}`
)

// requestVerify asks for a verify token and returns the n-th that came.
func (p *person) requestVerify(t testing.TB, n int) string {
	t.Helper()
	p.w.client().post(t, "/auth/request-verify-token", `{"email":"`+p.email+`"}`).must(t, 202, "null")
	return p.w.mails(t, "verify", p.email, n)[n-1]
}

func (c *client) verify(t testing.TB, token string) answer {
	t.Helper()
	return c.post(t, "/auth/verify", `{"token":"`+token+`"}`)
}

func testVerify(t *testing.T, w *world) {
	p := w.member(t)
	first, second := p.requestVerify(t, 1), p.requestVerify(t, 2)
	browser := w.client()
	p.account.verified = true
	a := browser.verify(t, first)
	a.want(t, 200, p.json())
	a.wantHeader(t, "Set-Cookie", "")
	browser.wantNobody(t) // no login
	p.wantMe(t, p)        // and no logout either
	browser.verify(t, first).want(t, 400, alreadyVerified)
	browser.verify(t, second).want(t, 400, alreadyVerified)

	t.Run("who gets a mail", func(t *testing.T) {
		t.Parallel()
		w.admin(t)
		gone, nobody, last := w.inactive(t), address(), w.register(t)
		for _, email := range []string{p.email, gone.email, nobody, strings.ToUpper(last.email)} {
			browser.post(t, "/auth/request-verify-token", `{"email":"`+email+`"}`).want(t, 202, "null")
		}
		w.mails(t, "verify", last.email, 1)
		if got := w.mailsNow(t, "verify", p.email); len(got) > 2 {
			t.Error("got a mail to somebody who is verified")
		}
		for _, email := range []string{gone.email, nobody} {
			if got := w.mailsNow(t, "verify", email); len(got) > 0 {
				t.Errorf("got a mail to %s, who has no active account", email)
			}
		}
	})
	t.Run("inactive", func(t *testing.T) {
		t.Parallel()
		w.admin(t)
		gone := w.register(t)
		token := gone.requestVerify(t, 1)
		w.super.patch(t, "/users/"+gone.id, `{"is_active":false}`).mustBe(t, 200)
		gone.active, gone.account.verified = false, true
		browser.verify(t, token).want(t, 200, gone.json()) // and stays so
		browser.verify(t, token).want(t, 400, alreadyVerified)
	})
}

func testVerifyRefused(t *testing.T, w *world) {
	p := w.member(t)
	token, reset := p.requestVerify(t, 1), p.forgot(t, 1)
	c := w.client()
	for _, bad := range []string{"", "x", "a.b.c", reset, p.bearer, token + "A", token[:len(token)-1], " " + token} {
		c.verify(t, bad).want(t, 400, badVerifyToken)
	}
	p.wantMe(t, p)

	t.Run("address changed", func(t *testing.T) {
		t.Parallel()
		p := w.member(t)
		old := p.email
		token := p.requestVerify(t, 1)
		p.email = address()
		p.patch(t, "/users/me", `{"email":"`+p.email+`"}`).must(t, 200, p.json())
		c.verify(t, token).want(t, 400, badVerifyToken)
		p.wantMe(t, p)
		if w.super != nil { // it is no good token, whoever has verified what meanwhile
			p.account.verified = true
			w.super.patch(t, "/users/"+p.id, `{"is_verified":true}`).must(t, 200, p.json())
			c.verify(t, token).want(t, 400, badVerifyToken)
		}
		// The address alone is not enough: it may be somebody else's by now.
		w.registerAs(t, old)
		c.verify(t, token).want(t, 400, badVerifyToken)
	})
	t.Run("letter case changed", func(t *testing.T) {
		t.Parallel()
		p := w.member(t)
		token := p.requestVerify(t, 1)
		p.email = strings.Replace(p.email, "arthur", "Arthur", 1)
		p.patch(t, "/users/me", `{"email":"`+p.email+`"}`).must(t, 200, p.json())
		p.account.verified = true
		c.verify(t, token).want(t, 200, p.json())
	})
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		w.admin(t)
		gone := w.register(t)
		token := gone.requestVerify(t, 1)
		w.super.delete(t, "/users/"+gone.id).must(t, 204, "")
		c.verify(t, token).want(t, 400, badVerifyToken)
	})
}
