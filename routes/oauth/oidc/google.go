package oidc

// Google returns the provider "google". An address is verified if the claim
// "email_verified" says so. Set Params to {"access_type": "offline"} for a refresh
// token, and to {"hd": "example.com"} to suggest one Workspace domain; that does not
// refuse others.
func Google(config Config) *Provider {
	return newProvider(config.withDefaults("google", "https://accounts.google.com"), habits{})
}
