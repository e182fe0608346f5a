package oidc

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
)

// client goes through flows at a provider by itself.
type client struct {
	t        *testing.T
	idp      *hostile.Provider
	provider *Provider
	now      time.Time
}

func newClient(t *testing.T) *client {
	t.Helper()
	c := &client{t: t, now: time.Now().Truncate(time.Second)}
	clock := func() time.Time { return c.now }
	c.idp = hostile.New(t, "https://www.camelot.bt/callback", clock)
	c.provider = New(Config{Name: "idp", Issuer: c.idp.URL, ClientID: hostile.ClientID, ClientSecret: hostile.ClientSecret})
	c.provider.metadata.now, c.provider.keys.now = clock, clock
	return c
}

// signIn redeems a code that the provider has given for a nonce.
func (c *client) signIn() (oauth.Account, error) {
	c.t.Helper()
	discovery, err := c.provider.Discover(c.t.Context(), http.DefaultClient)
	if err != nil {
		return oauth.Account{}, err
	}
	config := oauth2.Config{
		ClientID: hostile.ClientID, ClientSecret: hostile.ClientSecret,
		Endpoint: discovery.Endpoint, RedirectURL: "https://www.camelot.bt/callback",
	}
	verifier := oauth2.GenerateVerifier()
	authorize := config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("nonce", "n"))
	back := c.idp.SignIn(authorize, hostile.Person{Subject: "1", Email: "merlin@camelot.bt"})
	token, err := config.Exchange(c.t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		c.t.Fatal(err)
	}
	return c.provider.Account(c.t.Context(), oauth.Grant{
		Token: token, Nonce: "n", HTTP: http.DefaultClient, Now: func() time.Time { return c.now },
	})
}

func (c *client) check(what string, good bool, documents, keys int) {
	c.t.Helper()
	account, err := c.signIn()
	if (err == nil) != good || good && account.ID != "1" {
		c.t.Errorf("%s: got %+v, %v; good: want %v", what, account, err, good)
	}
	if d, k := c.idp.Asked(hostile.AtDiscovery), c.idp.Asked(hostile.AtKeys); d != documents || k != keys {
		c.t.Errorf("%s: asked %d times for the document and %d for the keys, want %d and %d", what, d, k, documents, keys)
	}
}

// New keys are found at once, but a provider is not asked for them by everybody who
// brings a strange one; and what is published outlives an outage.
func TestKeys(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	c.check("first", true, 1, 1)
	c.check("kept", true, 1, 1)
	c.idp.NewKey("key-2")
	c.check("new key, within a minute of the last fetch", false, 1, 1)
	c.now = c.now.Add(time.Minute)
	c.check("new key", true, 1, 2)
	c.now = c.now.Add(time.Hour)
	c.check("after an hour", true, 2, 3)
	c.idp.Commit(hostile.At(hostile.AtKeys, hostile.Status))
	c.now = c.now.Add(time.Hour)
	c.check("keys cannot be fetched", true, 3, 4)
	c.idp.NewKey("key-3")
	c.now = c.now.Add(time.Minute)
	c.check("and there is a new one", false, 3, 5)
	c.idp.Commit("")
	c.now = c.now.Add(time.Minute)
	c.check("up again", true, 3, 6)
	c.idp.Commit(hostile.At(hostile.AtDiscovery, hostile.Status))
	c.now = c.now.Add(time.Hour)
	c.check("the document cannot be fetched", true, 4, 7)
}

// A key under an old name, and one that was withdrawn, are no keys.
func TestKeysReplaced(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	c.check("first", true, 1, 1)
	c.idp.NewKey("key-1")
	c.now = c.now.Add(time.Minute)
	c.check("another key of the same name", true, 1, 2)
}

func TestDiscoveryRefuses(t *testing.T) {
	t.Parallel()
	provider := New(Config{Name: "idp", Issuer: "https://id.camelot.bt"})
	const issuer = "https://id.camelot.bt"
	good := metadata{Issuer: issuer, AuthURL: issuer + "/authorize", TokenURL: issuer + "/token", KeysURL: issuer + "/keys"}
	tests := []struct {
		name   string
		change func(*metadata)
		ok     bool
	}{
		{"good", func(*metadata) {}, true},
		{"good userinfo", func(m *metadata) { m.UserInfoURL = "https://api.camelot.bt/me" }, true},
		{"another issuer", func(m *metadata) { m.Issuer = "https://mordred.example.com" }, false},
		{"issuer with a slash more", func(m *metadata) { m.Issuer += "/" }, false},
		{"no keys", func(m *metadata) { m.KeysURL = "" }, false},
		{"no authorization endpoint", func(m *metadata) { m.AuthURL = "" }, false},
		{"authorization in clear", func(m *metadata) { m.AuthURL = "http://id.camelot.bt/authorize" }, false},
		{"no token endpoint", func(m *metadata) { m.TokenURL = "" }, false},
		{"token endpoint in clear", func(m *metadata) { m.TokenURL = "http://id.camelot.bt/token" }, false},
		{"keys in clear", func(m *metadata) { m.KeysURL = "http://id.camelot.bt/keys" }, false},
		{"userinfo in clear", func(m *metadata) { m.UserInfoURL = "http://id.camelot.bt/me" }, false},
		{"keys in a file", func(m *metadata) { m.KeysURL = (&url.URL{Scheme: "file", Path: "/etc/passwd"}).String() }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := good
			test.change(&m)
			if err := provider.check(m); (err == nil) != test.ok {
				t.Errorf("got %v, want ok %v", err, test.ok)
			}
		})
	}
}
