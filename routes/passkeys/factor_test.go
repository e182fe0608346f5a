package passkeys_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/user"
)

// factor logs in and answers with the device where the second factor is asked for.
func (c *client) factor(d *device, email string) answer {
	c.t.Helper()
	_, token := c.half(email)
	b := c.begin("/auth/"+c.backend+"/login/factor/options", tokenBody(token))
	return c.answer(token, b, d.get(b))
}

func tokenBody(token string, more ...string) string {
	if token != "" {
		more = append(more, `"login_token":"`+token+`"`)
	}
	return "{" + strings.Join(more, ",") + "}"
}

func (c *client) answer(token string, b begun, credential string) answer {
	return c.call("POST", "/auth/"+c.backend+"/login/factor",
		tokenBody(token, `"factor":"passkey"`, `"ceremony":"`+b.Ceremony+`"`, `"credential":`+credential))
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor, limitsOff)
	d, other := newDevice(t), newDevice(t)
	c := w.client("cookie").enter(arthur)
	c.add(d)
	for _, b := range allBackends {
		in := w.client(b.Name)
		if got := in.factor(d, arthur); got.status != 200 {
			t.Errorf("%s: got %d %s", b.Name, got.status, got.body)
		}
		want(t, b.Name, in.call("GET", "/active", ""), 200, `["app","hwk","mfa","user"]`)
	}
	in := w.client("jwt")
	_, token := in.half(arthur)
	b := in.begin("/auth/jwt/login/factor/options", tokenBody(token))
	var o struct {
		AllowCredentials []struct{ Type, ID string }
		UserVerification string
		RPID             string
	}
	if err := json.Unmarshal(b.PublicKey, &o); err != nil || len(o.AllowCredentials) != 1 || o.AllowCredentials[0].ID != b64.EncodeToString(d.key.ID) ||
		o.UserVerification != "preferred" || o.RPID != rpID {
		t.Errorf("got %s", b.PublicKey)
	}
	want(t, "a passkey that is not the user's", in.answer(token, b, other.get(b)), 400, badFactor)
	want(t, "the ceremony again", in.answer(token, b, d.get(b)), 400, badFactor)

	// Ceremonies of another login token, of a re-authentication, of a login.
	_, second := in.half(arthur)
	b = in.begin("/auth/jwt/login/factor/options", tokenBody(second))
	want(t, "of another login token", in.answer(token, b, d.get(b)), 400, badFactor)
	_, token = in.half(arthur)
	full := w.client("stored")
	full.factor(d, arthur)
	b = full.begin("/auth/stored/reauthenticate/options", "{}")
	want(t, "of a re-authentication", in.answer(token, b, d.get(b)), 400, badFactor)
	b = in.begin("/auth/jwt/passkey/options", "{}")
	want(t, "of a login", in.answer(token, b, d.get(b)), 400, badFactor)
	b = in.begin("/auth/jwt/login/factor/options", tokenBody(token))
	w.Wait(5 * time.Minute)
	want(t, "expired", in.answer(token, b, d.get(b)), 400, `{"detail":"LOGIN_BAD_TOKEN"}`)

	// Each kind of ceremony is accepted only for its own purpose.
	_, token = in.half(arthur)
	b = in.begin("/auth/jwt/login/factor/options", tokenBody(token))
	want(t, "a login by it", w.client("jwt").call("POST", "/auth/jwt/passkey/login", finishing(b, d.get(b))), 400, badLogin)
	for name, credential := range map[string]string{"empty": "{}", "nonsense": `{"id":"x","rawId":7}`} {
		b = in.begin("/auth/jwt/login/factor/options", tokenBody(token))
		want(t, name, in.answer(token, b, credential), 400, badFactor)
	}
}

// A passkey that was registered after the options were made is not among them.
func TestNotAmongTheAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor)
	d, late := newDevice(t), newDevice(t)
	full := w.client("cookie").enter(arthur)
	full.add(d)
	want(t, "log in", full.passkey(d), 200, "null")
	b := full.begin("/auth/cookie/reauthenticate/options", "{}")
	full.add(late)
	body := `{"factor":"passkey","ceremony":"` + b.Ceremony + `","credential":` + late.get(b) + `}`
	want(t, "a later passkey", full.call("POST", "/auth/cookie/reauthenticate", body), 400, badFactor)
}

func TestStepUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor)
	d := newDevice(t)
	c := w.client("cookie").enter(arthur)
	c.add(d)
	want(t, "log in", c.passkey(d), 200, "null")
	w.Wait(11 * time.Minute)
	want(t, "stale", c.call("GET", "/fresh", ""), 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	want(t, "a password", c.call("POST", "/auth/cookie/reauthenticate", `{"password":"guinevere"}`), 400,
		`{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":["passkey","recovery_code"]}}`)
	b := c.begin("/auth/cookie/reauthenticate/options", "{}")
	body := `{"factor":"passkey","ceremony":"` + b.Ceremony + `","credential":` + d.get(b) + `}`
	w.create(merlin, nil)
	stranger := w.client("cookie").enter(merlin)
	want(t, "another user", stranger.call("POST", "/auth/cookie/reauthenticate", body), 400, badFactor)
	want(t, "options without a passkey", stranger.call("POST", "/auth/cookie/reauthenticate/options", "{}"), 400, badFactor)
	want(t, "the owner", c.call("POST", "/auth/cookie/reauthenticate", body), 200, "null")
	want(t, "fresh", c.call("GET", "/fresh", ""), 204, "")
}

// A ceremony is not accepted as a token or a login token.
func TestCeremonyIsNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.client("jwt").begin("/auth/jwt/passkey/options", "{}")
	c := w.client("jwt")
	c.token = b.Ceremony
	if got := c.call("GET", "/active", ""); got.status != 401 {
		t.Errorf("got %d", got.status)
	}
	want(t, "login token", w.client("jwt").call("POST", "/auth/jwt/login/factor",
		fmt.Sprintf(`{"login_token":%q,"factor":"recovery_code","code":"x"}`, b.Ceremony)), 400, `{"detail":"LOGIN_BAD_TOKEN"}`)
}

// Failures with a passkey have a counter of their own; 50 equal answers at once are one
// login.
func TestFactorAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor, limitsOff)
	d := newDevice(t).synced()
	w.client("cookie").enter(arthur).add(d)
	in := w.client("jwt")
	_, token := in.half(arthur)
	b := in.begin("/auth/jwt/login/factor/options", tokenBody(token))
	credential := d.get(b)
	if wins := fixture.Together(50, func(int) bool {
		return w.client("jwt").answer(token, b, credential).status == 200
	}); wins != 1 {
		t.Errorf("got %d logins, want 1", wins)
	}
}

// A superuser who resets the factors turns the second factor off; the passkeys stay.
func TestResetBySuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor)
	d := newDevice(t)
	w.client("cookie").enter(arthur).add(d)
	w.create(merlin, func(u *user.User) { u.IsSuperuser = true })
	m := w.client("jwt").enter(merlin)
	want(t, "reset", m.call("DELETE", "/users/"+string(w.user(arthur).ID)+"/factors", ""), 204, "")
	w.client("jwt").enter(arthur)
	want(t, "the passkey", w.client("cookie").passkey(d), 200, "null")
	list := decode[[]made](t, m.call("GET", "/users/"+string(w.user(arthur).ID)+"/passkeys", ""))
	if !slices.ContainsFunc(list, func(m made) bool { return m.CredentialID == b64.EncodeToString(d.key.ID) }) {
		t.Errorf("got %+v", list)
	}
}
