package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user"
)

const nonce = "the-nonce-of-the-flow"

// documented is a provider that answers as testdata says.
type documented struct {
	*httptest.Server
	t    *testing.T
	name string
	key  *ecdsa.PrivateKey
	// keyMembers are added to the published key.
	keyMembers string
}

func document(t *testing.T, name string) *documented {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &documented{t: t, name: name, key: key}
	d.Server = httptest.NewServer(http.HandlerFunc(d.serve))
	t.Cleanup(d.Close)
	return d
}

func (d *documented) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		_, _ = w.Write(d.read("discovery"))
	case r.URL.Path == "/keys":
		point, err := d.key.PublicKey.Bytes()
		if err != nil {
			d.t.Error(err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		_, _ = fmt.Fprintf(w, `{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":%q,"y":%q%s}]}`, encode(point[1:33]), encode(point[33:]),
			strings.ReplaceAll(d.keyMembers, "ORIGIN", d.URL))
	default:
		d.t.Errorf("asked for %s", r.URL)
	}
}

// read returns a document of testdata as this server would have it.
func (d *documented) read(kind string) []byte {
	text, err := os.ReadFile("testdata/" + d.name + "_" + kind + ".json")
	if err != nil {
		d.t.Fatal(err)
	}
	return []byte(strings.NewReplacer("ORIGIN", d.URL, "NONCE", nonce).Replace(string(text)))
}

// grant returns what the provider would answer now, after change.
func (d *documented) grant(change func(jwt.MapClaims)) oauth.Grant {
	d.t.Helper()
	claims := jwt.MapClaims{}
	if err := json.Unmarshal(d.read("claims"), &claims); err != nil {
		d.t.Fatal(err)
	}
	now := time.Now()
	claims["iat"], claims["exp"] = now.Unix(), now.Add(time.Hour).Unix()
	if change != nil {
		change(claims)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = "k"
	signed, err := token.SignedString(d.key)
	if err != nil {
		d.t.Fatal(err)
	}
	answer := (&oauth2.Token{AccessToken: "access"}).WithExtra(map[string]any{"id_token": signed})
	return oauth.Grant{Token: answer, Nonce: nonce, HTTP: d.Client(), Now: time.Now}
}

func config(issuer string) oidc.Config {
	return oidc.Config{ClientID: "camelot", ClientSecret: "excalibur", Issuer: issuer}
}

func TestDocumentedAnswers(t *testing.T) {
	t.Parallel()
	google := func(base string) *oidc.Provider { return oidc.Google(config(base)) }
	gitlab := func(base string) *oidc.Provider { return oidc.GitLab(config(base)) }
	microsoft := func(base string) *oidc.Provider { return oidc.Microsoft("common", config(base+"/common/v2.0")) }
	linkedin := func(base string) *oidc.Provider { return oidc.LinkedIn(config(base + "/oauth")) }
	const tenant, subject = "9122040d-6c67-4c5b-b112-36a304b66dad", "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"
	tests := []struct {
		name, documents string
		provider        func(base string) *oidc.Provider
		change          func(base string, c jwt.MapClaims)
		want            oauth.Account // none: refused
	}{
		{"google", "google", google, nil, oauth.Account{ID: "110169484474386276334", Email: "merlin@camelot.bt", EmailVerified: true}},
		{"google, not verified", "google", google, func(_ string, c jwt.MapClaims) { c["email_verified"] = false },
			oauth.Account{ID: "110169484474386276334", Email: "merlin@camelot.bt"}},
		{"google, another client's", "google", google, func(_ string, c jwt.MapClaims) { c["azp"] = "tintagel" }, oauth.Account{}},
		{"google, text flag", "google", google, func(_ string, c jwt.MapClaims) { c["email_verified"] = "true" }, oauth.Account{}},

		{"gitlab", "gitlab", gitlab, nil, oauth.Account{ID: "4242", Email: "merlin@camelot.bt", EmailVerified: true}},
		{"gitlab, no flag", "gitlab", gitlab, func(_ string, c jwt.MapClaims) { delete(c, "email_verified") },
			oauth.Account{ID: "4242", Email: "merlin@camelot.bt"}},

		{"microsoft never vouches", "microsoft", microsoft, nil, oauth.Account{ID: tenant + "/" + subject, Email: "merlin@camelot.bt"}},
		{"microsoft, another tenant", "microsoft", microsoft, func(base string, c jwt.MapClaims) {
			c["tid"], c["iss"] = "other", base+"/other/v2.0"
		}, oauth.Account{ID: "other/" + subject, Email: "merlin@camelot.bt"}},
		{"microsoft, tenant and issuer differ", "microsoft", microsoft, func(_ string, c jwt.MapClaims) { c["tid"] = "other" }, oauth.Account{}},
		{"microsoft, no tenant", "microsoft", microsoft, func(_ string, c jwt.MapClaims) { delete(c, "tid") }, oauth.Account{}},
		{"microsoft, nobody of a tenant", "microsoft", microsoft, func(_ string, c jwt.MapClaims) { delete(c, "sub") }, oauth.Account{}},
		{"microsoft, tenant that is a path", "microsoft", microsoft, func(base string, c jwt.MapClaims) {
			c["tid"], c["iss"] = "a/b", base+"/a/b/v2.0"
		}, oauth.Account{}},
		{"microsoft, the template itself", "microsoft", microsoft, func(base string, c jwt.MapClaims) {
			c["tid"], c["iss"] = "{tenantid}", base+"/{tenantid}/v2.0"
		}, oauth.Account{}},
		{"microsoft, issuer elsewhere", "microsoft", microsoft, func(_ string, c jwt.MapClaims) {
			c["iss"] = "https://mordred.example.com/" + tenant + "/v2.0"
		}, oauth.Account{}},

		{"linkedin's flag is a text", "linkedin", linkedin, nil, oauth.Account{ID: "782bbtaQ", Email: "merlin@camelot.bt"}},
		{"linkedin's flag is a boolean", "linkedin", linkedin, func(_ string, c jwt.MapClaims) { c["email_verified"] = true },
			oauth.Account{ID: "782bbtaQ", Email: "merlin@camelot.bt", EmailVerified: true}},
		{"linkedin with another nonce", "linkedin", linkedin, func(_ string, c jwt.MapClaims) { c["nonce"] = "other" }, oauth.Account{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := document(t, test.documents)
			got, err := test.provider(d.URL).Account(t.Context(), d.grant(func(c jwt.MapClaims) {
				if test.change != nil {
					test.change(d.URL, c)
				}
			}))
			got.Profile = user.OAuthProfile{} // TestProfile has it
			if !reflect.DeepEqual(got, test.want) || (err == nil) != (test.want.ID != "") {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

// A work account without the claim "email" has none: the userPrincipalName is no address.
func TestMicrosoftWithoutEmail(t *testing.T) {
	t.Parallel()
	d := document(t, "microsoft")
	d.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oidc/userinfo" {
			_, _ = w.Write([]byte(`{"sub":"AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ","name":"Merlin"}`))
			return
		}
		d.serve(w, r)
	})
	got, err := oidc.Microsoft("common", config(d.URL+"/common/v2.0")).Account(t.Context(),
		d.grant(func(c jwt.MapClaims) { delete(c, "email") }))
	if err != nil || got.Email != "" || !strings.HasSuffix(got.ID, "/AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ") {
		t.Errorf("got %+v, %v; want no address", got, err)
	}
}

func TestDiscoverAuthStyle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		documents string
		provider  func(base string) *oidc.Provider
		want      oauth2.AuthStyle
	}{
		{"google", func(base string) *oidc.Provider { return oidc.Google(config(base)) }, oauth2.AuthStyleInHeader},
		{"linkedin", func(base string) *oidc.Provider { return oidc.LinkedIn(config(base + "/oauth")) }, oauth2.AuthStyleInParams},
		{"linkedin", func(base string) *oidc.Provider { return oidc.New(config(base + "/oauth")) }, oauth2.AuthStyleInHeader},
	}
	for _, test := range tests {
		d := document(t, test.documents)
		got, err := test.provider(d.URL).Discover(t.Context(), d.Client())
		if err != nil || got.Endpoint.AuthStyle != test.want || !strings.HasPrefix(got.Endpoint.TokenURL, d.URL) {
			t.Errorf("%s: got %+v, %v; want style %v", test.documents, got, err, test.want)
		}
	}
}

// Whose users an application lets in is decided by these.
func TestIssuers(t *testing.T) {
	t.Parallel()
	plain := oidc.Config{ClientID: "camelot"}
	tests := []struct {
		provider     *oidc.Provider
		name, issuer string
		omits        bool
	}{
		{oidc.Google(plain), "google", "https://accounts.google.com", false},
		{oidc.GitLab(plain), "gitlab", "https://gitlab.com", false},
		{oidc.LinkedIn(plain), "linkedin", "https://www.linkedin.com/oauth", true},
		{oidc.Microsoft("common", plain), "microsoft", "", false},
		{oidc.New(oidc.Config{Name: "round-table", Issuer: "https://id.camelot.bt"}), "round-table", "https://id.camelot.bt", false},
	}
	for _, test := range tests {
		c := test.provider.Client()
		if c.Name != test.name || c.Issuer != test.issuer || c.InsecureOmitVerifier != test.omits || strings.Join(c.Scopes, " ") != "openid email" {
			t.Errorf("got %+v, want %s, %s", c, test.name, test.issuer)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("New without issuer: got no panic")
		}
	}()
	oidc.New(plain)
}
