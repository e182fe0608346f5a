package maillogin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
)

func TestLoginByLinkAndByCode(t *testing.T) {
	t.Parallel()
	for _, backend := range []string{"jwt", "cookie", "app_web"} {
		w := newWorld(t)
		c := w.browser(backend)
		request := c.ask(arthur)
		m := w.mail(arthur)
		if len(m.Code) != 8 || len(m.Token) != 87 || m.Lifetime != 10*time.Minute || m.User == nil {
			t.Errorf("got a code of %d and a token of %d characters for %v", len(m.Code), len(m.Token), m.Lifetime)
		}
		if got := c.byLink(m.Token, ""); got.status != 200 || !c.isIn() {
			t.Errorf("%s, by link: got %d %s", backend, got.status, got.body)
		}
		want(t, "the link again", c.byLink(m.Token, `,"confirm":true`), 400, badToken)
		want(t, "the code after the link", c.byCode(request, m.Code), 400, badToken)

		c = w.browser(backend)
		request = c.ask(strings.ToUpper(arthur[:1]) + arthur[1:]) // another spelling; at once, as the last mail was used
		m = w.mail(arthur)
		if m.To != arthur {
			t.Errorf("got a mail to %s, want one to the stored address", m.To)
		}
		if got := c.byCode(request, m.Code[:4]+" "+m.Code[4:]); got.status != 200 || !c.isIn() {
			t.Errorf("%s, by code: got %d %s", backend, got.status, got.body)
		}
		want(t, "the code again", c.byCode(request, m.Code), 400, badToken)
	}
}

// An app without cookies logs in with the code; a link opened in a browser has to be
// confirmed there.
func TestApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.app("jwt")
	request := app.ask(arthur)
	m := w.mail(arthur)
	if got := app.byCode(request, m.Code); got.status != 200 || !app.isIn() {
		t.Errorf("by code: got %d %s", got.status, got.body)
	}
	app.ask(arthur)
	m = w.mail(arthur)
	want(t, "by link", app.byLink(m.Token, ""), 400, confirmBrowser)
	if got := app.byLink(m.Token, `,"confirm":true`); got.status != 200 {
		t.Errorf("by link, confirmed: got %d %s", got.status, got.body)
	}
}

// Opening the link, as mail scanners do, changes nothing and starts no session.
func TestScanner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, scanner := w.browser("cookie"), w.browser("cookie")
	request := owner.ask(arthur)
	m := w.mail(arthur)
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		for _, path := range []string{"/auth/cookie/login/mail", "/auth/request-login"} {
			for _, query := range []string{"", "?token=" + string(m.Token), "?request=" + request + "&code=" + string(m.Code)} {
				if got := scanner.call(method, path+query, ""); got.status != 404 && got.status != 405 {
					t.Errorf("%s %s: got %d", method, path+query, got.status)
				}
			}
		}
	}
	for range 10 {
		want(t, "a script's POST", scanner.byLink(m.Token, ""), 400, confirmBrowser)
	}
	if scanner.isIn() || len(scanner.cookies) > 0 {
		t.Error("the scanner is logged in")
	}
	if got := owner.byLink(m.Token, ""); got.status != 200 || !owner.isIn() {
		t.Errorf("the owner after the scanner: got %d %s", got.status, got.body)
	}

	// A person with another browser confirms; the link no longer works in the browser that asked.
	owner, other := w.browser("cookie"), w.browser("cookie")
	owner.ask(arthur)
	m = w.mail(arthur)
	want(t, "another browser", other.byLink(m.Token, `,"confirm":false`), 400, confirmBrowser)
	if got := other.byLink(m.Token, `,"confirm":true`); got.status != 200 || !other.isIn() {
		t.Errorf("another browser, confirmed: got %d %s", got.status, got.body)
	}
	want(t, "the first browser", owner.byLink(m.Token, ""), 400, badToken)
}

func TestSameBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sameBrowser)
	owner, other := w.browser("cookie"), w.browser("cookie")
	owner.ask(arthur)
	m := w.mail(arthur)
	for _, more := range []string{"", `,"confirm":true`} {
		want(t, "another browser"+more, other.byLink(m.Token, more), 400, badToken)
	}
	other.ask(merlin) // and has a cookie of its own now
	want(t, "another browser with a cookie", other.byLink(m.Token, `,"confirm":true`), 400, badToken)
	if got := owner.byLink(m.Token, ""); got.status != 200 {
		t.Errorf("the browser that asked: got %d %s", got.status, got.body)
	}
}

// OT-9: five codes a request, over any number of connections.
func TestSixthTry(t *testing.T) {
	t.Parallel()
	for _, wrong := range []int{4, 5} {
		w := newWorld(t, limitsOff)
		c := w.browser("cookie")
		request := c.ask(arthur)
		m := w.mail(arthur)
		for i := range wrong {
			other := c.twin()
			other.source = fmt.Sprintf("192.0.2.%d", i)
			want(t, "a wrong code", other.byCode(request, otherCode(m.Code, i)), 400, badToken)
		}
		got := c.byCode(request, m.Code)
		if wrong < 5 && got.status != 200 {
			t.Errorf("the fifth try: got %d %s", got.status, got.body)
		}
		if wrong >= 5 {
			want(t, "the sixth try, with the right code", got, 400, badToken)
			if got := c.byLink(m.Token, ""); got.status != 200 { // 256 bits need no limit
				t.Errorf("the link after that: got %d %s", got.status, got.body)
			}
		}
	}
}

// otherCode returns a code that is not m's.
func otherCode(code secrets.Secret, i int) secrets.Secret {
	digits := []byte(code)
	digits[i%len(digits)] = '0' + (digits[i%len(digits)]-'0'+1)%10
	return secrets.Secret(digits)
}

// Guesses are limited by source, too.
func TestGuessesBySource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser("cookie")
	c.source = "192.0.2.1"
	c.ask(arthur)
	for i := range 21 {
		got := c.byCode(strings.Repeat("A", 43), "12345678")
		if limited := got.status == 429; limited != (i >= 20) {
			t.Fatalf("guess %d: got %d %s", i, got.status, got.body)
		}
	}
}

// A code is bound to its browser and its request; halves of two links are not a link.
func TestBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	w.register(merlin, func(u *user.User) { u.IsVerified = true })
	a, b := w.browser("cookie"), w.browser("cookie")
	requestA := a.ask(arthur)
	mailA := w.mail(arthur)
	requestB := b.ask(merlin)
	mailB := w.mail(merlin)
	want(t, "request and code of A with the cookie of B", b.byCode(requestA, mailA.Code), 400, badToken)
	want(t, "request of A, code of B", a.byCode(requestA, mailB.Code), 400, badToken)
	want(t, "request of B, code of A, browser A", a.byCode(requestB, mailA.Code), 400, badToken)
	firstA, secondA, _ := strings.Cut(string(mailA.Token), ".")
	firstB, secondB, _ := strings.Cut(string(mailB.Token), ".")
	want(t, "halves of A and B", a.byLink(secrets.Secret(firstA+"."+secondB), ""), 400, badToken)
	want(t, "halves of B and A", b.byLink(secrets.Secret(firstB+"."+secondA), ""), 400, badToken)
	for _, odd := range []string{
		"", ".", "x", firstA, firstA + ".", "." + secondA, firstA + "." + secondA + ".", firstA + "." + secondA + "A", firstA + "=." + secondA,
		strings.Repeat("A", 43) + "." + secondA, secondA + "." + firstA,
	} {
		if got := a.byLink(secrets.Secret(odd), `,"confirm":true`); got.body != badToken {
			t.Errorf("token %q: got %d %s", odd, got.status, got.body)
		}
	}
	if got := a.byCode(requestA, mailA.Code); got.status != 200 {
		t.Errorf("A: got %d %s", got.status, got.body)
	}
	if got := b.byLink(mailB.Token, ""); got.status != 200 {
		t.Errorf("B: got %d %s", got.status, got.body)
	}
}

// OT-4: a newer mail invalidates earlier ones; requests that send no mail do not.
func TestNewerEndsOlder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser("cookie")
	first := c.ask(arthur)
	firstMail := w.mail(arthur)
	stranger := w.browser("cookie")
	stranger.source = "192.0.2.9"
	silent := stranger.ask(arthur) // within a minute: no mail
	w.settle()
	w.Wait(time.Minute + time.Second)
	second := c.ask(arthur)
	secondMail := w.mail(arthur)
	want(t, "the code of the older mail", c.byCode(first, firstMail.Code), 400, badToken)
	want(t, "the link of the older mail", c.byLink(firstMail.Token, ""), 400, badToken)
	want(t, "the code of another request", stranger.byCode(silent, secondMail.Code), 400, badToken)
	if got := c.byCode(second, secondMail.Code); got.status != 200 {
		t.Errorf("the newer one: got %d %s", got.status, got.body)
	}
	third := c.ask(arthur)
	thirdMail := w.mail(arthur)
	stranger.ask(arthur) // no mail again
	w.settle()
	if got := c.byCode(third, thirdMail.Code); got.status != 200 {
		t.Errorf("after a request without a mail: got %d %s", got.status, got.body)
	}
	if _, mails := w.reports(); len(mails) != 3 {
		t.Errorf("got %d mails, want 3", len(mails))
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		after  time.Duration
		status int
	}{{10*time.Minute - time.Millisecond, 200}, {10 * time.Minute, 400}} {
		for _, link := range []bool{true, false} {
			w := newWorld(t)
			c := w.browser("cookie")
			request := c.ask(arthur)
			m := w.mail(arthur)
			w.Wait(test.after)
			got := c.byCode(request, "") // an empty code is a wrong one
			if link {
				got = c.byLink(m.Token, "")
			} else {
				got = c.byCode(request, m.Code)
			}
			if got.status != test.status {
				t.Errorf("after %v, link %v: got %d %s, want %d", test.after, link, got.status, got.body, test.status)
			}
		}
	}
}

// What happens to the account between mail and login.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	no := false
	for _, test := range []struct {
		name      string
		meanwhile func(w *world, u *user.User)
		body      string
	}{
		{"another address", func(w *world, u *user.User) {
			w.update(u, user.Update{Email: &email.Email{Address: merlin, Key: merlin}})
		}, badToken},
		{"tokens ended, as by a reset", func(w *world, u *user.User) { w.update(u, user.Update{EndTokens: true}) }, badToken},
		{"deactivated", func(w *world, u *user.User) { w.update(u, user.Update{IsActive: &no}) }, badCredentials},
		{"deleted", func(w *world, u *user.User) {
			if err := w.auth.Manager().Delete(w.t.Context(), u); err != nil {
				w.t.Fatal(err)
			}
		}, badToken},
		{"deleted and registered again", func(w *world, u *user.User) {
			if err := w.auth.Manager().Delete(w.t.Context(), u); err != nil {
				w.t.Fatal(err)
			}
			w.register(arthur, func(u *user.User) { u.IsVerified = true })
		}, badToken},
		{"deleted in the store alone, and registered again", func(w *world, u *user.User) {
			if err := w.Memory.Delete(w.t.Context(), u.ID, user.DeleteOptions{}); err != nil {
				w.t.Fatal(err)
			}
			w.register(arthur, func(u *user.User) { u.IsVerified = true })
		}, badToken},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, signUp)
			c := w.browser("cookie")
			c.ask(arthur)
			m := w.mail(arthur)
			test.meanwhile(w, w.User(arthur))
			want(t, test.name, c.byLink(m.Token, ""), 400, test.body)
			if c.isIn() {
				t.Error("the client is logged in")
			}
		})
	}
}

func TestSignUp(t *testing.T) {
	t.Parallel()
	var via []user.RegistrationVia
	w := newWorld(t, signUp, func(c *ginauth.Config, _ *maillogin.Config) {
		c.Hooks.BeforeRegister = func(_ context.Context, r *user.Registration) error {
			via = append(via, r.Via)
			if strings.HasPrefix(r.Email, "mordred") {
				return &user.Refusal{Code: "NO_TRAITORS", Status: 403}
			}
			return nil
		}
	})
	c := w.browser("cookie")
	c.ask("Lancelot@camelot.bt")
	m := w.mail("lancelot@camelot.bt")
	if m.User != nil || m.To != "Lancelot@camelot.bt" {
		t.Errorf("got a mail to %s about %v, want no user", m.To, m.User)
	}
	if got := c.byLink(m.Token, ""); got.status != 200 || !c.isIn() {
		t.Fatalf("sign up: got %d %s", got.status, got.body)
	}
	if u := w.User("lancelot@camelot.bt"); !u.IsVerified || !u.IsActive || u.IsSuperuser || u.HasPassword() || u.OwnerVersion != 0 {
		t.Errorf("got %+v", u)
	}
	c.ask("mordred@camelot.bt")
	m = w.mail("mordred@camelot.bt")
	want(t, "refused by a hook", c.byLink(m.Token, ""), 403, `{"detail":"NO_TRAITORS"}`)
	if len(via) != 2 || via[0] != user.ViaMail {
		t.Errorf("got registrations via %v", via)
	}

	// Another person registers with the address in between: its owner gets the account.
	c = w.browser("cookie")
	c.ask(merlin)
	m = w.mail(merlin)
	stranger := w.register(merlin)
	if got := c.byLink(m.Token, ""); got.status != 200 || !c.isIn() {
		t.Errorf("registered meanwhile: got %d %s", got.status, got.body)
	}
	if u := w.User(merlin); u.ID != stranger.ID || u.HasPassword() || !u.IsVerified || u.OwnerVersion != 1 {
		t.Errorf("got %+v", u)
	}

	w = newWorld(t)
	w.browser("cookie").ask(merlin)
	if _, mails := w.reports(); len(mails) != 0 {
		t.Errorf("without SignUp: got %d mails to an unknown address", len(mails))
	}
}
