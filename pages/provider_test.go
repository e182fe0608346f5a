package pages_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user/records"
)

// A sign-in with a provider begins by a link of the page, and ends on a page.
func TestProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/account/sign-in?next=/castle")
	b.see("Continue with GitHub")
	b.open("/account/sign-in/with/github?next=%2Fcastle")
	if !strings.HasPrefix(b.away, "https://github.com/login/oauth/authorize?") {
		t.Fatalf("got %q at %s\n%s", b.away, b.url, b.text())
	}
	if b.jar.Cookies(b.url)[0].Name != "ginauth_next" {
		t.Errorf("got %v", b.jar.Cookies(b.url))
	}
	b.open("/account?error=access_denied")
	b.at(200, "/account/sign-in?error=access_denied&next=%2Fcastle")
	b.open("/account?error=access_denied")
	b.at(200, "/account/sign-in?error=access_denied") // that leads back once
	b.see("Signing in was cancelled.")
	const same = "This way of signing in did not work."
	for _, code := range []string{"OAUTH_USER_ALREADY_EXISTS", "OAUTH_NOT_AVAILABLE_EMAIL", "LOGIN_BAD_CREDENTIALS", "<script>"} {
		b.open("/account?error=" + code)
		b.see(same)
		if strings.Contains(b.body, code) {
			t.Errorf("%s is on the page", code)
		}
	}
	b.open("/account/sign-in/with/nobody")
	b.at(404, "/account/sign-in/with/nobody")
}

// What was begun before the provider goes on after it.
func TestProviderLeadsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/account/sign-in/with/github?next=%2Fcastle")
	b.do("POST", "/auth/web/login", map[string][]string{"username": {arthur}, "password": {guinevere}}) // as a callback does
	b.open("/account")
	b.at(200, "/castle")
	b.open("/account")
	b.at(200, "/account")
}

// What a cookie cannot hold as it is may stand in a path.
func TestProviderLeadsBackToOddPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/castle?towers=a;b", `/castle?q="grail"`, "/castle?q=Gänseblümchen", "/castle?q=a,b"} {
		b := w.browser()
		b.open("/account/sign-in/with/github?next=" + url.QueryEscape(path))
		if !strings.HasPrefix(b.away, "https://github.com/login/oauth/authorize?") {
			t.Errorf("%s: got %d at %s", path, b.status, b.url)
			continue
		}
		b.do("POST", "/auth/web/login", map[string][]string{"username": {arthur}, "password": {guinevere}}) // as a callback does
		b.open("/account")
		if got, err := url.QueryUnescape(b.url.RequestURI()); err != nil || got != path {
			t.Errorf("got %q, want %q", got, path)
		}
	}
}

// Another site begins neither a sign-in nor the linking of an account: the browser may be
// signed in to somebody else's account there.
func TestProviderFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.open("/account/linked/add/github")
	if !strings.HasPrefix(b.away, "https://github.com/login/oauth/authorize?") {
		t.Fatalf("got %q at %s", b.away, b.url)
	}
	for _, site := range []string{"cross-site", "same-site", ""} {
		b.site = site
		b.open("/account/linked/add/github")
		b.at(200, "/account/linked")
		b.open("/account/sign-in/with/github?next=%2Fcastle")
		b.at(200, "/account/sign-in?next=%2Fcastle")
	}
}

func TestLinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, err := w.auth.Manager().ByEmail(t.Context(), arthur)
	if err != nil {
		t.Fatal(err)
	}
	account := records.OAuthAccount{ID: w.memory.NewAccountID(), UserID: u.ID, Provider: "github", AccountID: "1094", AccountEmail: arthur, CreatedAt: w.clock()}
	if err := w.memory.LinkAccount(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.open("/account/linked")
	b.see("GitHub", "since 1 Jan 2026", "Link GitHub")
	id := attribute(b.input("account"), "value")
	b.send("/account/linked")
	b.at(200, "/account/linked?notice=unlinked")
	b.see("There are none yet.")
	b.do("POST", "/account/linked", map[string][]string{"account": {id}}) // the button, once more
	b.at(200, "/account/linked?notice=unlinked")
	b.open("/account/linked?error=OAUTH_ACCOUNT_ALREADY_LINKED")
	b.see("This account cannot be linked here.")
}

// A form that no browser sends is refused before anything is done.
func TestForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.do("POST", "/account/sign-in", map[string][]string{"email": {arthur}, "password": {guinevere}, "x": {strings.Repeat("x", 70000)}})
	b.at(413, "/account/sign-in")
	b.do("POST", "/account/sign-in", map[string][]string{"email": {arthur}, "password": {"guinevere\xff"}})
	b.at(400, "/account/sign-in")
	b.see("This did not work.")
}
