package app

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`(?:href|action)="([^"#]+)"`)

// links are where a page leads, without its files.
func (c *client) links(path string) []string {
	c.t.Helper()
	var all []string
	for _, match := range link.FindAllStringSubmatch(c.wantStatus("GET", path, nil, http.StatusOK).body, -1) {
		if !strings.HasPrefix(match[1], accountPath+"/assets/") {
			all = append(all, match[1])
		}
	}
	return all
}

// The front page leads to every way of logging in, or to what a user has, and to what is
// running; and nowhere else.
func TestFrontPage(t *testing.T) {
	t.Parallel()
	running := []string{"/outbox", "/docs", "/openapi.json", "/metrics", "/healthz"}
	ways := []string{"/me/sign-in/mail", "/me/sign-in", "/me/sign-in/with/demo"}
	signedOut := append([]string{"/", "/me/sign-in", "/me/sign-up"}, ways...)
	tests := []struct {
		name   string
		change func(*Settings)
		as     string
		want   []string
	}{
		{"signed out", func(*Settings) {}, "", append(signedOut, running...)},
		{"by invitation", func(s *Settings) { s.Registration = "invitation" }, "", append(append([]string{"/", "/me/sign-in"}, ways...), running...)},
		{"closed", func(s *Settings) { s.Registration = "closed" }, "", append(append([]string{"/", "/me/sign-in"}, ways...), running...)},
		{"signed in", func(*Settings) {}, arthur, append([]string{"/", "/me", "/me/sign-out"}, running...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(s *Settings) { s.PublicURL = "http://localhost:8080" }, test.change)
			c := &client{world: w, http: w.client().http}
			c.http.Transport = proxy{w.url}
			w.url = "http://localhost:8080"
			if test.as != "" {
				w.person(test.as)
				c.wantStatus("POST", "/auth/cookie/login", url.Values{"username": {test.as}, "password": {guinevere}}, http.StatusOK)
			}
			for _, path := range []string{"/", "/account"} {
				if got := c.links(path); !slices.Equal(got, test.want) {
					t.Errorf("%s: got links to\n%q, want\n%q", path, got, test.want)
				}
			}
			for _, path := range test.want {
				if path == "/me/sign-out" || path == "/me/sign-in/with/demo" {
					continue
				}
				if a := c.call("GET", path, nil); a.status != http.StatusOK {
					t.Errorf("%s: got %d, want 200", path, a.status)
				}
			}
			invited := strings.Contains(c.wantStatus("GET", "/", nil, http.StatusOK).body, "Accounts are by invitation.")
			if want := test.name == "by invitation"; invited != want {
				t.Errorf("says that accounts are by invitation: got %v, want %v", invited, want)
			}
		})
	}
}

// Browsers have no passkeys at an IP address: the page leads to where they are.
func TestFrontPageOffersPasskeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	there := strings.Replace(w.url, "127.0.0.1", "localhost", 1)
	const way = `href="/me/sign-in">Sign in with a passkey</a>`
	page := w.client().wantStatus("GET", "/", nil, http.StatusOK).body
	if !strings.Contains(page, `<a href="`+there+`/">`+there+`</a>`) || strings.Contains(page, way) {
		t.Errorf("at an IP address: got no link to %s, or the way itself:\n%s", there, page)
	}
	page = w.client().wantStatus("GET", there+"/", nil, http.StatusOK).body
	if strings.Contains(page, "Browsers have no passkeys") || !strings.Contains(page, way) {
		t.Errorf("at localhost: got no way to sign in with a passkey:\n%s", page)
	}
}

// Both pages where a sign-in with a provider may end word what has gone wrong. The code is
// untrusted: any site can link to them.
func TestFrontPageAfterProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(arthur)
	c := w.client()
	const other = "This way of signing in did not work."
	for _, path := range []string{"/", "/account"} {
		for code, want := range map[string]string{
			"access_denied": "Signing in was cancelled.", "OAUTH_PROVIDER_ERROR": "The provider does not answer.",
			"OAUTH_USER_ALREADY_EXISTS": other, "server_error": other, "Your account is locked. Call 555-0100.": other,
		} {
			page := c.wantStatus("GET", path+"?error="+url.QueryEscape(code), nil, http.StatusOK).body
			if !strings.Contains(page, `role="alert">`+want) || strings.Contains(page, "555-0100") {
				t.Errorf("%s after %s: got no %q, or the code itself:\n%s", path, code, want, page)
			}
		}
		a := c.wantStatus("GET", path+"?error=LOGIN_FACTOR_REQUIRED", nil, http.StatusSeeOther)
		if got := a.header.Get("Location"); got != "/me/sign-in/code" {
			t.Errorf("%s before a second step: got %s, want its page", path, got)
		}
	}
	// As it happens: the address is somebody else's here.
	callback := c.follow(c.authorize("/auth/demo-web/authorize?redirect_to="+w.url+"/account"), identity(arthur, "1094", "email_verified"))
	end := c.wantStatus("GET", callback, nil, http.StatusSeeOther).header.Get("Location")
	if end != w.url+"/account?error=OAUTH_USER_ALREADY_EXISTS" {
		t.Fatalf("got %s, want the page with the error", end)
	}
	if page := c.wantStatus("GET", end, nil, http.StatusOK).body; !strings.Contains(page, other) || !strings.Contains(page, `href="/me/sign-in"`) {
		t.Errorf("got no reason, or no way to sign in:\n%s", page)
	}
}

// The front page and the outbox speak the languages of the other pages.
func TestFrontPageInGerman(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client()
	c.header = http.Header{"Accept-Language": {"de"}}
	for path, want := range map[string]string{"/": "<h1>Willkommen</h1>", "/outbox": "<h1>Postausgang</h1>"} {
		if page := c.wantStatus("GET", path, nil, http.StatusOK).body; !strings.Contains(page, want) || !strings.Contains(page, `<html lang="de">`) {
			t.Errorf("%s: got no %s in\n%s", path, want, page)
		}
	}
}
