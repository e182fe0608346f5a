package factors_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
)

func TestEnrolment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, laptop := w.client("cookie").enter(arthur), w.client("jwt").enter(arthur)
	k := phone.begin("Phone")
	if len(k.Secret) != 32 || !k.ExpiresAt.Equal(w.Clock().Add(10*time.Minute)) {
		t.Errorf("got the secret %q until %v, want 160 bits for 10 minutes", k.Secret, k.ExpiresAt)
	}
	wantURI := "otpauth://totp/Round%20Table:arthur%40camelot.bt?secret=" + k.Secret + "&issuer=Round%20Table&algorithm=SHA1&digits=6&period=30"
	if k.URI != wantURI {
		t.Errorf("got %s, want %s", k.URI, wantURI)
	}
	picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(k.QR, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	if drawn, err := png.Decode(bytes.NewReader(picture)); err != nil || drawn.Bounds().Dx() != 256 || drawn.Bounds().Dy() != 256 {
		t.Errorf("the picture: got %v, want 256 by 256 pixels", err)
	}
	want(t, "before it is confirmed", phone.call("GET", "/users/me/factors", ""), 200, `{"factors":[],"recovery_codes_left":0}`)
	if got := w.client("jwt").password(arthur); got.status != 200 {
		t.Errorf("login before it is confirmed: got %d %s", got.status, got.body)
	}
	want(t, "a wrong code", phone.confirm(k, "000000"), 400, badFactor)
	got := phone.confirm(k, w.at(k, 0))
	codes := decode[map[string][]string](t, got)["recovery_codes"]
	if got.status != 200 || len(codes) != 10 || len(codes[0]) != 27 {
		t.Fatalf("confirm: got %d %s, want ten codes", got.status, got.body)
	}
	want(t, "confirmed", phone.call("GET", "/users/me/factors", ""), 200,
		`{"factors":[{"id":"`+k.ID+`","type":"totp","name":"Phone","created_at":"2026-01-01T12:00:00Z","last_used_at":null}],"recovery_codes_left":10}`)
	want(t, "confirm again", phone.confirm(k, w.at(k, 1)), 403, `{"detail":"FACTOR_REQUIRED"}`)
	want(t, "the session that asked", phone.call("GET", "/active", ""), 200, `["app"]`)
	want(t, "another session", laptop.call("GET", "/active", ""), 401, unauthorized)
	want(t, "the confirming code", w.client("jwt").answer(w.client("jwt").half(arthur), "totp", w.at(k, 0)), 400, badFactor)
	w.Wait(30 * time.Second)

	// A further one brings no codes.
	full := w.client("cookie").full(arthur, k)
	tablet := full.begin("Tablet")
	want(t, "a further one", full.confirm(tablet, w.at(tablet, 0)), 200, `{}`)
	want(t, "confirm again", full.confirm(tablet, w.at(tablet, 1)), 404, notFound)
	w.Wait(30 * time.Second)
	for _, one := range []key{k, tablet} {
		w.client("stored").full(arthur, one)
	}
}

func TestEnrolmentInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("jwt").enter(arthur)
	item := func(field, message, kind string) string {
		return `{"detail":[{"loc":["body","` + field + `"],"msg":"` + message + `","type":"` + kind + `"}]}`
	}
	for _, test := range []struct{ name, body, want string }{
		{"a number", `{"name":1}`, item("name", "str type expected", "type_error.str")},
		{"white space", `{"name":" \t "}`, item("name", "must have 1 to 64 printable characters", "value_error")},
		{"too long", `{"name":"` + strings.Repeat("é", 65) + `"}`, item("name", "must have 1 to 64 printable characters", "value_error")},
		{"a control character", `{"name":"a\u0000b"}`, item("name", "must have 1 to 64 printable characters", "value_error")},
	} {
		want(t, test.name, c.call("POST", "/users/me/factors/totp", test.body), 422, test.want)
	}
	want(t, "no code", c.call("POST", "/users/me/factors/totp/x/confirm", `{}`), 422, item("code", "field required", "value_error.missing"))
	want(t, "a long code", c.confirm(key{ID: "x"}, strings.Repeat("1", 65)), 422, item("code", "must not be longer than 64 bytes", "value_error"))
	want(t, "an unknown key", c.confirm(key{ID: "x"}, "123456"), 404, notFound)
	for _, name := range []string{"", strings.Repeat("é", 64), "\u202eRTL 🏰"} {
		if got := c.call("POST", "/users/me/factors/totp", `{"name":"`+name+`"}`); (got.status == 201) != (name != "") {
			t.Errorf("name %q: got %d %s", name, got.status, got.body)
		}
	}
	if got := c.call("POST", "/users/me/factors/totp", ""); got.status != 201 {
		t.Errorf("no body: got %d %s, want the default name", got.status, got.body)
	}
	c.enrol("  Phone  ")
	if got := c.call("GET", "/users/me/factors", ""); !strings.Contains(got.body, `"name":"Phone"`) {
		t.Errorf("got %s, want the name without white space", got.body)
	}
}

// What is read as a code, and what is not.
func TestCodesAsTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("jwt").enter(arthur).enrol("Phone")
	code := w.at(k, 0)
	arabic := strings.Map(func(r rune) rune { return r - '0' + '٠' }, code)
	for _, wrong := range []string{"0", "00", code[:5], code + "0", code + code[:4], "abcdef", arabic, "+" + code[1:], code[:3] + "." + code[3:], "０００００００"} {
		want(t, wrong, w.client("jwt").answer(w.client("jwt").half(arthur), "totp", wrong), 400, badFactor)
		w.Wait(16 * time.Minute)
	}
	for _, spell := range []func(string) string{
		func(c string) string { return c },
		func(c string) string { return c[:3] + " " + c[3:] },
		func(c string) string { return " " + c[:3] + "-" + c[3:] + "\\t" },
		func(c string) string { return strings.Join(strings.Split(c, ""), " ") },
	} {
		w.Wait(16 * time.Minute)
		c := w.client("jwt")
		if got := c.answer(c.half(arthur), "totp", spell(w.at(k, 0))); got.status != 200 {
			t.Errorf("got %d %s, want 200", got.status, got.body)
		}
	}
	for i, spell := range []func(string) string{
		strings.ToUpper,
		func(c string) string { return strings.ReplaceAll(c, "-", "") },
		func(c string) string { return strings.ReplaceAll(strings.ReplaceAll(c, "1", "L"), "0", "o") },
		func(c string) string { return strings.ReplaceAll(c, "1", "i") + " " },
	} {
		c := w.client("jwt")
		if got := c.answer(c.half(arthur), "recovery_code", spell(k.codes[i])); got.status != 200 {
			t.Errorf("recovery code: got %d %s, want 200", got.status, got.body)
		}
	}
	for _, wrong := range []string{"", k.codes[0], k.codes[5][:26], k.codes[5] + "0", strings.Replace(k.codes[5], k.codes[5][:1], "u", 1)} {
		want(t, "recovery code "+wrong, w.client("jwt").answer(w.client("jwt").half(arthur), "recovery_code", wrong), 400, badFactor)
		w.Wait(16 * time.Minute)
	}
}

// A code is accepted one step off either way, once, and none before it.
func TestCodeCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("jwt").enter(arthur).enrol("Phone")
	w.Wait(time.Hour)
	try := func(code string) answer {
		c := w.client("jwt")
		return c.answer(c.half(arthur), "totp", code)
	}
	want(t, "two steps early", try(w.at(k, 2)), 400, badFactor)
	want(t, "two steps late", try(w.at(k, -2)), 400, badFactor)
	for _, step := range []int{-1, 0, 1} {
		code := w.at(k, step)
		if got := try(code); got.status != 200 {
			t.Errorf("step %d: got %d %s", step, got.status, got.body)
		}
		want(t, "again", try(code), 400, badFactor)
	}
	want(t, "an earlier step", try(w.at(k, 0)), 400, badFactor)
	next := w.at(k, 1)
	w.Wait(-24 * time.Hour)
	for _, step := range []int{-1, 0, 1} {
		want(t, "F26: a clock that goes back", try(w.at(k, step)), 400, badFactor)
		w.Wait(16*time.Minute - 30*time.Second)
	}
	want(t, "the old code", try(next), 400, badFactor)
}

// At most five keys, and one unconfirmed, which a new one replaces.
func TestKeysAreFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("cookie").enter(arthur)
	first := c.begin("First")
	second := c.begin("Second")
	want(t, "a replaced key", c.confirm(first, w.at(first, 0)), 400, badFactor)
	if got := c.confirm(second, w.at(second, 0)); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	w.Wait(30 * time.Second)
	full := w.client("cookie").full(arthur, second)
	for range 4 {
		full.enrol("Another")
	}
	want(t, "a sixth", full.call("POST", "/users/me/factors/totp", `{}`), 400, `{"detail":"FACTOR_LIMIT"}`)

	// An unconfirmed one ends after ten minutes, or five wrong codes.
	w.register(merlin)
	m := w.client("cookie").enter(merlin)
	k := m.begin("Staff")
	for range 5 {
		want(t, "a wrong code", m.confirm(k, "0"), 400, badFactor)
	}
	want(t, "after five wrong codes", m.confirm(k, w.at(k, 0)), 404, notFound)
	k = m.begin("Staff")
	w.Wait(10 * time.Minute)
	m.enter(merlin)
	want(t, "after ten minutes", m.confirm(k, w.at(k, 0)), 404, notFound)
}

// The key URI as the format says, read back by two other libraries.
func TestKeyURI(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"Camelot", "Round: Table", "100% & co", "What?", "#1", "🏰 קָמֶלוֹט", "a+b=c;d/e\\f", "' onload=x \"<b>"} {
		w := newWorld(t, withIssuer(issuer))
		w.register("o'hara+tag#%?&/=@camelot.bt")
		for _, email := range []string{arthur, "o'hara+tag#%?&/=@camelot.bt"} {
			k := w.client("jwt").enter(url.QueryEscape(email)).begin("Phone")
			wantIssuer := strings.ReplaceAll(issuer, ":", " ")
			parsed, err := otp.NewKeyFromURL(k.URI)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.Type() != "totp" || parsed.Issuer() != wantIssuer || parsed.AccountName() != email || parsed.Secret() != k.Secret ||
				parsed.Period() != 30 || parsed.Digits() != 6 || parsed.Algorithm() != otp.AlgorithmSHA1 {
				t.Errorf("pquerna reads %s as %q %q", k.URI, parsed.Issuer(), parsed.AccountName())
			}
			u2, err := url.Parse(k.URI)
			if err != nil {
				t.Fatal(err)
			}
			if u2.Scheme != "otpauth" || u2.Host != "totp" || u2.Path != "/"+wantIssuer+":"+email || u2.Fragment != "" ||
				u2.Query().Get("issuer") != wantIssuer || len(u2.Query()) != 5 {
				t.Errorf("net/url reads %s as %q", k.URI, u2.Path)
			}
			if strings.ContainsAny(k.URI, " +\"'<>\\") {
				t.Errorf("got %s, want everything percent-encoded", k.URI)
			}
		}
	}
}
