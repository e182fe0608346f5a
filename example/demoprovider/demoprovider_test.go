package demoprovider_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/example/demoprovider"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	yes, no := true, false
	tests := []struct {
		name string
		form url.Values
		want told
	}{
		{"verified address", url.Values{"email": {"Arthur@camelot.bt"}, "email_verified": {"on"}, "sub": {"1094"}}, told{"1094", "Arthur@camelot.bt", &yes}},
		{"address not verified", url.Values{"email": {"arthur@camelot.bt"}, "sub": {"1094"}}, told{"1094", "arthur@camelot.bt", &no}},
		{"subject with a colon", url.Values{"email": {"arthur@camelot.bt"}, "sub": {"bt:1094"}}, told{"bt:1094", "arthur@camelot.bt", &no}},
		{"no address", url.Values{"email_verified": {"on"}, "sub": {"1094"}}, told{"1094", "", nil}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			verifier := oauth2.GenerateVerifier()
			back := w.signIn(w.client.AuthCodeURL("a state", oidc.Nonce("a nonce"), oauth2.S256ChallengeOption(verifier)), test.form)
			if got := back.Get("state"); got != "a state" {
				t.Errorf("state: got %q, want %q", got, "a state")
			}
			token, err := w.client.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatalf("redeem the code: got error %v, want none", err)
			}
			same(t, "ID token", w.verify(token, "a nonce"), test.want)
			same(t, "userinfo", w.userinfo(t.Context(), token), test.want)
		})
	}
}

func same(t *testing.T, where string, got, want told) {
	t.Helper()
	if got.Subject != want.Subject || got.Email != want.Email {
		t.Errorf("%s: got %q %q, want %q %q", where, got.Subject, got.Email, want.Subject, want.Email)
	}
	switch {
	case want.EmailVerified == nil && got.EmailVerified != nil:
		t.Errorf("%s: got email_verified %v, want none", where, *got.EmailVerified)
	case want.EmailVerified != nil && got.EmailVerified == nil:
		t.Errorf("%s: got no email_verified, want %v", where, *want.EmailVerified)
	case want.EmailVerified != nil && *got.EmailVerified != *want.EmailVerified:
		t.Errorf("%s: got email_verified %v, want %v", where, *got.EmailVerified, *want.EmailVerified)
	}
}

func TestSubjectIsDerivedFromTheAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	subject := func(email string) string {
		back := w.signIn(w.client.AuthCodeURL("s"), url.Values{"email": {email}})
		token, err := w.client.Exchange(t.Context(), back.Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		return w.verify(token, "").Subject
	}
	const want = "7b3bbb7eb24827cdfd99" // the same in every process, for ever
	for _, email := range []string{"king.arthur@camelot.bt", "King.Arthur@camelot.bt"} {
		if got := subject(email); got != want {
			t.Errorf("subject of %s: got %s, want %s", email, got, want)
		}
	}
	if got := subject("merlin@camelot.bt"); got == want {
		t.Errorf("subject of another address: got %s too, want another", got)
	}
}

func TestCodeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	verifier := oauth2.GenerateVerifier()
	good := *w.client
	wrongSecret := good
	wrongSecret.ClientSecret = "another"
	elsewhere := good
	elsewhere.RedirectURL = "https://app.example/elsewhere"
	tests := []struct {
		name     string
		client   oauth2.Config
		verifier string
	}{
		{"wrong verifier", good, oauth2.GenerateVerifier()},
		{"no verifier", good, ""},
		{"wrong secret", wrongSecret, verifier},
		{"other redirect URL", elsewhere, verifier},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code := w.signIn(w.client.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), url.Values{"email": {"a@b.example"}}).Get("code")
			redeem := func(client oauth2.Config, verifier string) error {
				var options []oauth2.AuthCodeOption
				if verifier != "" {
					options = append(options, oauth2.VerifierOption(verifier))
				}
				_, err := client.Exchange(t.Context(), code, options...)
				return err
			}
			if err := redeem(test.client, test.verifier); err == nil {
				t.Error("redeem the code: got a token, want an error")
			}
			if err := redeem(good, verifier); err == nil {
				t.Error("redeem it again, properly: got a token, want an error: a code is good once")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, page := w.open(w.client.AuthCodeURL("a state"))
	cancel := w.attribute(linkTag, page)
	back := w.back(w.open(cancel))
	if got := back.Get("error"); got != "access_denied" {
		t.Errorf("error: got %q, want access_denied", got)
	}
	if got := back.Get("state"); got != "a state" {
		t.Errorf("state: got %q, want %q", got, "a state")
	}
	if back.Has("code") {
		t.Error("code: got one, want none")
	}
	if response, _ := w.open(cancel); response.StatusCode != http.StatusBadRequest {
		t.Errorf("cancel again: got %d, want 400", response.StatusCode)
	}
}

func TestRequestIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := *w.client
	stranger.ClientID = "stranger"
	elsewhere := *w.client
	elsewhere.RedirectURL = "https://evil.example/callback"
	for name, client := range map[string]oauth2.Config{"other client": stranger, "other redirect URL": elsewhere} {
		// No redirect: browsers are not sent to an address that is not the client's.
		if response, page := w.open(client.AuthCodeURL("s")); response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400: %s", name, response.StatusCode, page)
		}
	}
	silent := w.back(w.open(w.client.AuthCodeURL("s", oauth2.SetAuthURLParam("prompt", "none"))))
	if got := silent.Get("error"); got != "login_required" {
		t.Errorf("prompt none: got error %q, want login_required", got)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	response, page := w.open(w.client.AuthCodeURL("s", oauth2.SetAuthURLParam("login_hint", `"><script>@camelot.bt`)))
	for header, want := range map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://app.example",
		"Cache-Control":           "no-store",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
	} {
		if got := response.Header.Get(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
	for _, want := range []string{
		`<link rel="stylesheet" href="/demo-provider/style.css">`, `name="email"`, `name="email_verified" type="checkbox"`, `name="sub"`,
		`value="&#34;&gt;&lt;script&gt;@camelot.bt"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page: got no %s in it:\n%s", want, page)
		}
	}
	if strings.Contains(page, "checked") {
		t.Error("page: got a box that is checked, want none")
	}
}

func TestFormIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, page := w.open(w.client.AuthCodeURL("s"))
	action := w.attribute(formTag, page)
	tests := []struct {
		name string
		form url.Values
		says string
	}{
		{"nothing", url.Values{"email": {" "}}, "Enter an e-mail address"},
		{"too long", url.Values{"email": {strings.Repeat("a", 256)}}, "too long"},
		{"invisible", url.Values{"sub": {"a\x00b"}}, "nobody can see"},
	}
	for _, test := range tests {
		response, page := w.post(action, test.form)
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(page, test.says) {
			t.Errorf("%s: got %d, want 400 and %q:\n%s", test.name, response.StatusCode, test.says, page)
		}
		if got := w.attribute(formTag, page); got != action {
			t.Errorf("%s: form afterwards: got %s, want %s", test.name, got, action)
		}
	}
	if back := w.back(w.post(action, url.Values{"email": {"a@b.example"}})); back.Get("code") == "" {
		t.Error("the form at last: got no code")
	}
	if response, page := w.post(action, url.Values{"email": {"a@b.example"}}); response.StatusCode != http.StatusBadRequest || strings.Contains(page, "<form") {
		t.Errorf("the form again: got %d, want 400 and no form:\n%s", response.StatusCode, page)
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	provider, err := demoprovider.New(demoprovider.Config{
		Issuer:       "https://nowhere.invalid/demo-provider",
		ClientID:     "app",
		ClientSecret: secret,
		RedirectURLs: []string{callback},
	})
	if err != nil {
		t.Fatal(err)
	}
	var elsewhere []string
	client := &http.Client{Transport: provider.Transport(roundTripper(func(r *http.Request) (*http.Response, error) {
		elsewhere = append(elsewhere, r.URL.String())
		return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody, Request: r}, nil
	}))}
	found, err := oidc.NewProvider(oidc.ClientContext(context.Background(), client), "https://nowhere.invalid/demo-provider")
	if err != nil {
		t.Fatalf("discovery without the network: got error %v, want none", err)
	}
	if got, want := found.Endpoint().TokenURL, "https://nowhere.invalid/demo-provider/oauth/token"; got != want {
		t.Errorf("token endpoint: got %s, want %s", got, want)
	}
	for _, address := range []string{"https://nowhere.invalid/demo-provider-2", "https://elsewhere.invalid/demo-provider/keys"} {
		response, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusTeapot {
			t.Errorf("%s: got %d, want it to be sent elsewhere", address, response.StatusCode)
		}
	}
	if len(elsewhere) != 2 {
		t.Errorf("sent elsewhere: got %v, want two requests", elsewhere)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := demoprovider.New(demoprovider.Config{Issuer: "http://localhost/", RedirectURLs: []string{"/callback"}})
	if err == nil {
		t.Fatal("got no error, want one")
	}
	for _, want := range []string{"Config.Issuer", "Config.ClientID", "Config.ClientSecret", "Config.RedirectURLs[0]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want %s in it", err, want)
		}
	}
}
