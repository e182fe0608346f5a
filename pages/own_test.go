package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/pages"
)

// newHall is an application whose front page is one of its own.
func newHall(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(_ *ginauth.Config, c *pages.Config) {
		c.Home = "/"
		c.Files = fstest.MapFS{
			"templates/great-hall.html": {Data: []byte(`{{template "top" .}}<p>{{.Data}}, {{or .Email "stranger"}}</p>{{template "bottom" .}}`)},
			"languages/en.json":         {Data: []byte(`{"great_hall.title":"The hall"}`)},
			"languages/de.json":         {Data: []byte(`{"great_hall.title":"Die Halle"}`)},
		}
	})
	show := func(c *gin.Context) { w.pages.HTML(c, 200, "great-hall", "Come in") }
	w.GET("/", w.auth.CurrentUser(ginauth.Optional()), show)
	w.GET("/cellar", show)
	w.GET("/strict", func(c *gin.Context) { c.Header("Content-Security-Policy", "default-src 'self'") }, show)
	return w
}

func TestOwnPage(t *testing.T) {
	t.Parallel()
	w := newHall(t)
	b := w.browser()
	b.open("/")
	b.at(200, "/")
	b.see("The hall · Camelot", "Come in, stranger")
	for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8"} {
		if got := b.header.Get(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
	if got := b.header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; script-src 'self'; ") {
		t.Errorf("got the policy %q, want that of the pages", got)
	}
	b.open("/strict")
	if got := b.header.Get("Content-Security-Policy"); got != "default-src 'self'" {
		t.Errorf("got the policy %q, want the handler's own", got)
	}
	b.lang = "de"
	b.open("/")
	b.see("Die Halle · Camelot")
	b.lang = "en"

	b.signIn(arthur, guinevere)
	b.at(200, "/") // Home
	b.see("Come in, " + arthur)
	b.open("/cellar")
	b.see("Come in, stranger") // without a guard there is no user

	w.superuser(merlin)
	b = w.browser()
	b.signIn(merlin, guinevere)
	u, err := w.auth.Manager().ByEmail(t.Context(), arthur)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := b.api("POST", "/users/"+string(u.ID)+"/impersonate?backend=web", `{"reason":"ticket 7"}`); status != 200 {
		t.Fatalf("impersonate: got %d %s", status, body)
	}
	b.open("/")
	b.see("You act as " + arthur)

}

// Where a sign-in with a provider may end, the page words what has gone wrong; other pages
// have their own use of the parameter.
func TestOwnPageAfterProvider(t *testing.T) {
	t.Parallel()
	w := newHall(t)
	b := w.browser()
	for code, want := range map[string]string{
		"access_denied":             "Signing in was cancelled.",
		"OAUTH_PROVIDER_ERROR":      "The provider does not answer.",
		"OAUTH_USER_ALREADY_EXISTS": "This way of signing in did not work.",
		"<b>Call 555-0100</b>":      "This way of signing in did not work.",
	} {
		b.open("/?error=" + url.QueryEscape(code))
		b.see(want)
		if strings.Contains(b.body, code) || strings.Contains(b.body, "555") {
			t.Errorf("%s is on the page", code)
		}
		b.open("/cellar?error=" + url.QueryEscape(code))
		if strings.Contains(b.body, want) {
			t.Errorf("%s: the page speaks of a sign-in that does not end there", code)
		}
	}
	b.open("/?error=LOGIN_FACTOR_REQUIRED")
	if got := b.hops[1]; got != "/account/sign-in/code" {
		t.Errorf("a second step: got %q, want its page", b.hops)
	}
}

// Home is where a login leads that no page has asked for, with a provider, too. What was
// begun and left there is no longer followed after another login.
func TestHome(t *testing.T) {
	t.Parallel()
	w := newHall(t)
	b := w.browser()
	b.open("/account/sign-in/with/github")
	b.do("POST", "/auth/web/login", map[string][]string{"username": {arthur}, "password": {guinevere}}) // as a callback does
	b.open("/account")
	b.at(200, "/")
	b.open("/account")
	b.at(200, "/account")

	b = w.browser()
	b.open("/account/sign-in/with/github?next=%2Fcastle")
	b.signIn(arthur, guinevere)
	b.at(200, "/")
	b.open("/account")
	b.at(200, "/account")
}
