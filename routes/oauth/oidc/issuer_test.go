package oidc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/routes/oauth/oidc"
)

// All constructors check the issuer, and in the same way.
func TestIssuerIsChecked(t *testing.T) {
	t.Parallel()
	constructors := map[string]func(oidc.Config) *oidc.Provider{
		"New": oidc.New, "Google": oidc.Google, "GitLab": oidc.GitLab, "LinkedIn": oidc.LinkedIn,
		"Microsoft": func(c oidc.Config) *oidc.Provider { return oidc.Microsoft("common", c) },
	}
	tests := []struct {
		issuer   string
		insecure bool
		want     string // none: taken
	}{
		{"https://id.camelot.bt/tenant/v2.0", false, ""},
		{"http://localhost:8080", false, ""},
		{"http://id.camelot.bt", true, ""},
		{"http://id.camelot.bt", false, "plain HTTP"},
		{"http://id.camelot.bt/{tenantid}/v2.0", false, "plain HTTP"},
		{"id.camelot.bt", false, "not an absolute"},
		{"ftp://id.camelot.bt", true, "not an absolute"},
	}
	for name, construct := range constructors {
		for _, test := range tests {
			t.Run(name+" "+test.issuer, func(t *testing.T) {
				t.Parallel()
				defer func() {
					text, _ := recover().(string)
					if (text == "") != (test.want == "") || !strings.Contains(text, test.want) {
						t.Errorf("got panic %q, want %q in it", text, test.want)
					}
				}()
				construct(oidc.Config{Name: "idp", ClientID: "camelot", Issuer: test.issuer, InsecureHTTP: test.insecure})
			})
		}
	}
}

// A key that Microsoft publishes for one issuer signs no ID token of another.
func TestKeysOfAnotherIssuer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, members string
		good          bool
	}{
		{"does not say", "", true},
		{"this tenant", `,"issuer":"ORIGIN/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0"`, true},
		{"every tenant", `,"issuer":"ORIGIN/{tenantid}/v2.0"`, true},
		{"another tenant", `,"issuer":"ORIGIN/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"`, false},
		{"elsewhere", `,"issuer":"https://mordred.example.com/{tenantid}/v2.0"`, false},
		{"in another spelling, which says nothing", `,"Issuer":"https://mordred.example.com/{tenantid}/v2.0"`, true},
		{"no text", `,"issuer":1`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := document(t, "microsoft")
			d.keyMembers = test.members
			got, err := oidc.Microsoft("common", config(d.URL+"/common/v2.0")).Account(t.Context(), d.grant(nil))
			if (err == nil) != test.good || (got.ID != "") != test.good {
				t.Errorf("got %+v, %v; good: want %v", got, err, test.good)
			}
		})
	}
	// Others may have a member of that name for their own purposes.
	d := document(t, "google")
	d.keyMembers = `,"issuer":"CN=Camelot"`
	if _, err := oidc.Google(config(d.URL)).Account(t.Context(), d.grant(nil)); err != nil {
		t.Errorf("google: got %v", err)
	}
}

// What the provider says of the person comes as it is, and decides nothing.
func TestProfile(t *testing.T) {
	t.Parallel()
	d := document(t, "google")
	got, err := oidc.Google(config(d.URL)).Account(t.Context(), d.grant(func(c jwt.MapClaims) {
		c["locale"], c["hd"] = 7, "camelot.bt"
	}))
	text := fmt.Sprintf("%s|%s|%s", got.Profile.Name, got.Profile.Picture, got.Profile.Locale)
	if err != nil || text != "Merlin Ambrosius|https://lh3.example.com/a/merlin=s96-c|" {
		t.Errorf("got %q, %v", text, err)
	}
	for _, want := range []string{`"hd":"camelot.bt"`, `"locale":7`, `"sub":"110169484474386276334"`} {
		if !strings.Contains(string(got.Profile.Claims), want) {
			t.Errorf("claims: got %s, want %s in it", got.Profile.Claims, want)
		}
	}
}
