package oauth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user"
)

const (
	home    = "https://www.camelot.bt/"
	account = "https://www.camelot.bt/account?tab=1#top"
)

func checkRedirect(t *testing.T, what string, r response, location string) {
	t.Helper()
	if r.status != http.StatusSeeOther || r.header.Get("Location") != location || r.body != "" {
		t.Errorf("%s: got %d to %q, body %q; want 303 to %q", what, r.status, r.header.Get("Location"), r.body, location)
	}
	if r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: got Cache-Control %q", what, r.header.Get("Cache-Control"))
	}
}

// flow signs in through the group at base, with a target, and spoils the answer.
func (b *browser) redirected(base, target string, spoil func(url.Values)) response {
	b.app.t.Helper()
	path := base + "/authorize"
	if target != "" {
		path += "?redirect_to=" + url.QueryEscape(target)
	}
	q := b.app.idp.SignIn(b.authorize(path), merlin).Query()
	if spoil != nil {
		spoil(q)
	}
	return b.get(base + "/callback?" + q.Encode())
}

func TestRedirectMode(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	r := b.redirected("/redirect", account, nil)
	checkRedirect(t, "success", r, account)
	if cookies := strings.Join(r.header.Values("Set-Cookie"), "\n"); strings.Count(cookies, "\n") != 1 ||
		!strings.Contains(cookies, "__Host-ginauth_oauth_") || !strings.Contains(cookies, "\nginauth=") && !strings.HasPrefix(cookies, "ginauth=") {
		t.Errorf("got cookies %q", cookies)
	}
	if r := b.get("/users/me"); r.status != http.StatusOK {
		t.Errorf("me: got %d", r.status)
	}
	checkRedirect(t, "default target", a.browser().redirected("/redirect", "", nil), home)

	checkRedirect(t, "association", b.redirected("/associate-redirect", account, nil), account)
	other := a.browser()
	other.logIn(emrys)
	checkRedirect(t, "association fails", other.redirected("/associate-redirect", "", nil), home+"?error=OAUTH_ACCOUNT_ALREADY_LINKED")
	check(t, "association without user", a.browser().get("/associate-redirect/callback?code=1"), http.StatusUnauthorized, detail("Unauthorized"))
}

func TestRedirectModeErrors(t *testing.T) {
	t.Parallel()
	withError := func(code string) string { return "https://www.camelot.bt/account?tab=1&error=" + code + "#top" }
	tests := []struct {
		name     string
		sin      hostile.Sin
		spoil    func(*app, *browser, url.Values)
		location string
	}{
		{"denied", "", func(_ *app, _ *browser, q url.Values) { q.Set("error", "access_denied") }, withError("access_denied")},
		{"markup in the error", "", func(_ *app, _ *browser, q url.Values) { q.Set("error", "<b>&#x") }, withError("%3Cb%3E%26%23x")},
		{"no code", "", func(_ *app, _ *browser, q url.Values) { q.Del("code") }, withError("Bad+Request")},
		{"provider fails", hostile.WrongNonce, nil, withError("OAUTH_PROVIDER_ERROR")},
		{"no e-mail", hostile.BadEmail, nil, withError("OAUTH_NOT_AVAILABLE_EMAIL")},
		{"taken", "", func(a *app, _ *browser, _ url.Values) { a.create(user.Registration{Email: merlin.Email}) }, withError("OAUTH_USER_ALREADY_EXISTS")},
		{"inactive", "", func(a *app, b *browser, _ url.Values) {
			a.browser().logIn(merlin)
			no := false
			if _, err := a.auth.Manager().Update(ctx, a.users()[0], user.Changes{IsActive: &no}); err != nil {
				a.t.Fatal(err)
			}
		}, withError("LOGIN_BAD_CREDENTIALS")},

		// A state that is not good names no target.
		{"no state", "", func(_ *app, _ *browser, q url.Values) { q.Del("state") }, home + "?error=ACCESS_TOKEN_DECODE_ERROR"},
		{"denied, no state", "", func(_ *app, _ *browser, q url.Values) { q.Del("state"); q.Set("error", "x") }, home + "?error=x"},
		{"expired", "", func(a *app, _ *browser, _ url.Values) { a.pass(time.Hour) }, home + "?error=ACCESS_TOKEN_ALREADY_EXPIRED"},
		{"another browser", "", func(a *app, b *browser, _ url.Values) { b.client.Jar = a.browser().client.Jar }, home + "?error=OAUTH_INVALID_STATE"},
		{"denied, another browser", "", func(a *app, b *browser, q url.Values) {
			b.client.Jar = a.browser().client.Jar
			q.Set("error", "x")
		}, home + "?error=x"},
		{"used", "", func(a *app, b *browser, q url.Values) {
			planted := b.client.Jar.Cookies(a.serverURL())
			b.get("/redirect/callback?" + q.Encode())
			b.client.Jar.SetCookies(a.serverURL(), planted)
		}, home + "?error=OAUTH_INVALID_STATE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{})
			b := a.browser()
			var want []string
			r := b.redirected("/redirect", account, func(q url.Values) {
				defer func() { want = clearedBy(q) }()
				a.idp.Commit(test.sin)
				if test.spoil != nil {
					test.spoil(a, b, q)
				}
			})
			checkRedirect(t, "callback", r, test.location)
			if cookies := r.header.Values("Set-Cookie"); !slices.Equal(cookies, want) {
				t.Errorf("got cookies %q, want %q", cookies, want)
			}
		})
	}
}

func TestRedirectModeTargets(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	const unknown = `{"detail":[{"loc":["query","redirect_to"],"msg":"unknown redirect URL","type":"value_error"}]}`
	for _, target := range append([]string{"", home + "#", "//www.camelot.bt/", "https://www.camelot.bt", "HTTPS://www.camelot.bt/"}, hostileTargets...) {
		r := a.browser().get("/redirect/authorize?redirect_to=" + url.QueryEscape(target))
		check(t, target, r, http.StatusUnprocessableEntity, unknown)
		if cookies := r.header.Values("Set-Cookie"); len(cookies) != 0 {
			t.Errorf("%s: got cookies %q", target, cookies)
		}
	}
	check(t, "two", a.browser().get("/redirect/authorize?redirect_to="+url.QueryEscape(home)+"&redirect_to="+url.QueryEscape(home)), 422, unknown)
	if r := a.browser().get("/api/authorize?redirect_to=https://mordred.example.com"); r.status != http.StatusOK {
		t.Errorf("JSON mode: got %d", r.status)
	}
}

var hostileTargets = []string{
	"https://mordred.example.com/", "https://www.camelot.bt.mordred.example.com/", "https://www.camelot.bt@mordred.example.com/",
	"https://www.camelot.bt/../account", "https://www.camelot.bt/%61ccount", "javascript:alert(1)", "/", "//mordred.example.com", `/\mordred.example.com`,
	"https://www.camelot.bt/\r\nSet-Cookie: a=b", "https://www.camelot.bt/?next=//mordred", " https://www.camelot.bt/", "https://www.camelot.bt/ ",
}

// A target that is not allowed any more is not where a flow ends.
func TestRedirectModeTargetRemoved(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	back := a.idp.SignIn(b.authorize("/redirect/authorize?redirect_to="+url.QueryEscape(account)), merlin)
	config := oauth.Config{RedirectURL: callback, RedirectTo: []string{"/elsewhere"}}
	oauth.Routes(a.auth, a.provider("idp", false), web, config, ginauth.Verified()).Attach(a.engine.Group("/changed"))
	checkRedirect(t, "callback", b.get("/changed/callback?"+back.RawQuery), "/elsewhere?error=LOGIN_USER_NOT_VERIFIED")
}

// However a callback is called, it ends on a listed URL, tells an error and
// redeems nothing.
func FuzzCallback(f *testing.F) {
	a := newApp(f, options{})
	for _, seed := range []string{
		"", "code=1&state=2", "error=access_denied", "error=%0d%0aLocation:x", "state=a.b.c&code=%00", "error=a&error=b", ";;;", "%zz",
		"code=1&state=eyJhbGciOiJub25lIn0.e30.&redirect_to=https://mordred.example.com", "error=%e2%80%ae", "iss=x&iss=y&code=1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://www.camelot.bt/redirect/callback", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.URL.RawQuery = raw
		w := newRecorder()
		a.engine.ServeHTTP(w, request)
		location := w.Header().Get("Location")
		code, found := strings.CutPrefix(location, home+"?error=")
		text, err := url.QueryUnescape(code)
		if w.Code != http.StatusSeeOther || !found || err != nil || text == "" || len(text) > 100 || strings.ContainsFunc(text, notPrintable) {
			t.Errorf("got %d to %q", w.Code, location)
		}
		if strings.ContainsAny(location, "\r\n") || a.idp.Redemptions() != 0 || w.Body.Len() != 0 {
			t.Errorf("got location %q, %d redemptions, body %q", location, a.idp.Redemptions(), w.Body)
		}
	})
}

// Whatever target is asked for, it is refused or one of the list, byte by byte.
func FuzzRedirectTo(f *testing.F) {
	a := newApp(f, options{})
	for _, target := range append([]string{home, account, ""}, hostileTargets...) {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://www.camelot.bt/redirect/authorize", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.URL.RawQuery = url.Values{"redirect_to": {target}}.Encode()
		w := newRecorder()
		a.engine.ServeHTTP(w, request)
		if allowed := target == home || target == account; (w.Code == http.StatusOK) != allowed || !allowed && w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: got %d", target, w.Code)
		}
	})
}
