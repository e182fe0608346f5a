package oidc

// GitLab returns the provider "gitlab", for gitlab.com or, by Issuer, for an instance
// of one's own. An address is verified if the claim "email_verified" says so.
func GitLab(config Config) *Provider {
	return newProvider(config.withDefaults("gitlab", "https://gitlab.com"), habits{})
}
