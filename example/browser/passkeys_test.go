package browser_test

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

//go:embed passkey.js
var passkeyScript string

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

// A passkey over the API, by the script of the documentation: made by a user of the cookie
// backend, it logs in at a bearer backend without a password.
func TestPasskeyOfAPI(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	b.withPhone()
	email := b.email("galahad")
	b.site.person(t, email)
	b.open("/")
	b.login("cookie", email)
	got := evaluate[string](b, passkeyScript+`;(async () => {
		const made = await send('/users/me/passkeys', {name: 'Phone', ...await createBy('/users/me/passkeys/options')});
		await bye();
		const token = (await send('/auth/jwt/passkey/login', await answerBy('/auth/jwt/passkey/options'))).access_token;
		const me = await (await fetch('/users/me', {headers: {Authorization: 'Bearer ' + token}})).json();
		return made.name + ' ' + me.email;
	})()`)
	if want := "Phone " + email; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPagesPasskey makes a passkey on the pages, and uses it in each way: as the second
// step, to confirm a change, and offered in the field of the address.
func TestPagesPasskey(t *testing.T) {
	t.Parallel()
	p := &walk{tab: newTab(t, widths[0]), scripts: true, axe: needAxe(t), judged: map[string]bool{}}
	phone := p.withPhone()
	email := p.email("galahad")
	p.site.person(t, email)
	phone.present("no")
	p.visit("/me/sign-in", "/me/sign-in")
	p.send("/me/sign-in", 200, "email", email, "password", password)
	phone.present("yes")
	p.visit("/me/passkeys", "/me/passkeys")
	p.send("/me/passkeys/new", 200, "name", "Phone")
	p.has("The passkey is there.", "Recovery codes")
	p.visit("/me/confirm?next=/me/passkeys", "/me/confirm?next=/me/passkeys")
	p.send("/me/confirm", 200)
	p.at("/me/passkeys")
	p.click("details summary")
	p.look()
	p.send("/me/passkeys/rename", 200, "name", "Tablet")
	p.has("Tablet")
	p.visit("/me/second-factor", "/me/second-factor")
	p.has("Your passkeys are a second factor, too", "10 codes are left.")

	phone.present("no") // it would take the offer in the field of the address
	p.signOut()
	p.send("/me/sign-in", 200, "email", email, "password", password)
	p.at("/me/sign-in/code")
	phone.present("yes")
	p.send("/me/sign-in/code", 200)
	p.at("/")

	p.visit("/me/sign-out", "/me/sign-out")
	p.click(`form[action="/me/sign-out"] button`)
	p.see(".running") // of the front page: the sign-in page has none
	p.has(email)
}
