package contract

import (
	"strings"
	"testing"
)

const badResetToken = `{"detail":"RESET_PASSWORD_BAD_TOKEN"}`

// forgot asks for a reset token and returns the n-th that came.
func (p *person) forgot(t testing.TB, n int) string {
	t.Helper()
	p.w.client().post(t, "/auth/forgot-password", `{"email":"`+p.email+`"}`).must(t, 202, "null")
	return p.w.mails(t, "reset", p.email, n)[n-1]
}

// reset sends a new password with a reset token.
func (c *client) reset(t testing.TB, token, password string) answer {
	t.Helper()
	return c.post(t, "/auth/reset-password", `{"token":"`+token+`","password":"`+password+`"}`)
}

// testForgotPassword has who gets a mail; who does not is told in the same words.
func testForgotPassword(t *testing.T, w *world) {
	p := w.register(t)
	a := w.client().post(t, "/auth/forgot-password", `{"email":" `+strings.ToUpper(p.email)+`"}`)
	a.want(t, 202, "null")
	a.wantHeader(t, "Set-Cookie", "")
	w.mails(t, "reset", p.email, 1)
	nobody := address()
	w.client().post(t, "/auth/forgot-password", `{"email":"`+nobody+`"}`).want(t, 202, "null")

	w.admin(t)
	gone, verified := w.inactive(t), w.verified(t)
	w.client().post(t, "/auth/forgot-password", `{"email":"`+gone.email+`"}`).want(t, 202, "null")
	verified.forgot(t, 1)
	p.forgot(t, 2) // whatever came before it would be there by now, most likely
	for _, email := range []string{nobody, gone.email} {
		if got := w.mailsNow(t, "reset", email); len(got) > 0 {
			t.Errorf("got a mail to %s, who has no active account", email)
		}
	}
}

// inactive is a member that was deactivated.
func (w *world) inactive(t testing.TB) *person {
	t.Helper()
	admin := w.admin(t)
	p := w.member(t)
	p.active = false
	admin.patch(t, "/users/"+p.id, `{"is_active":false}`).must(t, 200, p.json())
	return p
}

func testResetPassword(t *testing.T, w *world) {
	p := w.member(t)
	redis, cookie := p.token(t, "redis"), p.browser(t, "cookie")
	token, other := p.forgot(t, 1), p.forgot(t, 2)

	browser := w.client()
	// A refused password leaves the token as good as it was.
	browser.reset(t, token, weakPassword).want(t, 400, w.resetRefused(tooShort))
	browser.reset(t, token, "").want(t, 400, w.resetRefused(tooShort))
	p.wantMe(t, p)
	a := browser.reset(t, token, otherPassword)
	a.want(t, 200, "null")
	a.wantHeader(t, "Set-Cookie", "")
	browser.wantNobody(t)

	p.wantPassword(t, otherPassword, password)
	for _, c := range []*client{p.client, w.client().with(redis), cookie} {
		c.wantNobody(t) // a reset ends all tokens
	}
	// Single use, and any change of the hash kills the tokens.
	browser.reset(t, token, password).want(t, 400, badResetToken)
	browser.reset(t, other, password).want(t, 400, badResetToken)
	browser.reset(t, token, weakPassword).want(t, 400, badResetToken)
	p.password = otherPassword
	p.logIn(t)
	p.wantMe(t, p) // is_verified stays
}

func testResetRefused(t *testing.T, w *world) {
	p := w.member(t)
	token := p.forgot(t, 1)
	p.post(t, "/auth/request-verify-token", `{"email":"`+p.email+`"}`).must(t, 202, "null")
	verify := w.mails(t, "verify", p.email, 1)[0]
	c := w.client()
	for _, bad := range []string{"", "x", "a.b.c", verify, p.bearer, token + "A", token[:len(token)-1], " " + token, token + " "} {
		c.reset(t, bad, otherPassword).want(t, 400, badResetToken)
	}
	// The token is looked at before the password.
	c.reset(t, "x", weakPassword).want(t, 400, badResetToken)
	c.with(token).wantNobody(t)
	p.wantMe(t, p)

	t.Run("inactive", func(t *testing.T) {
		t.Parallel()
		w.admin(t)
		gone := w.register(t)
		token := gone.forgot(t, 1)
		gone.active = false
		w.super.patch(t, "/users/"+gone.id, `{"is_active":false}`).must(t, 200, gone.json())
		c.reset(t, token, otherPassword).want(t, 400, badResetToken)
		c.reset(t, token, weakPassword).want(t, 400, badResetToken)
	})
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		w.admin(t)
		gone := w.register(t)
		token := gone.forgot(t, 1)
		w.super.delete(t, "/users/"+gone.id).must(t, 204, "")
		c.reset(t, token, otherPassword).want(t, 400, badResetToken)
	})
}
