package walk

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user/email"
)

// id returns the ID of a user.
func (w *world) id(name string) string {
	w.t.Helper()
	u, err := w.memory.ByEmail(w.t.Context(), email.Email{Key: name + "@camelot.bt"})
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return string(u.ID)
}

// mail waits for a mail of that kind to that address that it has not returned before, and
// returns the newest.
func (w *world) mail(kind mails.Kind, name string) mails.Message {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	wanted := func(m mails.Message) bool {
		return m.Kind == kind && m.To == name+"@camelot.bt" && !w.read[m.URL+m.Code]
	}
	if _, err := w.outbox.Wait(ctx, wanted); err != nil {
		w.t.Fatalf("no %s mail to %s: %v", kind, name, err)
	}
	var newest mails.Message
	for _, m := range w.outbox.Messages() {
		if wanted(m) {
			newest = m
		}
	}
	w.read[newest.URL+newest.Code] = true
	return newest
}

// totp is an authenticator app.
type totp struct {
	w          *world
	id, secret string
}

// code returns the code of the next step: those of before are used up.
func (a totp) code() string {
	a.w.t.Helper()
	a.w.wait(30 * time.Second)
	code, err := hotp.GenerateCodeCustom(a.secret, uint64(a.w.clock().Unix()/30), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // a time
	if err != nil {
		a.w.t.Fatal(err)
	}
	return code
}

// device is an authenticator in software, with the browser in front of it.
type device struct {
	w    *world
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
	// still keeps the sign count where it is.
	still bool
}

func (w *world) device() *device {
	const encoded = 77 // of a key whose coordinates have all their bytes, which the software may leave out
	d := &device{w: w, auth: virtualwebauthn.NewAuthenticator(), key: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
	for len(d.key.Key.AttestationData()) != encoded {
		d.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return d
}

// synced makes the passkey one that is synchronised.
func (d *device) synced() *device {
	d.auth.Options.BackupEligible, d.auth.Options.BackupState = true, true
	return d
}

var party = virtualwebauthn.RelyingParty{ID: rpID, Name: "Round Table", Origin: origin}

// begun is the first half of a ceremony.
type begun struct {
	Ceremony  string          `json:"ceremony"`
	PublicKey json.RawMessage `json:"publicKey"`
}

// create returns the body that registers the device.
func (d *device) create(c *client) string {
	b := decode[begun](d.w, c.call("POST", "/users/me/passkeys/options", "{}"))
	options, err := virtualwebauthn.ParseAttestationOptions(string(b.PublicKey))
	if err != nil {
		d.w.t.Fatal(err)
	}
	d.auth.Options.UserHandle = []byte(options.UserID)
	return `{"name":"Phone","ceremony":"` + b.Ceremony + `","credential":` + virtualwebauthn.CreateAttestationResponse(party, d.auth, d.key, *options) + `}`
}

// get returns the body that answers to the options at path.
func (d *device) get(c *client, path, more string) string {
	b := decode[begun](d.w, c.call("POST", path, "{"+strings.TrimSuffix(more, ",")+"}"))
	options, err := virtualwebauthn.ParseAssertionOptions(string(b.PublicKey))
	if err != nil {
		d.w.t.Fatal(err)
	}
	if !d.still {
		d.key.Counter++
	}
	return `{` + more + `"ceremony":"` + b.Ceremony + `","credential":` + virtualwebauthn.CreateAssertionResponse(party, d.auth, d.key, *options) + `}`
}

// keepOnly removes all of a list but one.
func (c *client) keepOnly(path, id string) {
	c.t.Helper()
	text := c.call("GET", path, "").body
	for _, match := range regexp.MustCompile(`"id":"([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if match[1] != id {
			c.call("DELETE", path+"/"+match[1], "")
		}
	}
	c.taken()
}

// callback signs in at the provider and returns where that sends the browser back.
func (c *client) callback(group, code string) string {
	c.t.Helper()
	at := decode[struct {
		URL string `json:"authorization_url"`
	}](c.world, c.call("GET", group+"/authorize", ""))
	u, err := url.Parse(at.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	return group + "/callback?" + url.Values{"code": {code}, "state": {u.Query().Get("state")}}.Encode()
}
