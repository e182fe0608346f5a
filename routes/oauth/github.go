package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/internal/strictjson"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// GitHub is the provider "github". As e-mail it takes the account's primary address,
// and only if GitHub's list calls that verified; otherwise there is none. A GitHub App
// needs the account permission "Email addresses" (read-only) to see the list; without
// it there is no address either.
type GitHub struct {
	// ClientID and ClientSecret are those of the OAuth app at GitHub. Required.
	ClientID     string
	ClientSecret secrets.Secret
	// AllowedScopes may be requested in addition to "user:email". Defaults to none.
	AllowedScopes []string
	// BaseURL is a GitHub Enterprise Server, such as "https://github.example.com".
	// Defaults to github.com.
	BaseURL string
}

var _ Provider = GitHub{}

// Client implements [Provider].
func (p GitHub) Client() Client {
	base := "https://github.com"
	if p.BaseURL != "" {
		base = strings.TrimSuffix(p.BaseURL, "/")
	}
	return Client{
		Name:   "github",
		ID:     p.ClientID,
		Secret: p.ClientSecret,
		Endpoint: oauth2.Endpoint{
			AuthURL:   base + "/login/oauth/authorize",
			TokenURL:  base + "/login/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
		Scopes:        []string{"user:email"},
		AllowedScopes: p.AllowedScopes,
	}
}

func (p GitHub) api(path string) string {
	if p.BaseURL == "" {
		return "https://api.github.com" + path
	}
	return strings.TrimSuffix(p.BaseURL, "/") + "/api/v3" + path
}

// Account implements [Provider].
func (p GitHub) Account(ctx context.Context, grant Grant) (Account, error) {
	var me struct {
		ID      int64           `json:"id"`
		Name    json.RawMessage `json:"name"`
		Picture json.RawMessage `json:"avatar_url"`
	}
	told, err := grant.told(ctx, p.api("/user"), &me)
	if err != nil {
		return Account{}, err
	}
	if me.ID == 0 {
		return Account{}, errors.New("oauth: github named no account")
	}
	var addresses []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	account := Account{
		ID:      strconv.FormatInt(me.ID, 10),
		Profile: user.OAuthProfile{Name: strictjson.Text(me.Name), Picture: strictjson.Text(me.Picture), Claims: told},
	}
	err = grant.JSON(ctx, p.api("/user/emails?per_page=100"), &addresses)
	if answered, ok := errors.AsType[*StatusError](err); ok && (answered.Status == http.StatusForbidden || answered.Status == http.StatusNotFound) {
		return account, nil // a GitHub App without the permission to list addresses
	}
	if err != nil {
		return Account{}, err
	}
	for _, a := range addresses {
		if a.Primary && a.Verified {
			account.Email, account.EmailVerified = a.Email, true
		}
	}
	return account, nil
}
