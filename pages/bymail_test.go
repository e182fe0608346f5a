package pages_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
)

func (b *browser) askMail(email string) {
	b.t.Helper()
	b.open("/account/sign-in?next=/castle")
	b.open("/account/sign-in/mail?next=/castle")
	b.send("/account/sign-in/mail", "email", email)
	b.at(200, "/account/sign-in/mail/code?next=%2Fcastle")
}

func TestMailLoginByCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/account/sign-in")
	b.see("Sign in by mail")
	b.open("/account/sign-in/mail/code") // without a request
	b.at(200, "/account/sign-in/mail?notice=mail_over")
	b.send("/account/sign-in/mail", "email", "no address")
	b.at(422, "/account/sign-in/mail")
	if got := b.complaint("email"); got != "Enter an e-mail address, such as name@example.com." {
		t.Errorf("got %q", got)
	}
	b.askMail(arthur)
	m := w.mail(user.MailLogin, arthur)
	b.send("/account/sign-in/mail/code", "code", "1234")
	b.at(400, "/account/sign-in/mail/code")
	if got := b.complaint("code"); got != "This code is wrong, was used before or is too old." {
		t.Errorf("got %q", got)
	}
	b.send("/account/sign-in/mail/code", "code", " "+string(m.Code[:4])+" "+string(m.Code[4:]))
	b.at(200, "/castle")
	b.open("/account/sign-in/mail/code")
	b.at(200, "/account/sign-in/mail?notice=mail_over")
}

// The pages are the same for an address that has no account.
func TestMailLoginUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	known, unknown := w.browser(), w.browser()
	known.askMail(arthur)
	unknown.askMail("mordred@camelot.bt")
	if known.body != unknown.body {
		t.Errorf("got\n%s\nfor an account and\n%s\nfor none", known.text(), unknown.text())
	}
	known.send("/account/sign-in/mail/code", "code", "12345678")
	unknown.send("/account/sign-in/mail/code", "code", "12345678")
	if known.body != unknown.body || known.status != unknown.status {
		t.Errorf("got %d and %d for a wrong code", known.status, unknown.status)
	}
}

func TestMailLoginByLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.askMail(arthur)
	token := string(w.mail(user.MailLogin, arthur).Token)
	b.open("/account/sign-in/link?token=" + token)
	b.at(200, "/account/sign-in/link")
	if strings.Contains(b.body, token) {
		t.Error("the token is in the page")
	}
	b.open("/castle") // opening the link has changed nothing
	b.at(200, "/account/sign-in?next=%2Fcastle")
	b.open("/account/sign-in/link")
	b.send("/account/sign-in/link")
	b.at(200, "/castle") // where the sign-in was asked for
	b.open("/account/sign-in/link?token=" + token)
	b.send("/account/sign-in/link")
	b.at(400, "/account/sign-in/link")
	b.see("This link does not work any more", "Get a new mail")
}

// In another browser the link takes a confirmation.
func TestMailLoginInAnotherBrowser(t *testing.T) {
	t.Parallel()
	for name, pasted := range map[string]bool{"link": false, "pasted": true} {
		w := newWorld(t)
		w.browser().askMail(arthur)
		token := string(w.mail(user.MailLogin, arthur).Token)
		b := w.browser()
		if pasted {
			b.open("/account/sign-in/link")
			b.send("/account/sign-in/link", "token", "https://camelot.bt/account/sign-in/link#token="+token)
		} else {
			b.open("/account/sign-in/link?token=" + token)
			b.send("/account/sign-in/link")
		}
		b.at(400, "/account/sign-in/link")
		b.see("Sign in with this browser?", "Yes, sign in here")
		b.open("/castle")
		b.at(200, "/account/sign-in?next=%2Fcastle")
		b.open("/account/sign-in/link")
		b.send("/account/sign-in/link")
		b.send("/account/sign-in/link") // the second button
		if b.status != 200 || b.url.Path != "/account" {
			t.Errorf("%s: got %d at %s", name, b.status, b.url)
		}
	}
}

func TestMailLoginExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.askMail(arthur)
	m := w.mail(user.MailLogin, arthur)
	w.wait(11 * time.Minute)
	b.send("/account/sign-in/mail/code", "code", string(m.Code))
	b.at(400, "/account/sign-in/mail/code")
	b.see("is too old")
	b.open("/account/sign-in/link?token=" + string(m.Token))
	b.send("/account/sign-in/link")
	b.at(400, "/account/sign-in/link")
	b.see("This link does not work any more", "Get a new mail")
}
