package browser_test

import (
	"net/url"
	"testing"

	"github.com/ginauth/ginauth/mails"
)

func TestRegisterVerifyLogIn(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email := b.email("arthur")
		b.open("/")
		b.see("#welcome")
		b.fits()

		b.fill("#register-email", "nobody")
		b.fill("#register-password", "x")
		b.click("#register button[type=submit]")
		b.complain("E-mail: value is not a valid email address")
		b.refused(422, "/auth/register")
		b.see("#register-email[aria-invalid=true]:focus")

		b.fill("#register-email", email)
		b.click("#register button[type=submit]")
		b.complain("Password should be at least 3 characters")
		b.refused(400, "/auth/register")

		b.fill("#register-password", password)
		b.fill("#register-name", "Arthur")
		b.click("#register button[type=submit]")
		b.say("The account is there. Log in now.")
		b.see("#login-password:focus")

		b.fill("#login-password", "lancelot")
		b.click("#login button[type=submit]")
		b.complain("E-mail and password do not match.")
		b.refused(400, "/auth/cookie/login")

		b.fill("#login-password", password)
		b.click("#login button[type=submit]")
		b.seeText("who", email)
		b.seeText("flags", "not verified")
		b.seeText("flags", "plan: free")
		if got := evaluate[string](b, `document.getElementById('profile-name').value`); got != "Arthur" {
			t.Errorf("first name: got %q, want Arthur", got)
		}

		b.click("#send-verify")
		b.say("A mail with a link is on its way.")
		link := b.site.url + "/verify#token=" + url.QueryEscape(b.site.mailed(t, mails.Verify, email).Token)
		b.do("open the link", navigate(link))
		b.see("#verify")
		b.fits()
		if got, want := evaluate[string](b, `location.href`), b.site.url+"/verify"; got != want {
			t.Errorf("address of the page: got %s, want %s without the token", got, want)
		}
		b.click("#verify-form button")
		b.say("The address is confirmed.")
		b.seeText("flags", "verified")
		b.lose("#send-verify")
		b.fits()
		b.logOut()

		b.do("open the link again", navigate(link))
		b.click("#verify-form button")
		b.complain("The address is confirmed already.")
		b.refused(400, "/auth/verify")
	})
}

func TestEachBackend(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	email := b.email("arthur")
	b.site.person(t, email)
	tests := []struct {
		backend string
		cookies []string // what the browser keeps
	}{
		{"cookie", []string{"ginauth"}},
		{"session", []string{"ginauth_session", "ginauth_session_bind"}},
		{"jwt", nil},
		{"redis", nil},
	}
	for _, test := range tests {
		b.logIn(email, test.backend)
		b.fits()
		cookies := b.cookies()
		if len(cookies) != len(test.cookies) {
			t.Errorf("%s: cookies: got %v, want %v", test.backend, cookies, test.cookies)
		}
		for _, name := range test.cookies {
			c := cookies[name]
			if c == nil || !c.HTTPOnly || c.SameSite != "Lax" || c.Secure {
				t.Errorf("%s: cookie %s: got %+v, want HttpOnly, SameSite=Lax, not Secure over http", test.backend, name, c)
			}
		}
		if test.backend == "jwt" {
			b.seeText("unlisted", "Logins by jwt are not recorded")
		} else {
			b.seeText("sessions", test.backend)
			b.seeText("sessions", "this one")
		}
		// A reload keeps what cookies carry, and forgets a bearer token.
		b.open("/account")
		if test.cookies != nil {
			b.seeText("who", email)
			b.logOut()
		}
		b.see("#login")
		if left := b.cookies(); len(left) != 0 {
			t.Errorf("%s: cookies after logging out: got %v, want none", test.backend, left)
		}
	}
	for _, backend := range []string{"jwt", "redis"} {
		b.logIn(email, backend)
		b.see("#no-linking")
		b.lose("#links")
		b.logOut()
	}
}

func TestForgottenPassword(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email := b.email("arthur")
		b.site.person(t, email)
		b.open("/")
		b.fill("#forgot-email", email)
		b.click("#forgot button[type=submit]")
		b.say("If there is such an account, a mail with a link is on its way.")
		link := b.site.url + "/reset-password#token=" + url.QueryEscape(b.site.mailed(t, mails.Reset, email).Token)
		b.do("open the link", navigate(link))
		b.see("#reset")
		b.fits()
		if got, want := evaluate[string](b, `location.href`), b.site.url+"/reset-password"; got != want {
			t.Errorf("address of the page: got %s, want %s without the token", got, want)
		}
		b.fill("#reset-password", "x")
		b.click("#reset-form button")
		b.complain("Password should be at least 3 characters")
		b.refused(400, "/auth/reset-password")
		b.fill("#reset-password", "merlin")
		b.click("#reset-form button")
		b.say("The new password is saved. Log in with it.")

		b.fill("#login-email", email)
		b.fill("#login-password", password)
		b.click("#login button[type=submit]")
		b.complain("E-mail and password do not match.")
		b.refused(400, "/auth/cookie/login")
		b.fill("#login-password", "merlin")
		b.click("#login button[type=submit]")
		b.seeText("who", email)

		b.do("open the link again", navigate(link))
		b.fill("#reset-password", "mordred")
		b.click("#reset-form button")
		b.complain("This link is used up or too old.")
		b.refused(400, "/auth/reset-password")
	})
}
