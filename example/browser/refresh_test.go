package browser_test

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

//go:embed refresh.js
var refreshScript string

// beside returns another tab with the same cookies.
func (b *tab) beside() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(b.listen))
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open another tab: %v", err)
	}
	return &tab{t: b.t, ctx: ctx, site: b.site, width: b.width, watch: b.watch}
}

// status has a script of the page send a request, and returns the answer's status.
func (b *tab) status(method, path, form string) int {
	b.t.Helper()
	init := fmt.Sprintf(`{method: %q}`, method)
	if form != "" {
		init = fmt.Sprintf(`{method: %q, body: new URLSearchParams(%q)}`, method, form)
	}
	return evaluate[int](b, fmt.Sprintf(`fetch(%q, %s).then((r) => r.status)`, path, init))
}

// Two tabs that refresh at once send the same refresh token, and both stay logged in.
func TestTwoTabsRefresh(t *testing.T) {
	t.Parallel()
	first := newTab(t, widths[0])
	email := first.email("arthur")
	first.site.person(t, email)
	second := first.beside()
	tabs := []*tab{first, second}
	for _, b := range tabs {
		b.open("/account")
	}
	first.status("POST", "/auth/app-web/login", "username="+email+"&password="+password)
	cookies := first.cookies()
	if c := cookies["app_web"]; c == nil || !c.HTTPOnly || c.SameSite != "Lax" || !c.Session {
		t.Errorf("got the access cookie %+v, want HttpOnly, SameSite=Lax, until the browser is closed", c)
	}
	for round := range 5 {
		before := first.refreshCookie()
		// The second tab begins when the first one does.
		evaluate[bool](second, `(window.answer = new Promise((done) => {
			new BroadcastChannel('refresh').onmessage = () => done(fetch('/auth/app-web/refresh', {method: 'POST'}).then((r) => r.status));
		}), true)`)
		if got := evaluate[int](first, `(new BroadcastChannel('refresh').postMessage(''), fetch('/auth/app-web/refresh', {method: 'POST'}).then((r) => r.status))`); got != http.StatusOK {
			t.Errorf("round %d, first tab: got %d, want 200", round, got)
		}
		if got := evaluate[int](second, `window.answer`); got != http.StatusOK {
			t.Errorf("round %d, second tab: got %d, want 200", round, got)
		}
		if first.refreshCookie() == before {
			t.Errorf("round %d: the refresh token is the same as before", round)
		}
		for i, b := range tabs {
			if got := b.status("GET", "/users/me", ""); got != http.StatusOK {
				t.Errorf("round %d, tab %d is logged out: got %d", round, i+1, got)
			}
		}
	}
}

// Two tabs of a page that keeps its tokens itself, as docs/refresh.md has it: one refreshes,
// and the other one uses what it has got.
func TestTwoTabsOfBearer(t *testing.T) {
	t.Parallel()
	first := newTab(t, widths[0])
	email := first.email("arthur")
	first.site.person(t, email)
	first.open("/")
	evaluate[bool](first, fmt.Sprintf(`fetch('/auth/app/login', {method: 'POST', body: new URLSearchParams({username: %q, password: %q})})
		.then((r) => r.json()).then((tokens) => (localStorage.setItem('tokens', JSON.stringify({...tokens, access_token: 'expired'})), true))`, email, password))
	second := first.beside()
	second.open("/")
	for _, b := range []*tab{first, second} {
		evaluate[bool](b, refreshScript+`;window.answer = new Promise((done) => {
			new BroadcastChannel('call').onmessage = () => done(call('/users/me').then((r) => r.json()).then((me) => me.email));
		}), true`)
	}
	evaluate[bool](second, `(new BroadcastChannel('call').postMessage(''), true)`)
	for i, b := range []*tab{first, second} {
		if got := evaluate[string](b, `window.answer`); got != email {
			t.Errorf("tab %d: got %s, want %s", i+1, got, email)
		}
		b.refused(http.StatusUnauthorized, "/users/me")
	}
	if one, other := evaluate[string](first, `tokens.refresh_token`), evaluate[string](second, `tokens.refresh_token`); one != other {
		t.Error("the tabs have different tokens: both have refreshed")
	}
}

// refreshCookie returns the refresh token of the browser, which pages cannot read and
// which is sent to the auth group alone.
func (b *tab) refreshCookie() string {
	b.t.Helper()
	found, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.site.url + "/auth/app-web/refresh"}})
	if err != nil {
		b.t.Fatalf("read the cookies: %v", err)
	}
	for _, c := range found.Cookies {
		if c.Name == "app_web_refresh" {
			if !c.HTTPOnly || c.SameSite != "Strict" || c.Path != "/auth/app-web" {
				b.t.Errorf("got the refresh cookie %+v, want HttpOnly, SameSite=Strict, for the auth group", c)
			}
			return c.Value
		}
	}
	return ""
}

// A logout after the access token has expired ends the login by the refresh token, and the
// browser forgets both.
func TestLogoutAfterExpiry(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	var later atomic.Int64
	b.site = newRefreshing(t, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	b.open("/auth/app-web/page")
	for _, remember := range []string{"", "&remember=true"} {
		if got := b.status("POST", "/auth/app-web/login", "username=arthur%40camelot.example&password="+password+remember); got != http.StatusOK {
			t.Fatalf("login: got %d, want 200", got)
		}
		if got := b.status("GET", "/hello", ""); got != http.StatusNoContent {
			t.Errorf("after the login: got %d, want 204", got)
		}
		later.Add(int64(16 * time.Minute))
		if got := b.status("GET", "/hello", ""); got != http.StatusUnauthorized {
			t.Errorf("the access token after 16 minutes: got %d, want 401", got)
		}
		b.refused(http.StatusUnauthorized, "/hello")
		if b.cookies()["app_web"] == nil || b.refreshCookie() == "" {
			t.Error("the browser has not both cookies before the logout")
		}
		if got := b.status("POST", "/auth/app-web/logout", ""); got != http.StatusOK {
			t.Errorf("logout: got %d, want 200", got)
		}
		if left := b.cookies(); len(left) != 0 || b.refreshCookie() != "" {
			t.Errorf("after the logout: got the cookies %v, want none", left)
		}
		if got := b.status("POST", "/auth/app-web/refresh", ""); got != http.StatusUnauthorized {
			t.Errorf("refresh after the logout: got %d, want 401", got)
		}
		b.refused(http.StatusUnauthorized, "/auth/app-web/refresh")
	}
}

// newRefreshing serves an application with refresh tokens in cookies, whose clock is the
// test's, and one user.
func newRefreshing(t *testing.T, now func() time.Time) *site {
	t.Helper()
	web := backends.Backend{Name: "app_web", Transport: backends.Cookie{Name: "app_web", Insecure: true}, Strategy: refresh.Strategy{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: "a browser's test needs 32 bytes or more", Backends: []backends.Backend{web}, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
	if _, err := auth.Manager().Create(t.Context(), user.Registration{Email: "arthur@camelot.example", Password: password}); err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	group := engine.Group("/auth/app-web")
	auth.AuthRoutes(web).Attach(group)
	group.GET("/page", func(c *gin.Context) {
		c.Data(http.StatusOK, "text/html", []byte(`<!doctype html><title>page</title><link rel="icon" href="data:,">`))
	})
	engine.GET("/hello", auth.ActiveUser(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return &site{url: server.URL}
}
