package oauth

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/internal/strictjson"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// Discord is the provider "discord". An e-mail is verified if the account's flag
// "verified" says so.
type Discord struct {
	// ClientID and ClientSecret are those of the application at Discord. Required.
	ClientID     string
	ClientSecret secrets.Secret
	// AllowedScopes may be requested in addition to "identify" and "email". Defaults to
	// none.
	AllowedScopes []string
	// BaseURL takes the place of "https://discord.com", for tests.
	BaseURL string
}

var _ Provider = Discord{}

// Client implements [Provider].
func (p Discord) Client() Client {
	return Client{
		Name:   "discord",
		ID:     p.ClientID,
		Secret: p.ClientSecret,
		Endpoint: oauth2.Endpoint{
			AuthURL:   p.url("/oauth2/authorize"),
			TokenURL:  p.url("/api/oauth2/token"),
			AuthStyle: oauth2.AuthStyleInHeader,
		},
		Scopes:        []string{"identify", "email"},
		AllowedScopes: p.AllowedScopes,
	}
}

func (p Discord) url(path string) string {
	if p.BaseURL == "" {
		return "https://discord.com" + path
	}
	return strings.TrimSuffix(p.BaseURL, "/") + path
}

// Account implements [Provider].
func (p Discord) Account(ctx context.Context, grant Grant) (Account, error) {
	var me struct {
		ID       string `json:"id"`
		Email    string `json:"email"` // null where the account has none
		Verified bool   `json:"verified"`

		Name   json.RawMessage `json:"global_name"`
		Avatar json.RawMessage `json:"avatar"`
		Locale json.RawMessage `json:"locale"`
	}
	told, err := grant.told(ctx, p.url("/api/v10/users/@me"), &me)
	if err != nil {
		return Account{}, err
	}
	profile := user.OAuthProfile{Name: strictjson.Text(me.Name), Locale: strictjson.Text(me.Locale), Claims: told}
	if avatar := strictjson.Text(me.Avatar); avatar != "" {
		profile.Picture = "https://cdn.discordapp.com/avatars/" + url.PathEscape(me.ID) + "/" + url.PathEscape(avatar) + ".png"
	}
	return Account{ID: me.ID, Email: me.Email, EmailVerified: me.Verified, Profile: profile}, nil
}
