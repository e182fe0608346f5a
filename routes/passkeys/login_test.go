package passkeys_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := newDevice(t)
	w.client("cookie").enter(arthur).add(d)
	for _, b := range allBackends {
		c := w.client(b.Name)
		if got := c.passkey(d); got.status != 200 {
			t.Errorf("%s: got %d %s", b.Name, got.status, got.body)
		}
		want(t, b.Name, c.call("GET", "/active", ""), 200, `["hwk","mfa","user"]`)
		if _, kept := c.cookies["ginauth_ceremony"]; kept {
			t.Errorf("%s: the ceremony's cookie stays", b.Name)
		}
	}
}

// blurred leaves out of options what is random.
func blurred(t *testing.T, got answer) string {
	t.Helper()
	all := decode[map[string]any](t, got)
	all["ceremony"] = len(all["ceremony"].(string))
	key := all["publicKey"].(map[string]any)
	key["challenge"] = len(key["challenge"].(string))
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(got.status, " ", string(text))
}

// Options do not depend on the address in the body.
func TestOptionsAreEqual(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	d := newDevice(t)
	w.client("cookie").enter(arthur).add(d)
	const expected = `200 {"ceremony":%d,"publicKey":{"allowCredentials":[],"challenge":43,"rpId":"camelot.bt","timeout":300000,"userVerification":"required"}}`
	reads := 0
	w.Store.Plan(countReads(&reads))
	var first string
	for _, body := range []string{`{}`, `{"email":"` + arthur + `"}`, `{"email":"nobody@camelot.bt"}`, `{"email":7}`, `nonsense`, ``} {
		got := blurred(t, w.client("cookie").call("POST", "/auth/cookie/passkey/options", body))
		if first == "" {
			first = got
			var n int
			if _, err := fmt.Sscanf(got, expected, &n); err != nil || got != fmt.Sprintf(expected, n) {
				t.Errorf("got %s", got)
			}
		}
		if got != first {
			t.Errorf("%s: got %s, want %s", body, got, first)
		}
	}
	if reads != 0 {
		t.Errorf("got %d calls of the store, want none", reads)
	}
}

// Every invalid answer gets the same response, and the store is called as often for an
// unknown passkey as for a wrong signature.
func TestAnswersAreEqual(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	d := newDevice(t)
	w.client("cookie").enter(arthur).add(d)
	calls := map[string]int{}
	for name, test := range map[string]func(*device){
		"unknown":          func(d *device) { d.key = newDevice(t).key },
		"wrong signature":  func(d *device) { d.sealed = inResponse("signature", b64.EncodeToString([]byte("no"))) },
		"another's handle": func(d *device) { d.auth.Options.UserHandle = make([]byte, 64) },
		"another's key":    func(d *device) { d.key.Key = newDevice(t).key.Key },
	} {
		c := w.client("cookie")
		b := c.begin("/auth/cookie/passkey/options", "{}")
		one := d.copyOf()
		test(one)
		n := 0
		w.Store.Plan(countReads(&n))
		want(t, name, c.call("POST", "/auth/cookie/passkey/login", finishing(b, one.get(b))), 400, badLogin)
		w.Store.Plan(nil)
		calls[name] = n
	}
	for name, n := range calls {
		if n != calls["unknown"] || n == 0 {
			t.Errorf("%s: got %d calls of the store, for an unknown one %d", name, n, calls["unknown"])
		}
	}
	w.create(merlin, func(u *user.User) { u.IsActive = false })
	if _, err := w.auth.Manager().Update(t.Context(), w.user(arthur), user.Changes{IsActive: new(bool)}); err != nil {
		t.Fatal(err)
	}
	want(t, "inactive", w.client("cookie").passkey(d), 400, badLogin)
	if err := w.auth.Manager().Delete(t.Context(), w.user(arthur)); err != nil {
		t.Fatal(err)
	}
	want(t, "deleted", w.client("cookie").passkey(d), 400, badLogin)
}

// An answer is accepted once, over all instances.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := newDevice(t).synced() // so that the refusal is not for the sign count
	w.client("jwt").enter(arthur).add(d)
	c := w.client("jwt")
	b := c.begin("/auth/jwt/passkey/options", "{}")
	body := finishing(b, d.get(b))
	if got := c.call("POST", "/auth/jwt/passkey/login", body); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	want(t, "again", w.client("jwt").call("POST", "/auth/jwt/passkey/login", body), 400, badLogin)
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	want(t, "at another instance", w.client("jwt").call("POST", "/auth/jwt/passkey/login", body), 400, badLogin)
	want(t, "at another backend", w.client("stored").call("POST", "/auth/stored/passkey/login", body), 400, badLogin)
}

// Of many concurrent requests with the same answer one is a login.
func TestReplayAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	d := newDevice(t).synced()
	w.client("jwt").enter(arthur).add(d)
	b := w.client("jwt").begin("/auth/jwt/passkey/options", "{}")
	body := finishing(b, d.get(b))
	if wins := fixture.Together(50, func(int) bool {
		return w.client("jwt").call("POST", "/auth/jwt/passkey/login", body).status == 200
	}); wins != 1 {
		t.Errorf("got %d logins, want 1", wins)
	}
}

// A login can be completed only in the browser that began it.
func TestAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := newDevice(t)
	w.client("jwt").enter(arthur).add(d)
	attacker := w.client("cookie")
	b := attacker.begin("/auth/cookie/passkey/options", "{}")
	want(t, "without the cookie", w.client("cookie").call("POST", "/auth/cookie/passkey/login", finishing(b, d.get(b))), 400, badLogin)
	victim := w.client("cookie")
	victim.begin("/auth/cookie/passkey/options", "{}")
	b = attacker.begin("/auth/cookie/passkey/options", "{}")
	want(t, "with the cookie of another", victim.call("POST", "/auth/cookie/passkey/login", finishing(b, d.get(b))), 400, badLogin)
	app := w.client("jwt")
	b = app.begin("/auth/jwt/passkey/options", "{}")
	browser := w.client("cookie")
	want(t, "begun by an app", browser.call("POST", "/auth/jwt/passkey/login", finishing(b, d.get(b))), 400, badLogin)
	b = app.begin("/auth/jwt/passkey/options", "{}")
	if got := app.call("POST", "/auth/jwt/passkey/login", finishing(b, d.get(b))); got.status != 200 {
		t.Errorf("an app: got %d %s", got.status, got.body)
	}
	foreign := w.client("cookie")
	foreign.header.Set("Origin", "https://mordred.bt")
	foreign.header.Set("Sec-Fetch-Site", "cross-site")
	want(t, "a page of another origin", foreign.call("POST", "/auth/cookie/passkey/login", finishing(b, d.get(b))), 403, `{"detail":"CROSS_ORIGIN_REQUEST"}`)
	want(t, "options for it", foreign.call("POST", "/auth/cookie/passkey/options", "{}"), 403, `{"detail":"CROSS_ORIGIN_REQUEST"}`)

	// Several tabs of one browser are one browser.
	c := w.client("cookie")
	one := c.begin("/auth/cookie/passkey/options", "{}")
	c.begin("/auth/cookie/passkey/options", "{}")
	want(t, "the first of two tabs", c.call("POST", "/auth/cookie/passkey/login", finishing(one, d.get(one))), 200, "null")
	// A browser at a backend without cookies has a cookie for this.
	spa := w.client("jwt")
	spa.header.Set("Origin", origin)
	one = spa.begin("/auth/jwt/passkey/options", "{}")
	if spa.cookies["ginauth_passkey_ceremony"] == "" {
		t.Errorf("got the cookies %v", spa.cookies)
	}
	stolen := w.client("jwt")
	stolen.header.Set("Origin", origin)
	want(t, "bearer without the cookie", stolen.call("POST", "/auth/jwt/passkey/login", finishing(one, d.get(one))), 400, badLogin)
	one = spa.begin("/auth/jwt/passkey/options", "{}")
	if got := spa.call("POST", "/auth/jwt/passkey/login", finishing(one, d.get(one))); got.status != 200 {
		t.Errorf("bearer with the cookie: got %d %s", got.status, got.body)
	}
}

// The server decides whether the user must be verified.
func TestUserVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := newDevice(t)
	w.client("jwt").enter(arthur).add(d)
	d.auth.Options.UserNotVerified = true
	want(t, "an answer without user verification", w.client("cookie").passkey(d), 400, badLogin)
	d.auth.Options.UserNotVerified = false
	c := w.client("cookie")
	b := c.begin("/auth/cookie/passkey/options", "{}")
	d.auth.Options.UserNotVerified = true
	body := strings.Replace(finishing(b, d.get(b)), "{", `{"userVerification":"discouraged","publicKey":{"userVerification":"preferred"},`, 1)
	want(t, "with a wish of the client", c.call("POST", "/auth/cookie/passkey/login", body), 400, badLogin)
}

// A passkey whose authenticator has not verified its user when it was registered is a
// second factor only, whatever it says later.
func TestWithoutUserVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor)
	d := newDevice(t).withoutUV()
	m := w.client("cookie").enter(arthur).add(d)
	if m.UserVerified {
		t.Errorf("got %+v", m)
	}
	want(t, "alone", w.client("cookie").passkey(d), 400, badLogin)
	d.auth.Options.UserNotVerified = false
	want(t, "alone, with user verification now", w.client("cookie").passkey(d), 400, badLogin)
	c := w.client("jwt")
	d.auth.Options.UserNotVerified = true
	if got := c.factor(d, arthur); got.status != 200 {
		t.Errorf("as second factor: got %d %s", got.status, got.body)
	}
	want(t, "methods", c.call("GET", "/active", ""), 200, `["app","hwk","mfa"]`)
	// As a second factor, after another one, its first verification may be believed.
	d.auth.Options.UserNotVerified = false
	if got := w.client("jwt").factor(d, arthur); got.status != 200 {
		t.Errorf("as second factor with user verification: got %d %s", got.status, got.body)
	}
	want(t, "alone from then on", w.client("cookie").passkey(d), 200, "null")

	strict := newWorld(t, func(_ *ginauth.Config, p *passkeys.Config) {
		p.UserVerificationAtRegistration = passkeys.UserVerificationRequired
	})
	want(t, "refused where it is required", strict.client("cookie").enter(arthur).register(newDevice(t).withoutUV()), 400, badCredential)
}

// Keys that the authenticator does not keep are second factors, where they are allowed.
func TestSecurityKeys(t *testing.T) {
	t.Parallel()
	notKept := func(all map[string]any) {
		all["clientExtensionResults"] = map[string]any{"credProps": map[string]any{"rk": false}}
	}
	d := newDevice(t)
	d.sealed = notKept
	want(t, "not allowed", newWorld(t).client("cookie").enter(arthur).register(d), 400, badCredential)
	w := newWorld(t, func(_ *ginauth.Config, p *passkeys.Config) { p.AllowSecurityKeys = true })
	c := w.client("cookie").enter(arthur)
	b := c.begin("/users/me/passkeys/options", "{}")
	var o creation
	if err := json.Unmarshal(b.PublicKey, &o); err != nil || o.AuthenticatorSelection.ResidentKey != "preferred" || o.AuthenticatorSelection.RequireResidentKey {
		t.Errorf("got %s", b.PublicKey)
	}
	c.add(d)
	all, err := w.Memory.CredentialsOf(t.Context(), w.user(arthur).ID, "passkey")
	if err != nil || len(all) != 1 || all[0].WayIn {
		t.Errorf("got %v, %v, want a credential that is no way in", all, err)
	}
}

// The sign count: it rises, or is 0 for ever; what does not rise is refused of a passkey
// of one device, and reported of one that is synchronised.
func TestSignCount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		synced       bool
		stored, sent uint32
		in           bool
		events       int
	}{
		{"none", false, 0, 0, true, 0},
		{"rises", false, 5, 6, true, 0},
		{"jumps", false, 5, 4_000_000_000, true, 0},
		{"begins", false, 0, 1, true, 0},
		{"stands", false, 5, 5, false, 1},
		{"falls", false, 5, 4, false, 1},
		{"back to none", false, 5, 0, false, 1},
		{"synced: stands", true, 5, 5, true, 1},
		{"synced: falls", true, 5, 4, true, 1},
		{"synced: back to none", true, 5, 0, true, 1},
		{"synced: rises", true, 5, 6, true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := newDevice(t)
			d.still = true
			if test.synced {
				d.synced()
			}
			d.key.Counter = test.stored
			w.client("jwt").enter(arthur).add(d)
			d.key.Counter = test.sent
			if got := w.client("jwt").passkey(d); (got.status == 200) != test.in {
				t.Errorf("got %d %s", got.status, got.body)
			}
			d.key.Counter = max(test.stored, test.sent)
			if again := w.client("jwt").passkey(d); !test.synced && (again.status == 200) != (d.key.Counter == 0) {
				t.Errorf("the highest count again: got %d", again.status)
			}
			d.key.Counter++
			if got := w.client("jwt").passkey(d); got.status != 200 && test.sent < 1<<31 {
				t.Errorf("it stays: got %d %s", got.status, got.body)
			}
			events, mails := w.reports()
			n := 0
			for i, e := range events {
				refused := e.Kind == passkeys.EventPasskeyCounter
				if refused && (e.Outcome == user.OutcomeOK) != test.synced {
					t.Errorf("event %d: got %v", i, e)
				}
				if refused {
					n++
				}
			}
			if again := 1; n < test.events || n > test.events+again {
				t.Errorf("got %d events, want %d", n, test.events)
			}
			notices := slices.ContainsFunc(mails, func(m user.Mail) bool { return m.Kind == user.MailPasskeyCounter })
			if test.synced && notices || !test.synced && test.events > 0 && !notices {
				t.Errorf("got a notice: %v", notices)
			}
		})
	}
}

// Two logins with one passkey at once: the sign counts decide, in either order.
func TestSignCountAtOnce(t *testing.T) {
	t.Parallel()
	for round := range rounds / 10 {
		w := newWorld(t, limitsOff)
		d := newDevice(t)
		w.client("jwt").enter(arthur).add(d)
		var bodies [2]string
		for i := range bodies {
			b := w.client("jwt").begin("/auth/jwt/passkey/options", "{}")
			d.still, d.key.Counter = true, 7 // a copy has the same count
			bodies[i] = finishing(b, d.get(b))
		}
		if wins := fixture.Together(2, func(i int) bool {
			return w.client("jwt").call("POST", "/auth/jwt/passkey/login", bodies[i]).status == 200
		}); wins != 1 {
			t.Fatalf("round %d: %d logins with one count, want 1", round, wins)
		}
	}
}

func TestVerifiedLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(merlin, func(u *user.User) { u.IsVerified = false })
	d := newDevice(t)
	w.client("jwt").enter(merlin).add(d)
	c := w.client("jwt")
	b := c.begin("/auth/verified/passkey/options", "{}")
	want(t, "not verified", c.call("POST", "/auth/verified/passkey/login", finishing(b, d.get(b))), 400, `{"detail":"LOGIN_USER_NOT_VERIFIED"}`)
}

// Ceremonies that begin are limited by source and store nothing; logins that fail are
// limited like those with a password.
func TestLimits(t *testing.T) {
	t.Parallel()
	unlimited := newWorld(t, limitsOff)
	writes := 0
	unlimited.Store.Plan(countWrites(&writes))
	for range 100 {
		unlimited.client("jwt").begin("/auth/jwt/passkey/options", "{}")
	}
	w := newWorld(t)
	for i := range 61 {
		got := w.client("jwt").call("POST", "/auth/jwt/passkey/options", "{}")
		if limited := got.status == 429; limited != (i == 60) || limited && got.header.Get("Retry-After") == "" {
			t.Fatalf("begin %d: got %d %s", i+1, got.status, got.body)
		}
	}
	if writes != 0 {
		t.Errorf("got %d writes, want none", writes)
	}
	for i := range 21 {
		got := w.client("jwt").call("POST", "/auth/jwt/passkey/login", `{"ceremony":"x","credential":{}}`)
		if limited := got.status == 429; limited != (i == 20) {
			t.Fatalf("failure %d: got %d %s", i+1, got.status, got.body)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	for _, test := range []struct {
		name, body string
		status     int
	}{
		{"nothing", ``, 422},
		{"empty", `{}`, 422},
		{"no credential", `{"ceremony":"x"}`, 422},
		{"a list", `{"ceremony":"x","credential":[]}`, 422},
		{"a number", `{"ceremony":7,"credential":{}}`, 422},
		{"broken", `{"ceremony"`, 422},
		{"two credentials", `{"ceremony":"x","credential":{},"credential":{}}`, 422},
		{"64 KiB", `{"ceremony":"` + strings.Repeat("x", 65536) + `","credential":{}}`, 413},
		{"nested", `{"ceremony":"x","credential":` + strings.Repeat(`{"a":`, 9000) + `1` + strings.Repeat(`}`, 9000) + `}`, 400},
	} {
		if got := w.client("jwt").call("POST", "/auth/jwt/passkey/login", test.body); got.status != test.status {
			t.Errorf("%s: got %d %s, want %d", test.name, got.status, got.body, test.status)
		}
	}
}
