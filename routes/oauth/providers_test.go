package oauth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
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
	const facebookMe = "/v24.0/me?appsecret_proof=08225bc8c803a84b29b11c0e0711a5d75c42f2f6f9798a3facc52a0c50b42cbb&fields=id%2Cemail%2Cname%2Cpicture"
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
		}, oauth.Account{ID: "1094", Email: "merlin@camelot.bt", EmailVerified: true, Profile: user.OAuthProfile{
			Name: "Merlin Ambrosius", Picture: "https://avatars.example.com/u/1094?v=4",
		}}},
		{"github, primary address not verified", github, map[string]string{
			"/api/v3/user": "github_user.json", "/api/v3/user/emails?per_page=100": "github_emails_unverified.json",
		}, oauth.Account{ID: "1094", Profile: user.OAuthProfile{
			Name: "Merlin Ambrosius", Picture: "https://avatars.example.com/u/1094?v=4",
		}}},
		{"discord", discord, map[string]string{"/api/v10/users/@me": "discord_user.json"},
			oauth.Account{ID: "80351110224678912", Email: "merlin@camelot.bt", EmailVerified: true, Profile: user.OAuthProfile{
				Name: "Merlin", Locale: "en-GB",
				Picture: "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png",
			}}},
		{"discord, not verified", discord, map[string]string{"/api/v10/users/@me": "discord_user_unverified.json"},
			oauth.Account{ID: "80351110224678912", Email: "merlin@camelot.bt"}},
		{"discord, no address", discord, map[string]string{"/api/v10/users/@me": "discord_user_without_email.json"},
			oauth.Account{ID: "80351110224678912"}},
		{"facebook", facebook, map[string]string{facebookMe: "facebook_me.json"},
			oauth.Account{ID: "10157000000000001", Email: "merlin@camelot.bt", Profile: user.OAuthProfile{
				Name: "Merlin Ambrosius", Picture: "https://pictures.example.com/1",
			}}},
		{"facebook, no address", facebook, map[string]string{facebookMe: "facebook_me_without_email.json"},
			oauth.Account{ID: "10157000000000001"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := answers(t, test.files)
			grant := oauth.Grant{Token: &oauth2.Token{AccessToken: "the-token", TokenType: "odd"}, HTTP: server.Client()}
			got, err := test.provider(server.URL+"/").Account(t.Context(), grant)
			if !json.Valid(got.Profile.Claims) || !strings.Contains(string(got.Profile.Claims), test.want.ID) {
				t.Errorf("claims: got %s, want the answer", got.Profile.Claims)
			}
			if got.Profile.Claims = nil; err != nil || !reflect.DeepEqual(got, test.want) {
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
		if err == nil || account.ID != "" || strings.Contains(err.Error(), "Session") {
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

// A GitHub App may lack the permission to list addresses: then there is none. Any
// other refusal, and one by another endpoint, is a failure.
func TestGitHubRefusesTheAddresses(t *testing.T) {
	t.Parallel()
	const list, me = "/api/v3/user/emails", "/api/v3/user"
	tests := []struct {
		path   string
		status int
		good   bool
	}{
		{list, http.StatusForbidden, true}, {list, http.StatusNotFound, true},
		{list, http.StatusUnauthorized, false}, {list, http.StatusTooManyRequests, false}, {list, http.StatusBadGateway, false},
		{me, http.StatusForbidden, false}, {me, http.StatusNotFound, false},
	}
	for _, test := range tests {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == test.path {
				w.WriteHeader(test.status)
			}
			_, _ = w.Write([]byte(`{"id":1094,"message":"Resource not accessible by integration"}`))
		}))
		t.Cleanup(server.Close)
		grant := oauth.Grant{Token: &oauth2.Token{AccessToken: "the-token"}, HTTP: server.Client()}
		got, err := oauth.GitHub{ClientID: "1", BaseURL: server.URL}.Account(t.Context(), grant)
		if (err == nil) != test.good || got.Email != "" || test.good && got.ID != "1094" {
			t.Errorf("%s answers %d: got %+v, %v; good: want %v", test.path, test.status, got, err, test.good)
		}
		answered, ok := errors.AsType[*oauth.StatusError](err)
		if !test.good && (!ok || answered.Status != test.status) {
			t.Errorf("%s answers %d: got %v, want it in the error", test.path, test.status, err)
		}
	}
}
