package passkeys_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTranscript is what clients see of passkeys, request by request.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor)
	d := newDevice(t).synced()
	d.auth.Aaguid = [16]byte{0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd}
	d.sealed = inResponse("transports", []string{"hybrid", "internal"})
	var lines []string
	note := func(c *client, method, path, body string) answer {
		got := c.call(method, path, body)
		line := method + " " + path
		if body != "" {
			line += " " + body
		}
		lines = append(lines, line, "  "+strings.TrimSpace(strconv.Itoa(got.status)+" "+got.body))
		for _, cookie := range got.header.Values("Set-Cookie") {
			lines = append(lines, "  Set-Cookie: "+cookie)
		}
		return got
	}
	c := w.client("cookie").enter(arthur)
	b := decode[begun](t, note(c, "POST", "/users/me/passkeys/options", "{}"))
	body := finishing(b, d.create(b))
	m := decode[made](t, note(c, "POST", "/users/me/passkeys", body))
	note(c, "POST", "/users/me/passkeys", body)
	d.sealed = nil
	in := w.client("cookie")
	b = decode[begun](t, note(in, "POST", "/auth/cookie/passkey/options", "{}"))
	body = finishing(b, d.get(b))
	note(in, "POST", "/auth/cookie/passkey/login", body)
	note(in, "POST", "/auth/cookie/passkey/login", body)
	note(in, "GET", "/users/me/passkeys", "")
	note(in, "GET", "/users/me/factors", "")
	note(in, "PATCH", "/users/me/passkeys/"+m.ID, `{"name":"Phone"}`)
	half := w.client("jwt")
	got := note(half, "POST", "/auth/jwt/login", `{"username":"`+arthur+`","password":"guinevere"}`)
	token := regexp.MustCompile(`"login_token":"([^"]+)"`).FindStringSubmatch(got.body)[1]
	b = decode[begun](t, note(half, "POST", "/auth/jwt/login/factor/options", `{"login_token":"`+token+`"}`))
	note(half, "POST", "/auth/jwt/login/factor", tokenBody(token, `"factor":"passkey"`, `"ceremony":"`+b.Ceremony+`"`, `"credential":`+d.get(b)))
	w.Wait(11 * time.Minute)
	note(in, "DELETE", "/users/me/passkeys/"+m.ID, "")
	b = decode[begun](t, note(in, "POST", "/auth/cookie/reauthenticate/options", "{}"))
	note(in, "POST", "/auth/cookie/reauthenticate", `{"factor":"passkey","ceremony":"`+b.Ceremony+`","credential":`+d.get(b)+`}`)
	note(in, "DELETE", "/users/me/passkeys/"+m.ID, "")

	text := withoutRandom(strings.Join(lines, "\n")+"\n", m)
	path := filepath.Join("testdata", "transcript.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(golden) {
		t.Errorf("got\n%s\nwant\n%s", text, golden)
	}
}

var random = []struct {
	found *regexp.Regexp
	shown string
}{
	{regexp.MustCompile(`"(clientDataJSON|attestationObject|authenticatorData|signature)":"[A-Za-z0-9_-]+"`), `"$1":"…"`},
	{regexp.MustCompile(`"access_token":"[^"]+"`), `"access_token":"ey…"`},
	{regexp.MustCompile(`"v1\.[A-Za-z0-9_-]+"`), `"v1.…"`},
	{regexp.MustCompile(`[A-Za-z0-9_-]{86}`), "<86>"},
	{regexp.MustCompile(`[A-Za-z0-9_-]{43}`), "<43>"},
	{regexp.MustCompile(`"[0-9a-z]{6}(-[0-9a-z]{6}){3}"`), `"xxxxxx-xxxxxx-xxxxxx-xxxxxx"`},
}

// withoutRandom replaces what is random.
func withoutRandom(text string, m made) string {
	text = strings.NewReplacer(m.CredentialID, "<credential>", m.ID, "<id>").Replace(text)
	for _, r := range random {
		text = r.found.ReplaceAllString(text, r.shown)
	}
	return text
}
