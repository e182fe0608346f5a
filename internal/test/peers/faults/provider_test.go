package faults

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes/oauth"
)

// avalon is an OAuth provider, and the network to it. Its codes are accounts: the
// ID, the address and "verified", with commas between.
type avalon struct{}

func (avalon) Client() oauth.Client {
	return oauth.Client{Name: "avalon", ID: "camelot", Endpoint: oauth2.Endpoint{
		AuthURL: "https://avalon.bt/authorize", TokenURL: "https://avalon.bt/token",
	}}
}

// RoundTrip answers the request that redeems a code.
func (avalon) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"access_token": r.PostForm.Get("code"), "token_type": "bearer"})
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(body))), Request: r,
	}, err
}

func (avalon) Account(_ context.Context, grant oauth.Grant) (oauth.Account, error) {
	parts := strings.Split(grant.Token.AccessToken, ",")
	if len(parts) < 2 {
		return oauth.Account{}, errors.New("no such code")
	}
	return oauth.Account{ID: parts[0], Email: parts[1], EmailVerified: len(parts) > 2}, nil
}

// authorize begins a flow of a group and returns the path of its callback with a
// code, and the client that may send it.
func (c client) authorize(group, code string) (_ client, path string) {
	c.w.t.Helper()
	a := c.send(context.Background(), "GET", group+"/authorize", "")
	var shown struct {
		URL string `json:"authorization_url"`
	}
	if err := json.Unmarshal([]byte(a.body), &shown); err != nil || a.status != http.StatusOK {
		c.w.t.Fatalf("authorize: got %d %s", a.status, a.body)
	}
	to, err := url.Parse(shown.URL)
	if err != nil {
		c.w.t.Fatal(err)
	}
	c.cookie, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
	query := url.Values{"state": {to.Query().Get("state")}, "code": {code}}
	return c, group + "/callback?" + query.Encode()
}
