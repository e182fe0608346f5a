package passkeys_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
)

// creation is the options of a registration, by the names of the specification.
type creation struct {
	RP   struct{ ID, Name string }
	User struct {
		ID          string
		Name        string
		DisplayName string
	}
	Challenge        string
	PubKeyCredParams []struct {
		Type string
		Alg  int
	}
	Timeout                int
	ExcludeCredentials     []struct{ Type, ID string }
	AuthenticatorSelection struct {
		ResidentKey        string
		RequireResidentKey bool
		UserVerification   string
	}
	Attestation string
	Extensions  map[string]bool
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("cookie").enter(arthur)
	d := newDevice(t).synced()
	b := c.begin("/users/me/passkeys/options", "{}")
	var o creation
	if err := json.Unmarshal(b.PublicKey, &o); err != nil {
		t.Fatal(err)
	}
	handle, _ := b64.DecodeString(o.User.ID)
	challenge, _ := b64.DecodeString(o.Challenge)
	algorithms := []int{}
	for _, one := range o.PubKeyCredParams {
		algorithms = append(algorithms, one.Alg)
	}
	switch {
	case o.RP.ID != rpID, o.RP.Name != "Round Table", o.User.Name != arthur, o.User.DisplayName != arthur,
		len(handle) != 64, len(challenge) != 32, !slices.Equal(algorithms, []int{-8, -7, -257}), o.Timeout != 300000,
		len(o.ExcludeCredentials) != 0, o.AuthenticatorSelection.ResidentKey != "required", !o.AuthenticatorSelection.RequireResidentKey,
		o.AuthenticatorSelection.UserVerification != "preferred", o.Attestation != "none", !o.Extensions["credProps"]:
		t.Errorf("got the options %s", b.PublicKey)
	case strings.Contains(string(handle), string(w.user(arthur).ID)):
		t.Error("the user handle has the user's ID")
	}
	got := c.call("POST", "/users/me/passkeys", finishing(b, d.create(b), `"name":" Phone "`))
	m := decode[made](t, got)
	if got.status != 201 || m.Name != "Phone" || m.CredentialID != b64.EncodeToString(d.key.ID) || !m.BackedUp || !m.UserVerified || m.LastUsedAt != nil || m.Codes != nil {
		t.Errorf("got %d %s", got.status, got.body)
	}
	want(t, "the ceremony again", c.call("POST", "/users/me/passkeys", finishing(b, d.create(b))), 400, badCeremony)

	// The second one: the same handle, and the first one is excluded.
	b = c.begin("/users/me/passkeys/options", "{}")
	var again creation
	if err := json.Unmarshal(b.PublicKey, &again); err != nil {
		t.Fatal(err)
	}
	if again.User.ID != o.User.ID || len(again.ExcludeCredentials) != 1 || again.ExcludeCredentials[0].ID != m.CredentialID {
		t.Errorf("got the options %s", b.PublicKey)
	}
	want(t, "an authenticator that ignores the exclusion", c.call("POST", "/users/me/passkeys", finishing(b, d.create(b))),
		400, `{"detail":"PASSKEY_ALREADY_REGISTERED"}`)
	w.create(merlin, nil)
	want(t, "another's passkey", w.client("jwt").enter(merlin).register(d.copyOf()), 400, `{"detail":"PASSKEY_ALREADY_REGISTERED"}`)

	want(t, "log in", w.client("cookie").passkey(d), 200, "null")
	list := decode[[]made](t, c.call("GET", "/users/me/passkeys", ""))
	if len(list) != 1 || list[0].ID != m.ID || list[0].LastUsedAt == nil || *list[0].LastUsedAt != "2026-01-01T12:00:00Z" {
		t.Errorf("got %+v", list)
	}
	got = c.call("PATCH", "/users/me/passkeys/"+m.ID, `{"name":"Tablet"}`)
	if decode[made](t, got).Name != "Tablet" || got.status != 200 {
		t.Errorf("rename: got %d %s", got.status, got.body)
	}
	want(t, "rename nothing", c.call("PATCH", "/users/me/passkeys/x", `{"name":"Tablet"}`), 404, notFound)
	if got := c.call("PATCH", "/users/me/passkeys/"+m.ID, `{}`); got.status != 422 {
		t.Errorf("rename to nothing: got %d %s", got.status, got.body)
	}
	want(t, "remove", c.call("DELETE", "/users/me/passkeys/"+m.ID, ""), 204, "")
	want(t, "remove again", c.call("DELETE", "/users/me/passkeys/"+m.ID, ""), 404, notFound)
	want(t, "log in with what was removed", w.client("cookie").passkey(d), 400, badLogin)
	want(t, "list", c.call("GET", "/users/me/passkeys", ""), 200, "[]")
}

func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("cookie").enter(arthur)
	keychain, unknown := newDevice(t), newDevice(t)
	keychain.auth.Aaguid = [16]byte{0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd}
	m := c.add(keychain)
	if m.Name != "iCloud Keychain" || m.AAGUID != "fbfc3007-154e-4ecc-8c0b-6e020557d7bd" {
		t.Errorf("got %+v", m)
	}
	if m := c.add(unknown); m.Name != "Passkey" {
		t.Errorf("got %+v", m)
	}
	d := newDevice(t)
	d.sealed = inResponse("transports", []string{"internal", "hybrid", "internal", "<script>", strings.Repeat("x", 33), ""})
	if m := c.add(d); !slices.Equal(m.Transports, []string{"internal", "hybrid"}) {
		t.Errorf("got the transports %q", m.Transports)
	}
	for name, body := range map[string]string{"empty": `" "`, "too long": `"` + strings.Repeat("é", 65) + `"`, "control": `"a\u0007"`, "number": `7`} {
		b := c.begin("/users/me/passkeys/options", "{}")
		if got := c.call("POST", "/users/me/passkeys", finishing(b, "{}", `"name":`+body)); got.status != 422 {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
	for name, body := range map[string]string{"nothing": `{}`, "no credential": `{"ceremony":"x"}`, "a text": `{"ceremony":"x","credential":"y"}`, "no ceremony": `{"credential":{}}`} {
		if got := c.call("POST", "/users/me/passkeys", body); got.status != 422 {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
}

// No more passkeys than the limit, also with concurrent registrations.
func TestLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff, func(_ *ginauth.Config, p *passkeys.Config) { p.Limit = 3 })
	c := w.client("cookie").enter(arthur)
	c.add(newDevice(t))
	bodies := make([]string, 8)
	for i := range bodies {
		b := c.begin("/users/me/passkeys/options", "{}")
		bodies[i] = finishing(b, newDevice(t).create(b))
	}
	fixture.Together(len(bodies), func(i int) bool {
		one := w.client("cookie")
		one.cookies["ginauth"] = c.cookies["ginauth"]
		return one.call("POST", "/users/me/passkeys", bodies[i]).status == 201
	})
	if n := len(decode[[]made](t, c.call("GET", "/users/me/passkeys", ""))); n > 3 {
		t.Errorf("got %d passkeys, want at most 3", n)
	}
	for len(decode[[]made](t, c.call("GET", "/users/me/passkeys", ""))) < 3 {
		c.add(newDevice(t))
	}
	want(t, "one more", c.call("POST", "/users/me/passkeys/options", "{}"), 400, `{"detail":"PASSKEY_LIMIT"}`)
}

// A ceremony is valid for its user and purpose, once, for five minutes, at every
// instance.
func TestCeremonies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(merlin, nil)
	c, other := w.client("jwt").enter(arthur), w.client("jwt").enter(merlin)
	d := newDevice(t)
	b := c.begin("/users/me/passkeys/options", "{}")
	want(t, "another user", other.call("POST", "/users/me/passkeys", finishing(b, d.create(b))), 400, badCeremony)
	for name, ceremony := range map[string]string{
		"empty": "", "nonsense": "v1.x", "changed": b.Ceremony[:len(b.Ceremony)-1] + "!", "too long": strings.Repeat("x", 9000),
	} {
		changed := begun{ceremony, b.PublicKey}
		want(t, name, c.call("POST", "/users/me/passkeys", finishing(changed, d.create(b))), 400, badCeremony)
	}
	login := c.begin("/auth/jwt/passkey/options", "{}")
	want(t, "of a login at a registration", c.call("POST", "/users/me/passkeys", finishing(login, d.create(b))), 400, badCeremony)
	want(t, "of a registration at a login", w.client("jwt").call("POST", "/auth/jwt/passkey/login", finishing(b, d.get(login))), 400, badLogin)
	w.Wait(5 * time.Minute)
	want(t, "after five minutes", c.call("POST", "/users/me/passkeys", finishing(b, d.create(b))), 400, badCeremony)

	b = c.begin("/users/me/passkeys/options", "{}")
	w.Wait(5*time.Minute - time.Millisecond)
	if err := w.start(); err != nil { // another instance
		t.Fatal(err)
	}
	if got := c.call("POST", "/users/me/passkeys", finishing(b, d.create(b))); got.status != 201 {
		t.Errorf("at another instance: got %d %s", got.status, got.body)
	}
	b = c.begin("/auth/jwt/passkey/options", "{}")
	w.Wait(5 * time.Minute)
	want(t, "a login after five minutes", w.client("jwt").call("POST", "/auth/jwt/passkey/login", finishing(b, d.get(b))), 400, badLogin)
}

// A stolen session that is not fresh cannot add a passkey.
func TestStaleSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("cookie").enter(arthur)
	m := c.add(newDevice(t))
	b := c.begin("/users/me/passkeys/options", "{}")
	w.Wait(11 * time.Minute)
	const stale = `{"detail":"FRESH_LOGIN_REQUIRED"}`
	want(t, "options", c.call("POST", "/users/me/passkeys/options", "{}"), 403, stale)
	want(t, "create", c.call("POST", "/users/me/passkeys", finishing(b, newDevice(t).create(b))), 403, stale)
	want(t, "remove", c.call("DELETE", "/users/me/passkeys/"+m.ID, ""), 403, stale)
}

// Concurrent first registrations get the same user handle.
func TestHandlesAtOnce(t *testing.T) {
	t.Parallel()
	for round := range rounds / 10 { // the set-up is most of it
		w := newWorld(t, limitsOff)
		var handles [3]string
		clients := []*client{w.client("jwt").enter(arthur), w.client("jwt").enter(arthur), w.client("jwt").enter(arthur)}
		fixture.Together(3, func(i int) bool {
			var o creation
			_ = json.Unmarshal(clients[i].begin("/users/me/passkeys/options", "{}").PublicKey, &o)
			handles[i] = o.User.ID
			return true
		})
		if handles[0] != handles[1] || handles[0] != handles[2] || handles[0] == "" {
			t.Fatalf("round %d: got the handles %q", round, handles)
		}
	}
}

// AsSecondFactor: the first passkey turns the second factor on, with recovery codes, and
// ends the user's other sessions; removing the last one turns it off.
func TestAsSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor)
	c, other := w.client("cookie").enter(arthur), w.client("stored").enter(arthur)
	d := newDevice(t)
	first := c.add(d)
	if len(first.Codes) != 10 || !w.user(arthur).SecondFactor {
		t.Fatalf("got %d codes, second factor is %v", len(first.Codes), w.user(arthur).SecondFactor)
	}
	if got := other.call("GET", "/active", ""); got.status != 401 {
		t.Errorf("another session: got %d", got.status)
	}
	in := w.client("jwt")
	names, token := in.half(arthur)
	if !slices.Equal(names, []string{"passkey", "recovery_code"}) {
		t.Errorf("got the factors %q", names)
	}
	if got := in.call("POST", "/auth/jwt/login/factor", fmt.Sprintf(`{"login_token":%q,"factor":"recovery_code","code":%q}`, token, first.Codes[0])); got.status != 200 {
		t.Errorf("recovery code: got %d %s", got.status, got.body)
	}
	full := w.client("cookie")
	want(t, "log in with the passkey alone", full.passkey(d), 200, "null")
	second := full.add(newDevice(t))
	if second.Codes != nil {
		t.Error("the second passkey brings codes")
	}
	want(t, "remove the first", full.call("DELETE", "/users/me/passkeys/"+first.ID, ""), 204, "")
	if !w.user(arthur).SecondFactor {
		t.Error("the second factor is off with a passkey left")
	}
	want(t, "remove the second", full.call("DELETE", "/users/me/passkeys/"+second.ID, ""), 204, "")
	if w.user(arthur).SecondFactor {
		t.Error("the second factor is on without a passkey")
	}
	w.client("jwt").enter(arthur) // is asked for nothing
	if got := full.call("GET", "/active", ""); got.status != 200 {
		t.Errorf("the session that removed it: got %d", got.status)
	}
}

// Without AsSecondFactor a passkey does not turn the second factor on, but can be used
// as one.
func TestNotAsSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("cookie").enter(arthur)
	m := c.add(newDevice(t))
	if w.user(arthur).SecondFactor || m.Codes != nil {
		t.Errorf("got %+v, second factor is %v", m, w.user(arthur).SecondFactor)
	}
	w.client("jwt").enter(arthur)
}

// An enrolment that is interrupted at any write leaves a user without a second factor,
// or with one that works.
func TestF05RegistrationCutShort(t *testing.T) {
	t.Parallel()
	for _, fault := range cuts {
		for at := 0; ; at++ {
			w := newWorld(t, limitsOff, asSecondFactor)
			c := w.client("cookie").enter(arthur)
			d := newDevice(t)
			b := c.begin("/users/me/passkeys/options", "{}")
			body := finishing(b, d.create(b))
			hit := w.cut(at, fault)
			got := c.call("POST", "/users/me/passkeys", body)
			w.Store.Plan(nil)
			if !*hit {
				break
			}
			if got.status >= 500 && got.status != 503 {
				t.Errorf("fault %v at write %d: got %d %s", fault, at, got.status, got.body)
			}
			in := w.client("jwt")
			if w.user(arthur).SecondFactor {
				names, _ := in.half(arthur)
				if !slices.Contains(names, "passkey") {
					t.Errorf("fault %v at write %d: asked for %q", fault, at, names)
				}
				want(t, "log in", w.client("cookie").passkey(d), 200, "null")
				continue
			}
			in.enter(arthur)
			again := w.client("cookie").enter(arthur)
			again.add(newDevice(t))
			if !w.user(arthur).SecondFactor {
				t.Errorf("fault %v at write %d: a second try does not turn it on", fault, at)
			}
		}
	}
}

// The passkeys of a former owner stop working when the account changes owner, in one
// write.
func TestAccountChangesHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := newDevice(t)
	c := w.client("cookie").enter(arthur)
	c.add(d)
	before := d.auth.Options.UserHandle
	if _, err := w.Memory.Update(t.Context(), w.user(arthur).ID, user.Update{ChangeOwner: true, EndTokens: true}); err != nil {
		t.Fatal(err)
	}
	want(t, "the former owner's passkey", w.client("cookie").passkey(d), 400, badLogin)
	c = w.client("cookie").enter(arthur)
	want(t, "the new owner's list", c.call("GET", "/users/me/passkeys", ""), 200, "[]")
	own := newDevice(t)
	c.add(own)
	if slices.Equal(own.auth.Options.UserHandle, before) {
		t.Error("the new owner has the former one's handle")
	}
	want(t, "the new owner's passkey", w.client("cookie").passkey(own), 200, "null")
}
