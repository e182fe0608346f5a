package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
)

func TestReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/account/forgot")
	b.send("/account/forgot", "email", "no address")
	b.at(422, "/account/forgot")
	if got := b.complaint("email"); got != "Enter an e-mail address, such as name@example.com." {
		t.Errorf("got %q", got)
	}
	b.send("/account/forgot", "email", arthur)
	b.at(200, "/account/forgot?sent=1")
	b.see("Check your mail")
	token := string(w.mail(user.MailReset, arthur).Token)

	b.open("/account/reset?token=" + token)
	b.at(200, "/account/reset") // the token is in no address that stays
	if strings.Contains(b.body, token) {
		t.Error("the token is in the page")
	}
	b.send("/account/reset", "password", "short")
	b.at(400, "/account/reset")
	if got := b.complaint("password"); got != "Use at least 8 characters." {
		t.Errorf("got %q", got)
	}
	b.send("/account/reset", "password", "excalibur")
	b.at(200, "/account/sign-in?notice=reset")
	b.see("Your new password is saved.")
	b.do("POST", "/account/reset", url.Values{"password": {"excalibur"}}) // the button, once more
	b.at(400, "/account/reset")
	b.see("This link does not work any more", "If you have just saved a new password, sign in with it.", "Get a new link")
	b.signIn(arthur, "excalibur")
	b.at(200, "/account")
}

func TestResetExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/account/forgot")
	b.send("/account/forgot", "email", arthur)
	token := string(w.mail(user.MailReset, arthur).Token)
	w.wait(2 * time.Hour)
	b.open("/account/reset?token=" + token)
	b.send("/account/reset", "password", "excalibur")
	b.at(400, "/account/reset")
	b.see("This link does not work any more", "Get a new link")
	b.open("/account/reset") // the expired token is forgotten
	b.input("token")
}

// A link that a mail program has damaged asks for the link; that of before counts no more.
func TestDamagedLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/account/reset", "/account/verify", "/account/sign-in/link", "/account/invitation"} {
		for _, token := range []string{"eyJh”", `eyJh"`, `eyJh\`, "eyJh;", "eyJh mbG", "\x00", "\xff", "<b>", strings.Repeat("a", 3000)} {
			b := w.browser()
			b.open(path + "?token=eyJh.mbGc")
			b.at(200, path)
			b.open(path + "?token=" + url.QueryEscape(token))
			if b.status != 200 {
				t.Errorf("%s with %q: got %d, want 200", path, token, b.status)
				continue
			}
			b.input("token")
		}
	}
}

// Where a link's end has not reached the server, the link is pasted.
func TestResetPasted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/account/forgot")
	b.send("/account/forgot", "email", arthur)
	token := string(w.mail(user.MailReset, arthur).Token)
	b.open("/account/reset")
	b.see("Link from the mail")
	b.send("/account/reset", "password", "excalibur", "token", " https://camelot.bt/account/reset#token="+token+"\n")
	b.at(200, "/account/sign-in?notice=reset")
	b.open("/account/reset")
	b.send("/account/reset", "password", "excalibur")
	b.at(400, "/account/reset")
}

func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/account/sign-up")
	b.send("/account/sign-up", "email", merlin, "password", guinevere, "house", "pendragon")
	token := string(w.mail(user.MailVerify, merlin).Token)
	b.open("/account/verify?token=" + token)
	b.at(200, "/account/verify")
	b.see("Opening the link has changed nothing yet.")
	b.signIn(merlin, guinevere)
	b.see("Your e-mail address is not confirmed yet.")
	b.open("/account/verify")
	b.send("/account/verify")
	b.at(200, "/account/verify?done=1")
	b.see("Your address is confirmed")
	b.open("/account/verify?token=" + token)
	b.send("/account/verify") // a second click is no mistake
	b.at(200, "/account/verify?done=1")
	b.open("/account")
	if strings.Contains(b.text(), "not confirmed") {
		t.Error("the address is not confirmed")
	}
	b.open("/account/verify?token=" + token + "x")
	b.send("/account/verify")
	b.at(400, "/account/verify")
	b.see("This link does not work any more", "Send a new confirmation mail")
	b.open("/account/verify/new")
	b.send("/account/verify/new", "email", merlin)
	b.at(200, "/account/verify/new?sent=1")
}
