package demoprovider_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/example/demoprovider"
)

const (
	callback = "https://app.example/callback"
	secret   = "correct horse battery staple"
)

// world is a provider on the network and a client of it that shares no code with it.
type world struct {
	t        *testing.T
	issuer   string
	provider *demoprovider.Provider
	browser  *http.Client // follows redirects until the client's callback
	client   *oauth2.Config
	found    *oidc.Provider
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	w := &world{t: t, issuer: "http://" + server.Listener.Addr().String() + "/demo-provider"}
	var err error
	w.provider, err = demoprovider.New(demoprovider.Config{
		Issuer:       w.issuer,
		ClientID:     "app",
		ClientSecret: secret,
		RedirectURLs: []string{callback},
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = w.provider
	server.Start()
	t.Cleanup(server.Close)
	w.browser = &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "app.example" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	if w.found, err = oidc.NewProvider(t.Context(), w.issuer); err != nil {
		t.Fatalf("discovery: got error %v, want none", err)
	}
	w.client = &oauth2.Config{
		ClientID:     "app",
		ClientSecret: secret,
		RedirectURL:  callback,
		Endpoint:     w.found.Endpoint(),
		Scopes:       []string{oidc.ScopeOpenID, "email"},
	}
	return w
}

// open opens a URL and returns the answer and its body.
func (w *world) open(address string) (*http.Response, string) {
	w.t.Helper()
	return w.answer(w.browser.Get(address))
}

// post sends the page's form.
func (w *world) post(address string, form url.Values) (*http.Response, string) {
	w.t.Helper()
	return w.answer(w.browser.PostForm(address, form))
}

func (w *world) answer(response *http.Response, err error) (*http.Response, string) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response, string(body)
}

var (
	formTag = regexp.MustCompile(`<form method="post" action="([^"]+)">`)
	linkTag = regexp.MustCompile(`<a href="([^"]+)">Cancel</a>`)
)

// attribute returns the address that pattern finds on a page, absolute.
func (w *world) attribute(pattern *regexp.Regexp, page string) string {
	w.t.Helper()
	found := pattern.FindAllStringSubmatch(page, -1)
	if len(found) != 1 {
		w.t.Fatalf("page: got %d of %s, want 1:\n%s", len(found), pattern, page)
	}
	return strings.TrimSuffix(w.issuer, "/demo-provider") + strings.ReplaceAll(found[0][1], "&amp;", "&")
}

// signIn goes from the authorization URL over the page to the callback.
func (w *world) signIn(authorizationURL string, form url.Values) url.Values {
	w.t.Helper()
	response, page := w.open(authorizationURL)
	if response.StatusCode != http.StatusOK {
		w.t.Fatalf("sign-in page: got %d, want 200: %s", response.StatusCode, page)
	}
	response, page = w.post(w.attribute(formTag, page), form)
	return w.back(response, page)
}

// back returns what the browser is sent back to the client with.
func (w *world) back(response *http.Response, page string) url.Values {
	w.t.Helper()
	if response.StatusCode != http.StatusSeeOther && response.StatusCode != http.StatusFound {
		w.t.Fatalf("back to the client: got %d, want a redirect: %s", response.StatusCode, page)
	}
	target, err := response.Location()
	if err != nil {
		w.t.Fatal(err)
	}
	if got := target.Scheme + "://" + target.Host + target.Path; got != callback {
		w.t.Fatalf("back to the client: got %s, want %s", got, callback)
	}
	return target.Query()
}

// told are the claims about an account.
type told struct {
	Subject       string `json:"sub"`
	Email         string `json:"email"`
	EmailVerified *bool  `json:"email_verified"`
}

// verify checks the ID token as any client would, and returns its claims.
func (w *world) verify(token *oauth2.Token, nonce string) told {
	w.t.Helper()
	raw, _ := token.Extra("id_token").(string)
	verified, err := w.found.Verifier(&oidc.Config{ClientID: "app"}).Verify(w.t.Context(), raw)
	if err != nil {
		w.t.Fatalf("ID token: got error %v, want none", err)
	}
	if verified.Nonce != nonce {
		w.t.Errorf("nonce: got %q, want %q", verified.Nonce, nonce)
	}
	if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
		w.t.Errorf("at_hash: got error %v, want none", err)
	}
	var t told
	if err := verified.Claims(&t); err != nil {
		w.t.Fatal(err)
	}
	return t
}

func (w *world) userinfo(ctx context.Context, token *oauth2.Token) told {
	w.t.Helper()
	info, err := w.found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		w.t.Fatalf("userinfo: got error %v, want none", err)
	}
	var t told
	if err := info.Claims(&t); err != nil {
		w.t.Fatal(err)
	}
	return t
}
