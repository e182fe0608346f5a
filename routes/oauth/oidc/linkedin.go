package oidc

import "golang.org/x/oauth2"

// LinkedIn returns the provider "linkedin". An address is verified if the claim
// "email_verified" is the boolean true; LinkedIn's ID tokens have a text there, which
// is not taken for a yes.
//
// LinkedIn puts no nonce into its ID tokens and refuses the PKCE verifier of clients
// that have a secret. What keeps a stolen code from being used in another browser
// is then only the state, and at another client the secret.
func LinkedIn(config Config) *Provider {
	return newProvider(config.withDefaults("linkedin", "https://www.linkedin.com/oauth"), habits{
		textFlag:   true,
		noNonce:    true,
		noVerifier: true,
		style:      oauth2.AuthStyleInParams,
	})
}
