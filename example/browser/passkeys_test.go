package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// phone is Chromium's own authenticator in software, in one tab.
type phone struct {
	*tab
	id webauthn.AuthenticatorID
}

// withPhone moves the tab to localhost, where browsers have passkeys, and gives it an
// authenticator.
func (b *tab) withPhone() *phone {
	b.t.Helper()
	local := *b.site
	local.url = strings.Replace(local.url, "127.0.0.1", "localhost", 1)
	b.site = &local
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatalf("enable WebAuthn: %v", err)
	}
	added, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
		AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		b.t.Fatalf("add an authenticator: %v", err)
	}
	return &phone{b, added.AuthenticatorID}
}

// present says whether a user is there who touches the phone when it asks.
func (p *phone) present(is string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: p.id, Enabled: is == "yes"})
	if err != nil {
		p.t.Fatalf("set presence: %v", err)
	}
}

// addPasskey creates a passkey by the page.
func (p *phone) addPasskey(name string) {
	p.t.Helper()
	p.fill("#passkey-name", name)
	p.click("#add-passkey button")
}

// A passkey from its creation to its end: signing in by button, by the e-mail field, and
// as a second factor.
func TestPasskey(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	p := b.withPhone()
	email := b.email("galahad")
	b.site.person(t, email)
	b.logIn(email, "cookie")
	p.addPasskey("Phone")
	b.keepCodes()
	b.say("The passkey Phone is there.")
	b.seeText("passkeys", "not used yet")
	b.seeText("codes-left", "10 left")
	b.fits()

	// By the button; the offer in the e-mail field is not accepted.
	p.present("no")
	b.logOut()
	b.see("#passkey-login")
	p.present("yes")
	b.click("#passkey-login")
	b.seeText("who", email)
	b.seeText("passkeys", "last used")

	// As a second factor.
	p.present("no")
	b.logOut()
	b.fill("#login-email", email)
	b.fill("#login-password", password)
	b.click("#login button[type=submit]")
	b.seeText("factor-label", "passkey")
	b.refused(400, "/auth/cookie/login")
	b.lose("#factor-code")
	p.present("yes")
	b.click("#factor-form button[type=submit]")
	b.seeText("who", email)

	// By the e-mail field: the browser offers the passkey by itself. The name that is on the
	// page goes first, so that the one that is waited for is of the new login.
	evaluate[string](b, `document.getElementById('who').textContent = ''`)
	b.click("#logout")
	b.seeText("who", email)
	b.see("#account")

	// The end: its owner is asked, and the second factor goes with it.
	b.click(fmt.Sprintf(`#passkeys button[aria-label^="Delete the passkey %s since"]`, "Phone"))
	b.seeText("question-text", "Delete Phone?")
	b.click("#question-yes")
	b.say("The passkey Phone is deleted.")
	b.seeText("passkeys", "None yet.")
	p.present("no") // the phone still has it, and would offer it
	b.logOut()
	b.logIn(email, "cookie")
}

// At an IP address there are no passkeys, and the page says where they are.
func TestPasskeyElsewhere(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[1])
	b.open("/")
	b.see("#passkey-elsewhere a")
	b.lose("#passkey-login")
	b.fits()
}
