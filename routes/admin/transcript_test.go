package admin_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
)

// TestImpersonationTranscript is what a superuser's browser sees of an impersonation,
// request by request. With AUTHTEST_UPDATE=1 it writes testdata/impersonation.golden.
func TestImpersonationTranscript(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	own := c.jar["ginauth"]
	var lines []string
	note := func(method, path, body string) {
		got := c.send(method, path, body)
		lines = append(lines, strings.TrimSpace(method+" "+path+" "+body), "  "+strings.TrimSpace(strconv.Itoa(got.status)+" "+got.body))
		for _, name := range []string{"Ginauth-Actor", "Set-Cookie"} {
			for _, value := range got.header.Values(name) {
				lines = append(lines, "  "+name+": "+value)
			}
		}
	}
	path := "/users/" + string(arthur.ID) + "/impersonate?backend=cookie"
	note("POST", path, `{}`)
	note("POST", "/users/"+string(merlin.ID)+"/impersonate?backend=cookie", `{"reason":"ticket 7"}`)
	note("POST", path, `{"reason":"ticket 7"}`)
	acting := c.jar["ginauth"]
	note("GET", "/users/me", "")
	note("GET", "/users/me/sessions", "")
	note("PATCH", "/users/me", `{"email":"king@camelot.bt"}`)
	note("PATCH", "/users/me", `{"password":"excalibur"}`)
	note("DELETE", "/users/me/sessions", "")
	note("POST", "/auth/cookie/reauthenticate", `{"password":"excalibur"}`)
	note("POST", path, `{"reason":"ticket 7"}`)
	note("POST", "/auth/cookie/logout", "")
	note("GET", "/users/me", "")
	c.jar["ginauth"] = acting // ended with the logout
	note("GET", "/users/me", "")
	c.jar["ginauth"] = own
	note("POST", "/users/"+string(w.person(t, user.Registration{IsSuperuser: true}).ID)+"/impersonate", `{"reason":"ticket 8"}`)

	text := strings.NewReplacer(string(merlin.ID), "<merlin>", string(arthur.ID), "<arthur>", own, "<merlin's token>", acting, "<arthur's token>").
		Replace(strings.Join(lines, "\n") + "\n")
	text = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString(text, "<another>")
	text = regexp.MustCompile(`"id":"[A-Za-z0-9_-]{20,}"`).ReplaceAllString(text, `"id":"<session>"`)
	const golden = "testdata/impersonation.golden"
	if os.Getenv("AUTHTEST_UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != text {
		t.Errorf("the answers differ from %s (%v); with AUTHTEST_UPDATE=1 the test writes it:\n%s", golden, err, text)
	}
}
