package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/username"
)

// Where accounts are by invitation, the link of its mail leads to the only page that makes
// one.
func TestInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *pages.Config) { c.Policy.Registration = ginauth.InvitationOnly })
	w.superuser("morgan@camelot.bt")
	host := w.browser()
	host.signIn("morgan@camelot.bt", guinevere)
	if status, body := host.api("POST", "/invitations", `{"email":"`+merlin+`"}`); status != 201 {
		t.Fatalf("got %d %s", status, body)
	}
	token := string(w.mail(user.MailInvitation, merlin).Token)

	b := w.browser()
	b.open("/account/sign-in")
	b.see("Accounts are by invitation.")
	if strings.Contains(b.body, "/account/sign-up") {
		t.Error("there is a link to a page that makes no account")
	}
	b.open("/account/sign-up")
	b.at(200, "/account/invitation")
	b.input("token") // to paste the link into
	b.open("/account/invitation?token=" + url.QueryEscape(token))
	b.at(200, "/account/invitation")
	if strings.Contains(b.body, token) {
		t.Error("the token is in the page")
	}
	b.send("/account/invitation", "email", "mordred@camelot.bt", "password", guinevere, "house", "pendragon")
	b.at(400, "/account/invitation")
	b.see("This invitation does not fit", "or ask for a new invitation")
	if got := b.value("email") + b.value("password"); got != "mordred@camelot.bt" {
		t.Errorf("what is kept: got %q", got)
	}
	b.send("/account/invitation", "email", merlin, "password", "x", "house", "pendragon")
	b.at(400, "/account/invitation")
	if b.complaint("password") == "" {
		t.Error("nothing is said about the password")
	}
	b.send("/account/invitation", "email", merlin, "password", guinevere)
	b.at(200, "/account/sign-in?notice=signed_up")
	b.do("POST", "/account/invitation", url.Values{"email": {merlin}, "password": {guinevere}, "house": {"pendragon"}}) // a second click
	b.at(403, "/account/invitation")
	if got := b.complaint("token"); got != "An account takes an invitation." {
		t.Errorf("got %q", got)
	}
	b.signIn(merlin, guinevere)
	b.at(200, "/account")
	if strings.Contains(b.body, "not confirmed yet") {
		t.Error("the address is not confirmed, though the mail has arrived there")
	}
}

func TestUsername(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *pages.Config) { c.Policy.Usernames = &username.Rules{} })
	b := w.browser()
	b.open("/account/sign-up")
	b.see("User name (optional)")
	b.send("/account/sign-up", "email", merlin, "password", guinevere, "house", "du lac", "username", "x")
	b.at(422, "/account/sign-up")
	if got := b.complaint("username"); !strings.HasPrefix(got, "Use 3 to 32 letters") || b.value("username") != "x" {
		t.Errorf("got %q beside %q", got, b.value("username"))
	}
	b.send("/account/sign-up", "username", "Merlin", "password", guinevere)
	b.see("your account is ready", "E-mail address or user name")
	b.do("POST", "/account/sign-up", url.Values{"email": {"other@camelot.bt"}, "password": {guinevere}, "house": {"du lac"}, "username": {"merlin"}})
	b.at(400, "/account/sign-up")
	if got := b.complaint("username"); got != "This name is taken. Choose another one." {
		t.Errorf("got %q", got)
	}
	b.signIn("merlin", guinevere)
	b.at(200, "/account")
	b.send("/account", "username", "admin")
	b.at(422, "/account")
	if b.complaint("username") == "" {
		t.Error("nothing is said about a reserved name")
	}
	b.send("/account", "username", "Ambrosius")
	b.at(200, "/account?notice=saved")
	if got := b.value("username"); got != "Ambrosius" {
		t.Errorf("got %q", got)
	}
	b.do("POST", "/account", url.Values{"email": {merlin}, "house": {"du lac"}, "username": {""}})
	b.at(200, "/account?notice=saved")
	if got := b.value("username"); got != "" {
		t.Errorf("removed: got %q", got)
	}
}

// A name that cannot be changed is shown as one.
func TestUsernameImmutable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *pages.Config) { c.Policy.Usernames = &username.Rules{Immutable: true} })
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.send("/account", "username", "Arthur")
	b.at(200, "/account?notice=saved")
	b.see("User name Arthur")
	b.do("POST", "/account", url.Values{"email": {arthur}, "house": {"pendragon"}, "username": {"Wart"}})
	b.at(200, "/account?notice=saved")
	b.see("User name Arthur")
}

// A passkey proves who sits there, and is the second step beside an app.
func TestPasskeyAsProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	device := newAuthenticator()
	device.add(b, "Phone")
	w.wait(time.Hour)
	b.open("/account/confirm?next=/castle")
	b.see("Use a passkey")
	b.send("/account/confirm", "password", "mordred")
	b.at(400, "/account/confirm")
	if b.complaint("password") == "" {
		t.Error("nothing is said about the password")
	}
	b.open("/account/confirm?with=passkey&next=/castle")
	b.see("Passkeys take JavaScript", "Use your password")
	b.send("/account/confirm")
	b.at(400, "/account/confirm")
	b.see("This has taken too long.")
	device.use(b, "/account/confirm")
	b.at(200, "/castle")

	app := b.setUpApp(w)
	b.send("/account/sign-out")
	b.open("/account/sign-in?next=/castle")
	b.send("/account/sign-in", "email", arthur, "password", guinevere)
	b.see("Code from your authenticator app", "Use a passkey")
	b.open("/account/sign-in/code?with=passkey&next=%2Fcastle")
	if !strings.Contains(b.body, "<form hidden data-needs-passkeys") || !strings.Contains(b.body, "/account/assets/passkeys.js") {
		t.Error("the form that takes a script is shown without one, or has none")
	}
	newAuthenticator().use(b, "/account/sign-in/code")
	b.at(400, "/account/sign-in/code")
	b.see("This passkey does not belong to your account")
	device.use(b, "/account/sign-in/code")
	b.at(200, "/castle")
	w.wait(time.Hour)
	b.open("/account/confirm")
	b.see("Code from your authenticator app", "Use a passkey", "Use a recovery code")
	if strings.Contains(b.body, "with=password") {
		t.Error("the password is offered in the place of a second factor")
	}
	b.send("/account/confirm", "code", app())
	b.at(200, "/account")
}
