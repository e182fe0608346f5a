package pages_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
)

// authenticator is a device and what the pages' script does with it.
type authenticator struct {
	party virtualwebauthn.RelyingParty
	auth  virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
}

// newAuthenticator returns a device whose key has coordinates of all their 32 bytes: the
// software leaves leading zeros out, which authenticators must not.
func newAuthenticator() *authenticator {
	key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	for len(key.Key.AttestationData()) != 77 {
		key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return &authenticator{
		virtualwebauthn.RelyingParty{ID: "camelot.test", Name: "Camelot", Origin: "https://camelot.test"}, virtualwebauthn.NewAuthenticator(), key,
	}
}

// answer returns what the script puts into the form whose script gets options at a path.
func (d *authenticator) answer(b *browser, creates bool) (ceremony, credential string) {
	b.t.Helper()
	_, rest, _ := strings.Cut(b.body, `data-options="`)
	path, _, _ := strings.Cut(rest, `"`)
	status, body := b.api("POST", path, "{}")
	if status != 200 {
		return "", ""
	}
	var begun struct {
		Ceremony  string
		PublicKey json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &begun); err != nil {
		b.t.Fatal(err)
	}
	if creates {
		options, err := virtualwebauthn.ParseAttestationOptions(string(begun.PublicKey))
		if err != nil {
			b.t.Fatal(err)
		}
		d.auth.Options.UserHandle = []byte(options.UserID)
		return begun.Ceremony, virtualwebauthn.CreateAttestationResponse(d.party, d.auth, d.key, *options)
	}
	options, err := virtualwebauthn.ParseAssertionOptions(string(begun.PublicKey))
	if err != nil {
		b.t.Fatal(err)
	}
	d.key.Counter++
	return begun.Ceremony, virtualwebauthn.CreateAssertionResponse(d.party, d.auth, d.key, *options)
}

func (d *authenticator) add(b *browser, name string) {
	b.t.Helper()
	b.open("/account/passkeys")
	ceremony, credential := d.answer(b, true)
	b.send("/account/passkeys/new", "name", name, "ceremony", ceremony, "credential", credential)
}

// use sends the form of the page with an answer of the device.
func (d *authenticator) use(b *browser, action string) {
	b.t.Helper()
	ceremony, credential := d.answer(b, false)
	b.send(action, "ceremony", ceremony, "credential", credential)
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.open("/account/passkeys")
	b.see("There are none yet.", "open this page with JavaScript")
	if !strings.Contains(b.body, "<form hidden data-needs-passkeys") {
		t.Error("the form that takes a script is shown without one")
	}
	device := newAuthenticator()
	device.add(b, "Phone")
	b.see("The passkey is there.")
	b.open("/account/passkeys")
	b.see("Phone", "on one device")

	b.send("/account/passkeys/rename", "name", strings.Repeat("x", 65))
	b.at(422, "/account/passkeys/rename")
	b.see("Enter a name of 1 to 64 characters.")
	b.send("/account/passkeys/rename", "name", "Tablet")
	b.at(200, "/account/passkeys?notice=passkey_renamed")
	b.see("Tablet")

	guest := w.browser()
	guest.open("/account/sign-in?next=/castle")
	ceremony, credential := device.answer(guest, false)
	guest.send("/account/sign-in/passkey", "ceremony", ceremony, "credential", credential)
	guest.at(200, "/castle")
	guest.do("POST", "/account/sign-in/passkey", url.Values{"ceremony": {ceremony}, "credential": {credential}}) // the back button
	guest.at(400, "/account/sign-in/passkey")

	b.open("/account/passkeys")
	b.send("/account/passkeys")
	b.at(200, "/account/passkeys?notice=passkey_removed")
	b.see("There are none yet.")
	guest.do("POST", "/account/sign-out", url.Values{})
	guest.open("/account/sign-in")
	ceremony, credential = device.answer(guest, false)
	guest.send("/account/sign-in/passkey", "ceremony", ceremony, "credential", credential)
	guest.at(400, "/account/sign-in/passkey")
	guest.see("This passkey is not known here, or not any more.")
}

// What refuses a passkey is said on the page.
func TestPasskeysRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	for _, credential := range []string{"", "no JSON", "{}", `"text"`} {
		b.do("POST", "/account/passkeys/new", url.Values{"ceremony": {"v1.nonsense"}, "credential": {credential}})
		if b.status != 400 && b.status != 422 {
			t.Errorf("%q: got %d", credential, b.status)
		}
		b.see("Error: Passkeys")
	}
	for range 2 {
		newAuthenticator().add(b, "")
	}
	newAuthenticator().add(b, "")
	b.at(400, "/account/passkeys/new")
	b.see("There are as many passkeys as there can be.")
	w.wait(time.Hour)
	newAuthenticator().add(b, "")
	if !strings.HasPrefix(b.url.RequestURI(), "/account/confirm?next=%2Faccount%2Fpasskeys") {
		t.Errorf("got %s, want the page that asks for a proof", b.url)
	}
}
