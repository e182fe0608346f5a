package oidc

// Microsoft returns the provider "microsoft", for accounts of the given tenant: its ID or
// domain, or "common", "organizations" or "consumers". No address is ever verified: an
// administrator of any tenant can set addresses and the userPrincipalName of accounts at
// will. The e-mail is the claim "email", never the userPrincipalName; work accounts may
// need the optional claim "email" turned on for the application.
//
// The account's ID is the tenant and the subject, joined by "/".
func Microsoft(tenant string, config Config) *Provider {
	config = config.withDefaults("microsoft", "https://login.microsoftonline.com/"+tenant+"/v2.0")
	return newProvider(config, habits{tenants: true, neverVerified: true})
}
