package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes/oauth"
)

// answers is a provider's API: paths and the documented answers in testdata.
func answers(t *testing.T, files map[string]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer the-token" {
			t.Errorf("%s: got Authorization %q", r.URL, got)
		}
		file, known := files[r.URL.RequestURI()]
		if !known {
			t.Errorf("asked for %s", r.URL.RequestURI())
			w.WriteHeader(http.StatusNotFound)
			return
		}
		body, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestProviders(t *testing.T) {
	t.Parallel()
	// The proof is HMAC-SHA256 of "the-token" with the key "excalibur".
	const facebookMe = "/v24.0/me?appsecret_proof=08225bc8c803a84b29b11c0e0711a5d75c42f2f6f9798a3facc52a0c50b42cbb&fields=id%2Cemail"
	github := func(base string) oauth.Provider { return oauth.GitHub{ClientID: "1", BaseURL: base} }
	discord := func(base string) oauth.Provider { return oauth.Discord{ClientID: "1", BaseURL: base} }
	facebook := func(base string) oauth.Provider {
		return oauth.Facebook{ClientID: "1", ClientSecret: "excalibur", BaseURL: base}
	}
	tests := []struct {
		name     string
		provider func(base string) oauth.Provider
		files    map[string]string
		want     oauth.Account
	}{
		{"github", github, map[string]string{
			"/api/v3/user": "github_user.json", "/api/v3/user/emails?per_page=100": "github_emails.json",
		}, oauth.Account{ID: "1094", Email: "merlin@camelot.bt", EmailVerified: true}},
		{"github, primary address not verified", github, map[string]string{
			"/api/v3/user": "github_user.json", "/api/v3/user/emails?per_page=100": "github_emails_unverified.json",
		}, oauth.Account{ID: "1094"}},
		{"discord", discord, map[string]string{"/api/v10/users/@me": "discord_user.json"},
			oauth.Account{ID: "80351110224678912", Email: "merlin@camelot.bt", EmailVerified: true}},
		{"discord, not verified", discord, map[string]string{"/api/v10/users/@me": "discord_user_unverified.json"},
			oauth.Account{ID: "80351110224678912", Email: "merlin@camelot.bt"}},
		{"discord, no address", discord, map[string]string{"/api/v10/users/@me": "discord_user_without_email.json"},
			oauth.Account{ID: "80351110224678912"}},
		{"facebook", facebook, map[string]string{facebookMe: "facebook_me.json"},
			oauth.Account{ID: "10157000000000001", Email: "merlin@camelot.bt"}},
		{"facebook, no address", facebook, map[string]string{facebookMe: "facebook_me_without_email.json"},
			oauth.Account{ID: "10157000000000001"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := answers(t, test.files)
			grant := oauth.Grant{Token: &oauth2.Token{AccessToken: "the-token", TokenType: "odd"}, HTTP: server.Client()}
			got, err := test.provider(server.URL+"/").Account(t.Context(), grant)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestProvidersFail(t *testing.T) {
	t.Parallel()
	grant := func(server *httptest.Server) oauth.Grant {
		return oauth.Grant{Token: &oauth2.Token{AccessToken: "the-token"}, HTTP: server.Client()}
	}
	refused := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		body, err := os.ReadFile("testdata/facebook_error.json")
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(body)
	}))
	t.Cleanup(refused.Close)
	for name, provider := range map[string]oauth.Provider{
		"github": oauth.GitHub{BaseURL: refused.URL}, "discord": oauth.Discord{BaseURL: refused.URL}, "facebook": oauth.Facebook{BaseURL: refused.URL},
	} {
		account, err := provider.Account(t.Context(), grant(refused))
		if err == nil || account != (oauth.Account{}) || strings.Contains(err.Error(), "Session") {
			t.Errorf("%s: got %+v, %v; want an error without the answer", name, account, err)
		}
	}
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	t.Cleanup(empty.Close)
	if account, err := (oauth.GitHub{BaseURL: empty.URL}).Account(t.Context(), grant(empty)); err == nil {
		t.Errorf("github without ID: got %+v, want an error", account)
	}
}

// Where users and codes are sent to is part of what an application trusts.
func TestProviderEndpoints(t *testing.T) {
	t.Parallel()
	tests := []struct {
		provider        oauth.Provider
		name, auth, tok string
		style           oauth2.AuthStyle
		scopes          string
	}{
		{oauth.GitHub{}, "github", "https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token", oauth2.AuthStyleInParams, "user:email"},
		{oauth.GitHub{BaseURL: "https://git.camelot.bt/"}, "github", "https://git.camelot.bt/login/oauth/authorize", "https://git.camelot.bt/login/oauth/access_token", oauth2.AuthStyleInParams, "user:email"},
		{oauth.Discord{}, "discord", "https://discord.com/oauth2/authorize", "https://discord.com/api/oauth2/token", oauth2.AuthStyleInHeader, "identify email"},
		{oauth.Facebook{}, "facebook", "https://www.facebook.com/v24.0/dialog/oauth", "https://graph.facebook.com/v24.0/oauth/access_token", oauth2.AuthStyleInParams, "email public_profile"},
	}
	for _, test := range tests {
		c := test.provider.Client()
		if c.Name != test.name || c.Endpoint.AuthURL != test.auth || c.Endpoint.TokenURL != test.tok ||
			c.Endpoint.AuthStyle != test.style || strings.Join(c.Scopes, " ") != test.scopes {
			t.Errorf("got %+v, want %+v", c, test)
		}
	}
}
