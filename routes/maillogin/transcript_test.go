package maillogin_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTranscript is what clients see, request by request.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var lines []string
	note := func(c *client, path, body string) answer {
		got := c.call("POST", path, body)
		lines = append(lines, "POST "+path+" "+body, "  "+strings.TrimSpace(strconv.Itoa(got.status)+" "+got.body))
		for _, cookie := range got.header.Values("Set-Cookie") {
			lines = append(lines, "  Set-Cookie: "+cookie)
		}
		return got
	}
	c := w.browser("cookie")
	note(c, "/auth/request-login", `{"email":"nobody@camelot.bt"}`)
	note(c, "/auth/request-login", `{"email":"`+arthur+`"}`)
	link := `{"token":"` + string(w.mail(arthur).Token) + `"}`
	other := w.browser("cookie")
	note(other, "/auth/cookie/login/mail", link)
	confirmed := strings.Replace(link, "}", `,"confirm":true}`, 1)
	note(other, "/auth/cookie/login/mail", confirmed)
	note(other, "/auth/cookie/login/mail", confirmed)
	app := w.app("jwt")
	request := between(note(app, "/auth/request-login", `{"email":"`+arthur+`"}`).body, `"request":"`, `"`)
	m := w.mail(arthur)
	byCode := func(code string) string { return `{"request":"` + request + `","code":"` + code + `"}` }
	note(app, "/auth/jwt/login/mail", byCode(string(otherCode(m.Code, 3))))
	note(app, "/auth/jwt/login/mail", byCode(string(m.Code[:4]+" "+m.Code[4:])))
	note(app, "/auth/jwt/login/mail", byCode(string(m.Code)))
	web := w.browser("app_web")
	note(web, "/auth/request-login", `{"email":"`+arthur+`"}`)
	note(web, "/auth/app_web/login/mail", `{"token":"`+string(w.mail(arthur).Token)+`","remember":true}`)
	note(web, "/auth/app_web/login/mail", `{}`)

	got := strings.Join(lines, "\n") + "\n"
	for _, r := range random {
		got = r.found.ReplaceAllString(got, r.shown)
	}
	path := filepath.Join("testdata", "transcript.golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(golden) {
		t.Errorf("got\n%s\nwant\n%s", got, golden)
	}
}

var random = []struct {
	found *regexp.Regexp
	shown string
}{
	{regexp.MustCompile(`"access_token":"[^"]+"`), `"access_token":"ey…"`},
	{regexp.MustCompile(`app_web=[^;]+;`), `app_web=ey…;`},
	{regexp.MustCompile(`[A-Za-z0-9_-]{70}`), "<70>"},
	{secretText, "<43>"},
	{regexp.MustCompile(`"code":"[0-9]{4} [0-9]{4}"`), `"code":"1234 5678"`},
	{regexp.MustCompile(`"code":"[0-9]{8}"`), `"code":"12345678"`},
}
