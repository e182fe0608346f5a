package factors_test

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

// TestTranscript is what clients see of second factors, request by request.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
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
	bearer, browser := w.client("jwt"), w.client("cookie")
	login := `{"username":"` + arthur + `","password":"guinevere"}`
	note(browser, "POST", "/auth/cookie/login", login)
	made := decode[key](t, note(browser, "POST", "/users/me/factors/totp", `{"name":"Phone"}`))
	note(browser, "POST", "/users/me/factors/totp/"+made.ID+"/confirm", `{"code":"`+w.at(made, 0)+`"}`)
	w.Wait(30 * time.Second)
	note(browser, "POST", "/users/me/recovery-codes", "")
	note(browser, "POST", "/auth/cookie/reauthenticate", `{"password":"guinevere"}`)
	note(browser, "POST", "/auth/cookie/reauthenticate", `{"factor":"totp","code":"`+w.at(made, 0)+`"}`)
	note(browser, "GET", "/users/me/factors", "")
	w.Wait(30 * time.Second)
	got := note(bearer, "POST", "/auth/jwt/login", login)
	token := loginToken.FindString(got.body)
	answer := `{"login_token":"` + token + `","factor":"totp","code":"` + w.at(made, 0) + `"}`
	note(bearer, "POST", "/auth/jwt/login/factor", answer)
	note(w.client("jwt"), "POST", "/auth/jwt/login/factor", answer)
	again := loginToken.FindString(note(w.client("jwt"), "POST", "/auth/jwt/login", login).body)
	note(w.client("jwt"), "POST", "/auth/jwt/login/factor", strings.Replace(answer, token, again, 1))
	w.Wait(30 * time.Second)
	other := w.client("cookie")
	note(other, "POST", "/auth/cookie/login", login)
	w.Wait(time.Second)
	note(other, "GET", "/auth/cookie/login/factor", "")
	code := w.at(made, 0)
	note(other, "POST", "/auth/cookie/login/factor", `{"factor":"totp","code":"`+code[:3]+" "+code[3:]+`","trust_device":true}`)
	w.Wait(11 * time.Minute)
	note(other, "POST", "/users/me/factors/totp", `{}`)
	note(other, "POST", "/auth/cookie/reauthenticate", `{"factor":"totp","code":"`+w.at(made, 0)+`"}`)
	note(other, "DELETE", "/users/me/factors/"+made.ID, "")
	note(other, "GET", "/users/me/factors", "")

	got2 := blurred(strings.Join(lines, "\n")+"\n", made)
	path := filepath.Join("testdata", "transcript.golden")
	if *update {
		if err := os.WriteFile(path, []byte(got2), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got2 != string(golden) {
		t.Errorf("got\n%s\nwant\n%s", got2, golden)
	}
}

var (
	loginToken = regexp.MustCompile(`[A-Za-z0-9_-]{43}`)
	random     = []struct {
		found *regexp.Regexp
		shown string
	}{
		{regexp.MustCompile(`data:image/png;base64,[A-Za-z0-9+/=]+`), "data:image/png;base64,…"},
		{regexp.MustCompile(`"access_token":"[^"]+"`), `"access_token":"ey…"`},
		{loginToken, "<43>"},
		{regexp.MustCompile(`"[0-9a-z]{6}(-[0-9a-z]{6}){3}"`), `"xxxxxx-xxxxxx-xxxxxx-xxxxxx"`},
		{regexp.MustCompile(`ginauth_device_[0-9a-f]{8}`), "ginauth_device_<8>"},
		{regexp.MustCompile(`"code":"[0-9]{3} ?[0-9]{3}"`), `"code":"<6>"`},
		{regexp.MustCompile(`"id":"[^"]+","type":"device"`), `"id":"<device>","type":"device"`},
	}
)

// blurred replaces what is random.
func blurred(text string, k key) string {
	text = strings.NewReplacer(k.ID, "<id>", k.Secret, "<32>").Replace(text)
	for _, r := range random {
		text = r.found.ReplaceAllString(text, r.shown)
	}
	return text
}
