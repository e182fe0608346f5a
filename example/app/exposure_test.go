package app

import (
	"net/http"
	"strings"
	"testing"
)

// Other machines reach neither the mails nor the demo provider, unless EXPOSE_DEMO allows
// it.
func TestExposure(t *testing.T) {
	t.Parallel()
	const none, here = http.StatusNotFound, http.StatusOK
	github := []ProviderSettings{{Name: "github", ClientID: "id", ClientSecret: "secret"}}
	tests := []struct {
		name         string
		change       func(*Settings)
		outbox, demo int
		warning      string
	}{
		{"loopback", func(*Settings) {}, here, here, ""},
		{"loopback behind a proxy", func(s *Settings) { s.PublicURL = "https://camelot.bt" }, here, here,
			"Warning: everybody who can reach this server can read everybody's mails and reset every password, and sign in with any address at the demo provider.\n"},
		{"all addresses", func(s *Settings) { s.Addr = "0.0.0.0:8080" }, none, none, ""},
		{"all addresses, nothing named", func(s *Settings) { s.Addr = ":8080" }, none, none, ""},
		{"all addresses of IPv6", func(s *Settings) { s.Addr = "[::]:8080" }, none, none, ""},
		{"a name", func(s *Settings) { s.Addr = "camelot.bt:8080" }, none, none, ""},
		{"all addresses and the switch", func(s *Settings) { s.Addr, s.ExposeDemo = "0.0.0.0:8080", "yes" }, here, here,
			"Warning: everybody who can reach this server can read everybody's mails and reset every password, and sign in with any address at the demo provider.\n"},
		{"real mails", func(s *Settings) { s.SMTPURL = "smtp://127.0.0.1:2525" }, none, here, ""},
		{"real providers", func(s *Settings) { s.Providers = github }, here, here, ""},
		{"real mails and providers", func(s *Settings) { s.SMTPURL, s.Providers = "smtp://127.0.0.1:2525", github }, none, none, ""},
		{"real mails and providers and the switch", func(s *Settings) {
			s.Addr, s.SMTPURL, s.Providers, s.ExposeDemo = "0.0.0.0:8080", "smtp://127.0.0.1:2525", github, "yes"
		}, none, none, ""},
		{"real mails and the switch", func(s *Settings) {
			s.Addr, s.SMTPURL, s.ExposeDemo = "0.0.0.0:8080", "smtp://127.0.0.1:2525", "yes"
		}, none, here, "Warning: everybody who can reach this server can sign in with any address at the demo provider.\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.change)
			c := w.client()
			if u := w.app.settings.PublicURL; u != w.url {
				c.http.Transport = proxy{w.url}
				w.url = u
			}
			c.wantStatus("GET", "/outbox", nil, test.outbox)
			c.wantStatus("GET", "/outbox.json", nil, test.outbox)
			for _, path := range []string{"/auth/demo/authorize", "/auth/demo-web/authorize", demoPath + "/.well-known/openid-configuration"} {
				c.wantStatus("GET", path, nil, test.demo)
			}
			page := c.wantStatus("GET", "/", nil, http.StatusOK).body
			if got, want := strings.Contains(page, `href="/me/sign-in/with/demo"`), test.demo == here; got != want {
				t.Errorf("page: got a link to the demo provider %v, want %v", got, want)
			}
			if got := w.app.settings.warning(); got != test.warning {
				t.Errorf("warning: got %q, want %q", got, test.warning)
			}
			if w.app.settings.SMTPURL == "" { // the route answers the same if no mail is sent
				w.person(arthur)
				c.want("POST", "/auth/forgot-password", `{"email":"king.arthur@camelot.bt"}`, http.StatusAccepted, "null")
			}
		})
	}
}

// A page of another name that is made to lead to 127.0.0.1 reads nothing.
func TestHosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host          string
		local, remote int
	}{
		{"127.0.0.1", 200, 200},
		{"127.0.0.1:8080", 200, 200},
		{"127.8.8.8:1", 200, 200},
		{"[::1]:8080", 200, 200},
		{"[::1]", 200, 200},
		{"localhost", 200, 200},
		{"LocalHost.:8080", 200, 200},
		{"app.localhost:8080", 200, 200},
		{"camelot.bt", 200, 200},
		{"CAMELOT.bt.:443", 200, 200},
		{"evil.example", 421, 200},
		{"evil.example:8080", 421, 200},
		{"localhost.evil.example", 421, 200},
		{"127.0.0.1.evil.example", 421, 200},
		{"evil-localhost", 421, 200},
		{"camelot.bt.evil.example", 421, 200},
		{"www.camelot.bt", 421, 200},
		{"0.0.0.0:8080", 421, 200},
		{"[::]:8080", 421, 200},
		{"192.168.0.7:8080", 421, 200},
	}
	for _, addr := range []string{"127.0.0.1:8080", "0.0.0.0:8080"} {
		w := newWorld(t, func(s *Settings) { s.Addr, s.PublicURL = addr, "https://camelot.bt" })
		for _, test := range tests {
			want := test.remote
			if w.app.settings.isLocal() {
				want = test.local
			}
			for _, path := range []string{"/", "/healthz", "/openapi.json"} {
				r, err := http.NewRequestWithContext(t.Context(), "GET", w.url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = test.host
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				if response.StatusCode != want {
					t.Errorf("%s at %s, for %s: got %d, want %d", path, addr, test.host, response.StatusCode, want)
				}
			}
		}
	}
}
