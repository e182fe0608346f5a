package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/internal/strictjson"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// facebookVersion is the version of the Graph API, part of every path.
const facebookVersion = "v24.0"

// Facebook is the provider "facebook". Facebook does not say whether an e-mail is
// verified, so none ever is.
type Facebook struct {
	// ClientID and ClientSecret are the app ID and app secret at Facebook. Required.
	ClientID     string
	ClientSecret secrets.Secret
	// AllowedScopes may be requested in addition to "email" and "public_profile".
	// Defaults to none.
	AllowedScopes []string
	// BaseURL takes the place of "https://www.facebook.com" and
	// "https://graph.facebook.com", for tests.
	BaseURL string
}

var _ Provider = Facebook{}

// Client implements [Provider].
func (p Facebook) Client() Client {
	return Client{
		Name:   "facebook",
		ID:     p.ClientID,
		Secret: p.ClientSecret,
		Endpoint: oauth2.Endpoint{
			AuthURL:   p.url("https://www.facebook.com", "/dialog/oauth"),
			TokenURL:  p.url("https://graph.facebook.com", "/oauth/access_token"),
			AuthStyle: oauth2.AuthStyleInParams,
		},
		Scopes:        []string{"email", "public_profile"},
		AllowedScopes: p.AllowedScopes,
	}
}

func (p Facebook) url(base, path string) string {
	if p.BaseURL != "" {
		base = strings.TrimSuffix(p.BaseURL, "/")
	}
	return base + "/" + facebookVersion + path
}

// Account implements [Provider].
func (p Facebook) Account(ctx context.Context, grant Grant) (Account, error) {
	query := url.Values{"fields": {"id,email,name,picture"}, "appsecret_proof": {p.proof(grant.Token.AccessToken)}}
	var me struct {
		ID    string `json:"id"`
		Email string `json:"email"` // absent where the account has none or the user refused

		Name    json.RawMessage `json:"name"`
		Picture json.RawMessage `json:"picture"`
	}
	told, err := grant.told(ctx, p.url("https://graph.facebook.com", "/me")+"?"+query.Encode(), &me)
	if err != nil {
		return Account{}, err
	}
	var picture struct {
		Data struct {
			URL json.RawMessage `json:"url"`
		} `json:"data"`
	}
	_ = strictjson.Unmarshal(me.Picture, &picture) // there may be none
	profile := user.OAuthProfile{Name: strictjson.Text(me.Name), Picture: strictjson.Text(picture.Data.URL), Claims: told}
	return Account{ID: me.ID, Email: me.Email, Profile: profile}, nil
}

// proof shows that the request comes from the app and not from the finder of a token.
// Facebook demands it of apps that are set so.
func (p Facebook) proof(token string) string {
	mac := hmac.New(sha256.New, []byte(p.ClientSecret))
	mac.Write([]byte(token))
	return hex.EncodeToString(mac.Sum(nil))
}
