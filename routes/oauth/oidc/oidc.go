// Package oidc has the providers that speak OpenID Connect: any that can be
// discovered ([New]), and Google, Microsoft, GitLab and LinkedIn with what is
// particular about them.
//
// A provider is asked what it is when it is first needed, so one that is down does
// not keep the application from starting. What it publishes is kept for an hour,
// and for a day while it cannot be asked. It is read with exact keys, and refused if
// a key stands twice in one object.
package oidc

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/internal/endpoint"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user/secrets"
)

// Config is what an application is to an OpenID provider.
type Config struct {
	// ClientID and ClientSecret are those the provider has given the application. A
	// public client has no secret.
	ClientID     string
	ClientSecret secrets.Secret

	// Name is what ginauth calls the provider; see [oauth.Client]. Required for [New];
	// the others have one.
	Name string
	// Issuer is the provider's issuer URL, without the path of the discovery
	// document. Required for [New]; the others have one.
	Issuer string

	// Scopes are asked for where the user's client names none. Defaults to "openid"
	// and "email".
	Scopes []string
	// AllowedScopes are further scopes that may be requested. Defaults to none.
	AllowedScopes []string
	// Params are further fixed parameters of the authorization URL, such as
	// "prompt". Defaults to none.
	Params map[string]string
	// InsecureHTTP allows a provider over plain HTTP on another host than this one.
	// Defaults to false.
	InsecureHTTP bool
	// Now returns the time, by which published documents age. Defaults to time.Now.
	Now func() time.Time
}

// Provider is an OpenID provider. It is safe for concurrent use.
//
// The account's ID is the subject of the ID token. Its e-mail is the claim "email"
// of the ID token or else of the userinfo endpoint, verified if "email_verified"
// beside it is true. A flag that is no boolean makes the whole answer invalid.
type Provider struct {
	config   Config
	habits   habits
	metadata cached[metadata]
	keys     cached[[]publishedKey]
}

// Format prints the name only, whatever the verb.
func (p *Provider) Format(state fmt.State, _ rune) { fmt.Fprint(state, "provider "+p.config.Name) }

// habits are what a provider does otherwise than others.
type habits struct {
	// tenants says that the issuer depends on the account's tenant.
	tenants bool
	// neverVerified says that the provider does not vouch for addresses.
	neverVerified bool
	// textFlag says that "email_verified" comes as a text, which is no yes.
	textFlag bool
	// noNonce says that the ID token lacks the nonce.
	noNonce bool
	// noVerifier says that the provider refuses the PKCE verifier.
	noVerifier bool
	// style is how the client authenticates; zero is as the provider says.
	style oauth2.AuthStyle
}

var _ oauth.OpenID = (*Provider)(nil)

// New returns the OpenID provider of config. Like all constructors of this package it
// panics if Issuer is missing, no http or https URL, or, without InsecureHTTP, plain
// HTTP on another host than this one.
func New(config Config) *Provider { return newProvider(config, habits{}) }

func newProvider(config Config, h habits) *Provider {
	if config.Issuer == "" {
		panic("ginauth: oidc: Config.Issuer is missing")
	}
	if err := endpoint.Check("issuer", config.Issuer, config.InsecureHTTP); err != nil {
		panic("ginauth: oidc: " + err.Error())
	}
	if config.Scopes == nil {
		config.Scopes = []string{"openid", "email"}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Provider{
		config:   config,
		habits:   h,
		metadata: newCached[metadata](config.Now),
		keys:     newCached[[]publishedKey](config.Now),
	}
}

// withDefaults returns config with a name and an issuer.
func (c Config) withDefaults(name, issuer string) Config {
	if c.Name == "" {
		c.Name = name
	}
	if c.Issuer == "" {
		c.Issuer = issuer
	}
	return c
}

// Client implements [oauth.Provider].
func (p *Provider) Client() oauth.Client {
	client := oauth.Client{
		Name:                 p.config.Name,
		ID:                   p.config.ClientID,
		Secret:               p.config.ClientSecret,
		Scopes:               p.config.Scopes,
		AllowedScopes:        p.config.AllowedScopes,
		Params:               p.config.Params,
		Issuer:               p.config.Issuer,
		InsecureOmitVerifier: p.habits.noVerifier,
		InsecureHTTP:         p.config.InsecureHTTP,
	}
	if p.habits.tenants {
		client.Issuer = ""
	}
	return client
}

// Discover implements [oauth.OpenID].
func (p *Provider) Discover(ctx context.Context, client *http.Client) (oauth.Discovery, error) {
	m, err := p.discovered(ctx, client)
	if err != nil {
		return oauth.Discovery{}, err
	}
	return oauth.Discovery{Endpoint: p.endpoint(m), SendsIssuer: m.SendsIssuer}, nil
}
