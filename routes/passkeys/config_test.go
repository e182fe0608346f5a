package passkeys_test

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// bare is a store without the abilities that passkeys need.
type bare struct{ user.Store }

func newAuth(t *testing.T, store user.Store) *ginauth.Auth {
	t.Helper()
	auth, err := ginauth.New(ginauth.Config{Store: store, Secret: secret, Backends: allBackends[:1]})
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := passkeys.New(t.Context(), newAuth(t, bare{usertest.NewStore()}), passkeys.Config{
		Limit: -1, Fresh: -1, AsSecondFactor: true, UserVerificationAtRegistration: "sometimes", AppOrigins: []string{"ios:bundle-id:x"},
		Cookie: backends.Cookie{Name: "a b"},
	})
	for _, part := range []string{
		"Config.RPID is missing", "Config.Name is missing", "Config.Limit is -1", "Config.Fresh is negative", "Config.AsSecondFactor needs recovery codes",
		"Config.UserVerificationAtRegistration is", "Config.AppOrigins[0]", "is not a records.CredentialStore", "is not a records.PendingStore", "is not a records.UsedStore", "Config.Cookie: Name",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q in it", err, part)
		}
	}
	auth := newAuth(t, usertest.NewStore())
	auth.AuthRoutes(allBackends[0])
	defer func() {
		if cause, _ := recover().(string); !strings.Contains(cause, "must be added before AuthRoutes is called") {
			t.Errorf("got the panic %q, want one that names the order", cause)
		}
	}()
	_, _ = passkeys.New(t.Context(), auth, passkeys.Config{RPID: rpID, Name: "Camelot", Origins: []string{origin}})
}

// A relying party is refused if browsers refuse it or other sites could use it.
func TestRelyingParties(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, id string
		origins  []string
		related  []string
		wrong    string // in the error; empty for none
	}{
		{"a domain", "example.com", []string{"https://example.com"}, nil, ""},
		{"a sub-domain", "app.example.com", []string{"https://app.example.com:8443", "https://a.app.example.com"}, nil, ""},
		{"localhost", "localhost", []string{"http://localhost:8080", "http://a.localhost", "https://localhost"}, nil, ""},
		{"related", "example.com", []string{"https://example.com"}, []string{"https://example.co.uk", "https://www.example.de", "https://a.de", "https://b.de", "https://c.de", "https://d.de"}, ""},
		{"public suffix", "com", []string{"https://example.com"}, nil, "Config.RPID"},
		{"public suffix of two labels", "co.uk", []string{"https://example.co.uk"}, nil, "Config.RPID"},
		{"private suffix", "github.io", []string{"https://camelot.github.io"}, nil, "Config.RPID"},
		{"one label", "intranet", []string{"https://intranet"}, nil, "Config.RPID"},
		{"IPv4", "127.0.0.1", []string{"http://127.0.0.1:8080"}, nil, "Config.RPID"},
		{"IPv6", "[::1]", []string{"http://[::1]:8080"}, nil, "Config.RPID"},
		{"port", "example.com:443", []string{"https://example.com"}, nil, "Config.RPID"},
		{"scheme", "https://example.com", []string{"https://example.com"}, nil, "Config.RPID"},
		{"letter case", "Example.com", []string{"https://example.com"}, nil, "Config.RPID"},
		{"letters outside ASCII", "bücher.de", []string{"https://bücher.de"}, nil, "Config.RPID"},
		{"no origin", "example.com", nil, nil, "Config.Origins is missing"},
		{"foreign", "example.com", []string{"https://example.org"}, nil, "Config.Origins[0]"},
		{"the end of another name", "example.com", []string{"https://notexample.com"}, nil, "Config.Origins[0]"},
		{"above", "app.example.com", []string{"https://example.com"}, nil, "Config.Origins[0]"},
		{"plain http", "example.com", []string{"https://example.com", "http://example.com"}, nil, "Config.Origins[1]"},
		{"path", "example.com", []string{"https://example.com/"}, nil, "Config.Origins[0]"},
		{"user", "example.com", []string{"https://a@example.com"}, nil, "Config.Origins[0]"},
		{"default port", "example.com", []string{"https://example.com:443"}, nil, "Config.Origins[0]"},
		{"wildcard", "example.com", []string{"https://*.example.com"}, nil, "Config.Origins[0]"},
		{"http of localhost's address", "localhost", []string{"http://127.0.0.1:8080"}, nil, "Config.Origins[0]"},
		{"localhost elsewhere", "localhost", []string{"https://example.com"}, nil, "Config.Origins[0]"},
		{"related of the party", "example.com", []string{"https://example.com"}, []string{"https://a.example.com"}, "Config.RelatedOrigins[0]"},
		{"related without https", "example.com", []string{"https://example.com"}, []string{"http://a.localhost"}, "Config.RelatedOrigins[0]"},
		{"related to a suffix", "example.com", []string{"https://example.com"}, []string{"https://co.uk"}, "Config.RelatedOrigins[0]"},
		{
			"six domains", "example.com", []string{"https://example.com"},
			[]string{"https://a.de", "https://b.de", "https://c.de", "https://d.de", "https://e.de", "https://f.de"}, "Config.RelatedOrigins has 6",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := passkeys.New(t.Context(), newAuth(t, usertest.NewStore()), passkeys.Config{RPID: test.id, Name: "Camelot", Origins: test.origins, RelatedOrigins: test.related})
			if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("got %v, want an error with %q", err, test.wrong)
			}
		})
	}
}

func TestWellKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *ginauth.Config, p *passkeys.Config) { p.RelatedOrigins = []string{"https://avalon.bt"} })
	want(t, "related origins", w.client("jwt").call("GET", "/.well-known/webauthn", ""), 200, `{"origins":["https://avalon.bt"]}`)
	d := newDevice(t)
	d.rp.Origin = "https://avalon.bt"
	w.client("jwt").enter(arthur).add(d)
}

// Android applications have an origin of their own.
func TestAppOrigins(t *testing.T) {
	t.Parallel()
	app := "android:apk-key-hash:" + strings.Repeat("x", 43)
	w := newWorld(t, func(_ *ginauth.Config, p *passkeys.Config) { p.Origins, p.AppOrigins = nil, []string{app} })
	d := newDevice(t)
	d.rp.Origin = app
	c := w.client("jwt").enter(arthur)
	c.add(d)
	if got := w.client("jwt").passkey(d); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	d.rp.Origin = origin
	want(t, "a page, where none is configured", w.client("jwt").passkey(d), 400, badLogin)
}
