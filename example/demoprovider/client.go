package demoprovider

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The scopes and claims that the provider supports.
var (
	scopes = []string{oidc.ScopeOpenID, oidc.ScopeEmail}
	claims = []string{"sub", "aud", "exp", "iat", "iss", "auth_time", "nonce", "email", "email_verified"}
)

const idTokenLifetime = 10 * time.Minute

// client is the one client, as the library asks for it.
type client struct {
	id, secret   string
	redirectURLs []string
	signIn       string // URL of the sign-in page
}

var _ op.Client = (*client)(nil)

func (p *Provider) client() *client {
	return &client{
		id:           p.config.ClientID,
		secret:       string(p.config.ClientSecret),
		redirectURLs: p.config.RedirectURLs,
		signIn:       p.config.Issuer + signInPath,
	}
}

func (c *client) GetID() string                       { return c.id }
func (c *client) RedirectURIs() []string              { return c.redirectURLs }
func (c *client) PostLogoutRedirectURIs() []string    { return nil }
func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c *client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c *client) GrantTypes() []oidc.GrantType         { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c *client) LoginURL(id string) string            { return withID(c.signIn, id) }
func (c *client) IDTokenLifetime() time.Duration       { return idTokenLifetime }
func (c *client) DevMode() bool                        { return false }
func (c *client) IsScopeAllowed(string) bool           { return false }
func (c *client) ClockSkew() time.Duration             { return 0 }
func (c *client) IDTokenUserinfoClaimsAssertion() bool { return true }

// AccessTokenType is JWT, since a subject may be any text, and the library's other
// access tokens cannot carry one with a colon.
func (c *client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string     { return asTheyAre }
func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string { return asTheyAre }

func asTheyAre(scopes []string) []string { return scopes }
