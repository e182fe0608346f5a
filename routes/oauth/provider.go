package oauth

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// Provider is a place where people have accounts. Its methods are called
// concurrently and keep nothing of a request.
type Provider interface {
	// Client returns what the application is to the provider. It is called once,
	// when routes are built, and does not block.
	Client() Client

	// Account returns whose account the grant is for. It asks the provider through
	// grant, until ctx ends. An error means that the provider cannot be asked or
	// believed; the user is answered 502.
	Account(ctx context.Context, grant Grant) (Account, error)
}

// OpenID is a [Provider] that speaks OpenID Connect: it publishes its endpoints, and its
// ID tokens carry the nonce of the flow, which Account compares.
type OpenID interface {
	Provider

	// Discover returns what the provider says about itself. It asks through client,
	// until ctx ends, or answers from memory.
	Discover(ctx context.Context, client *http.Client) (Discovery, error)
}

// Client is what an application is to a provider: a client, in the words of RFC 6749.
type Client struct {
	// Name is what routes, stored accounts and states call the provider, such as
	// "google": ASCII letters, digits, "-", "_" and ".". It must never change. Required.
	Name string
	// ID is the client ID. Required.
	ID string
	// Secret is the client secret. Defaults to none: a public client.
	Secret secrets.Secret
	// Endpoint is where to send the user and the code. Required, but for [OpenID].
	// An AuthStyle of zero means a header, as every provider must understand it.
	Endpoint oauth2.Endpoint

	// Scopes are asked for where the user's client names none. Defaults to none.
	Scopes []string
	// AllowedScopes are further scopes that may be requested. Defaults to none.
	AllowedScopes []string
	// Params are further fixed parameters of the authorization URL, such as
	// "prompt". Defaults to none.
	Params map[string]string

	// Issuer is the value that "iss" must have where the provider's answer carries it
	// (RFC 9207). Defaults to not known: it is not compared.
	Issuer string
	// InsecureOmitVerifier redeems codes without the PKCE verifier, for a provider
	// that refuses it. A stolen code is then only worth less by the client secret.
	// Defaults to false.
	InsecureOmitVerifier bool
	// InsecureHTTP allows endpoints over plain HTTP on other hosts than this one.
	// Defaults to false.
	InsecureHTTP bool
}

// Discovery is what a provider says about itself.
type Discovery struct {
	Endpoint oauth2.Endpoint
	// SendsIssuer says that every answer carries "iss" (RFC 9207), so that one
	// without is not the provider's.
	SendsIssuer bool
}

// Account is a person's account at a provider.
type Account struct {
	// ID is what the provider calls the account, for ever. Required.
	ID string
	// Email is its address, empty if the provider reports none.
	Email string
	// EmailVerified is the provider's own flag for that address. Where there is no
	// such flag it is false, however likely the address is right.
	EmailVerified bool
	// Profile is what else the provider says, for BeforeRegister. Defaults to nothing.
	Profile user.OAuthProfile
}

// Grant is what a provider gave for a code.
type Grant struct {
	// Token is the provider's answer; its Extra has what is not standard.
	Token *oauth2.Token
	// Nonce is what an ID token must carry; empty unless the provider is [OpenID].
	Nonce string
	// HTTP is the client to ask the provider with: it waits for a limited time, reads a
	// limited body, follows no redirect, and sends no token by itself.
	HTTP *http.Client
	// Now returns the application's time.
	Now func() time.Time
}

// Format prints that it is a grant, and nothing of it, whatever the verb.
func (Grant) Format(state fmt.State, _ rune) { fmt.Fprint(state, "grant [redacted]") }
