package oauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
)

// Several flows of one browser, with one provider and with several, all end well, in
// whatever order.
func TestFlowsSideBySide(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	b.logIn(hostile.Person{Subject: "7", Email: "arthur@camelot.bt"})
	bases := []string{"/api", "/web", "/other", "/associate", "/api", "/redirect"}
	var callbacks []string
	for i, base := range bases {
		back := a.idp.SignIn(b.authorize(base+"/authorize"), hostile.Person{Subject: fmt.Sprint(100 + i), Email: fmt.Sprintf("k%d@camelot.bt", i)})
		callbacks = append(callbacks, base+"/callback?"+back.RawQuery)
	}
	for _, i := range []int{4, 0, 2, 3, 5, 1} {
		r := b.get(callbacks[i])
		if r.status != http.StatusOK && r.header.Get("Location") != home {
			t.Errorf("flow %d at %s: got %d %s %v", i, bases[i], r.status, r.body, r.header)
		}
	}
	for _, cookie := range b.client.Jar.Cookies(a.serverURL()) {
		if strings.Contains(cookie.Name, "ginauth_oauth") {
			t.Errorf("got %v afterwards, want all cleared", cookie)
		}
	}
}

// Flows that are never ended do not fill the browser: over 8 of them end when one
// more begins. Cookies of others stay.
func TestAbandonedFlows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		abandoned int
		cleared   int
	}{{0, 0}, {7, 0}, {8, 0}, {9, 9}, {20, 20}}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.abandoned), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{})
			b := a.browser()
			var planted []*http.Cookie
			for i := range test.abandoned {
				planted = append(planted, &http.Cookie{Name: fmt.Sprintf("__Host-ginauth_oauth_%08d", i), Value: "x", Path: "/"})
			}
			for _, name := range []string{"ginauth", "__Host-ginauth_oauth", "__Host-ginauth_oauth_theme", "ginauth_oauth_12345678", "__Host-ginauth_oauth_1234567.", "__Host-ginauth_oauth_123456789"} {
				planted = append(planted, &http.Cookie{Name: name, Value: "x", Path: "/"})
			}
			b.client.Jar.SetCookies(a.serverURL(), planted)
			r := b.get("/api/authorize")
			set, cleared := 0, 0
			for _, cookie := range r.header.Values("Set-Cookie") {
				if name, _, _ := strings.Cut(cookie, "="); !strings.HasPrefix(name, "__Host-ginauth_oauth_") || len(name) != len("__Host-ginauth_oauth_")+8 {
					t.Errorf("got %s, want no cookie but those of flows", cookie)
				}
				if strings.HasSuffix(cookie, "=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax") {
					cleared++
				} else {
					set++
				}
			}
			if set != 1 || cleared != test.cleared {
				t.Errorf("got %d set and %d cleared, want 1 and %d", set, cleared, test.cleared)
			}
		})
	}
}

// A request with thousands of cookies gets no answer of thousands.
func TestManyCookies(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://www.camelot.bt/api/authorize", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "__Host-ginauth_oauth_%08d=x; ", i)
	}
	request.Header.Set("Cookie", b.String())
	w := newRecorder()
	a.engine.ServeHTTP(w, request)
	if got := len(w.Header().Values("Set-Cookie")); w.Code != http.StatusOK || got > 201 {
		t.Errorf("got %d and %d cookies, want 200 and at most 201", w.Code, got)
	}
}

// The strongest name that the other attributes allow is the default.
func TestNamesOfFlowCookies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		cookie backends.Cookie
		want   string
	}{
		{"default", backends.Cookie{}, "__Host-ginauth_oauth_"},
		{"default path", backends.Cookie{Path: "/"}, "__Host-ginauth_oauth_"},
		{"plain HTTP", backends.Cookie{Insecure: true}, "ginauth_oauth_"},
		{"domain", backends.Cookie{Domain: "camelot.bt"}, "ginauth_oauth_"},
		{"path", backends.Cookie{Path: "/auth"}, "ginauth_oauth_"},
		{"own", backends.Cookie{Name: "flow"}, "flow_"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{config: func(c *oauth.Config) { c.Cookie = test.cookie }})
			r := a.browser().get("/api/authorize")
			name, _, _ := strings.Cut(r.header.Get("Set-Cookie"), "=")
			if !strings.HasPrefix(name, test.want) || len(name) != len(test.want)+8 {
				t.Errorf("got %q, want %s and 8 characters", name, test.want)
			}
		})
	}
}
