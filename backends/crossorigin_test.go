package backends_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/transporttest"
)

func threeBackends(t *testing.T) []*backends.Running {
	t.Helper()
	return []*backends.Running{
		{Name: "api", Carrier: transporttest.Carrier(t, backends.Bearer{}, "api")},
		{Name: "web", Carrier: transporttest.Carrier(t, backends.Cookie{}, "web")},
		{Name: "session", Carrier: transporttest.Carrier(t, sessions.Transport{}, "session")},
	}
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	check, err := backends.NewCrossOrigin(threeBackends(t), []string{"https://app.camelot.test", "capacitor://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	const (
		own     = "https://camelot.test"
		evil    = "https://evil.test"
		trusted = "https://app.camelot.test"
		mobile  = "capacitor://localhost"
	)
	sites := []struct {
		fetchSite, origin string
		allowed           bool // of an unsafe request that is judged
	}{
		{"", "", true},
		{"", own, true},
		{"", "http://camelot.test", true}, // the Host header has no scheme
		{"", evil, false},
		{"", "null", false},
		{"", "https://camelot.test:8443", false},
		{"", "https://camelot.test.evil.test", false},
		{"", trusted, true},
		{"", "http://app.camelot.test", false},
		{"", "https://app.camelot.test:8443", false},
		{"same-origin", own, true},
		{"same-origin", "", true},
		{"same-origin", evil, true}, // browsers do not lie about Sec-Fetch-Site
		{"none", "", true},
		{"same-site", "https://blog.camelot.test", false},
		{"same-site", trusted, true},
		{"same-site", "", false},
		{"cross-site", evil, false},
		{"cross-site", "", false},
		{"cross-site", "null", false},
		{"cross-site", own, false},
		{"cross-site", mobile, true},
		{"whatever", own, false},
	}
	methods := map[string]bool{
		"GET": true, "HEAD": true, "OPTIONS": true,
		"POST": false, "PUT": false, "PATCH": false, "DELETE": false, "TRACE": false, "post": false, "QUERY": false,
	}
	cookies := []struct {
		lines []string
		ours  bool
	}{
		{nil, false},
		{[]string{"theme=dark; ginauth2=abc"}, false},
		{[]string{"Ginauth=abc"}, false},
		{[]string{"ginauth=abc"}, true},
		{[]string{"ginauth="}, true},
		{[]string{"ginauth"}, true},
		{[]string{"ginauth=a\x01c"}, true},
		{[]string{"ginauth=a; ginauth=b"}, true},
		{[]string{"theme=dark", "x=1; session=abc"}, true},
		{[]string{"session_bind=abc"}, true},
		{[]string{strings.Repeat("a=b;", 5000) + "ginauth=abc"}, true},
	}
	for _, site := range sites {
		for method, safe := range methods {
			for _, cookie := range cookies {
				for _, setsCookie := range []bool{false, true} {
					want := safe || site.allowed || !cookie.ours && !setsCookie
					r := httptest.NewRequest(http.MethodPost, own+"/auth/web/login", nil)
					r.Method = method
					header(r, "Sec-Fetch-Site", site.fetchSite)
					header(r, "Origin", site.origin)
					if cookie.lines != nil {
						r.Header["Cookie"] = cookie.lines
					}
					if got := check.Allows(r, setsCookie); got != want {
						t.Errorf("%s, Sec-Fetch-Site %q, Origin %q, cookies %.40q, sets a cookie: %v: got %v, want %v",
							method, site.fetchSite, site.origin, cookie.lines, setsCookie, got, want)
					}
				}
			}
		}
	}
}

func header(r *http.Request, name, value string) {
	if value != "" {
		r.Header.Set(name, value)
	}
}

func TestTrustedOriginsAreChecked(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://camelot.test", "http://localhost:3000", "https://[::1]:8443", "capacitor://localhost"} {
		if _, err := backends.NewCrossOrigin(nil, []string{good}); err != nil {
			t.Errorf("%q: got %v, want no error", good, err)
		}
	}
	bad := []string{
		"", "null", "*", "camelot.test", "//camelot.test", "https://", "https://camelot.test/", "https://camelot.test/app",
		"https://camelot.test?a", "https://camelot.test#a", "https://king@camelot.test", "https://*.camelot.test",
		"https://Camelot.test", "HTTPS://camelot.test", "https://camelot.test:443", "http://camelot.test:80", "https://camelot.test:",
		"https://cämelot.test", "https://camelot.test:x", " https://camelot.test", "https:camelot.test",
	}
	_, err := backends.NewCrossOrigin(nil, append([]string{"https://camelot.test"}, bad...))
	if err == nil {
		t.Fatal("got no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(bad) {
		t.Fatalf("got %d problems, want %d:\n%v", len(lines), len(bad), err)
	}
	if want := "TrustedOrigins[1]: "; !strings.HasPrefix(lines[0], want) {
		t.Errorf("got %q, want it to begin with %q", lines[0], want)
	}
}

func TestCookieNamesOnce(t *testing.T) {
	t.Parallel()
	running := func(name string, transport backends.Transport) *backends.Running {
		return &backends.Running{Name: name, Carrier: transporttest.Carrier(t, transport, name)}
	}
	tests := []struct {
		name          string
		first, second backends.Transport
		want          string
	}{
		{"different", backends.Cookie{}, backends.Cookie{Name: "admin"}, ""},
		{"bearers", backends.Bearer{}, backends.Bearer{}, ""},
		{"letter case makes two names", backends.Cookie{}, backends.Cookie{Name: "Ginauth"}, ""},
		{"two cookies", backends.Cookie{}, backends.Cookie{Path: "/b"}, `backends "a" and "b" both use the cookie "ginauth": give one of them another Name`},
		{"cookie and session", backends.Cookie{Name: "session"}, sessions.Transport{}, `backends "a" and "b" both use the cookie "session": give one of them another Name`},
		{"cookie and bind", sessions.Transport{}, backends.Cookie{Name: "session_bind"}, `backends "a" and "b" both use the cookie "session_bind": give one of them another Name`},
		{"one session", sessions.Transport{}, sessions.Transport{Name: "session", Path: "/"}, ""},
		{"two sessions", sessions.Transport{}, sessions.Transport{Name: "admin"}, ""},
		{
			"one session, other attributes", sessions.Transport{}, sessions.Transport{Insecure: true},
			`backends "a" and "b" both use the cookie "session": give one of them another Name` + "\n" +
				`backends "a" and "b" both use the cookie "session_bind": give one of them another Name`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := backends.CookieNamesOnce([]*backends.Running{running("a", test.first), running("b", test.second)}); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
