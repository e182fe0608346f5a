package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user/secrets"
)

// ProviderSettings is what switches a real provider on, such as GITHUB_CLIENT_ID and
// GITHUB_CLIENT_SECRET.
type ProviderSettings struct {
	Name         string // as in the paths: "github"
	ClientID     string
	ClientSecret secrets.Secret
	// Issuer is a GitLab of one's own, the tenant at Microsoft. Empty for the usual one.
	Issuer string
}

// known are the real providers: their names, titles, and what makes them.
var known = []struct {
	name, title string
	// issuer is the environment variable of ProviderSettings.Issuer, if there is one.
	issuer string
	make   func(s ProviderSettings) oauth.Provider
}{
	{"google", "Google", "", func(s ProviderSettings) oauth.Provider { return oidc.Google(s.openID()) }},
	{"github", "GitHub", "", func(s ProviderSettings) oauth.Provider {
		return oauth.GitHub{ClientID: s.ClientID, ClientSecret: s.ClientSecret}
	}},
	{"microsoft", "Microsoft", "MICROSOFT_TENANT", func(s ProviderSettings) oauth.Provider {
		tenant := s.Issuer
		if tenant == "" {
			tenant = "common"
		}
		config := s.openID()
		config.Issuer = ""
		return oidc.Microsoft(tenant, config)
	}},
	{"gitlab", "GitLab", "GITLAB_ISSUER", func(s ProviderSettings) oauth.Provider { return oidc.GitLab(s.openID()) }},
	{"linkedin", "LinkedIn", "", func(s ProviderSettings) oauth.Provider { return oidc.LinkedIn(s.openID()) }},
	{"discord", "Discord", "", func(s ProviderSettings) oauth.Provider {
		return oauth.Discord{ClientID: s.ClientID, ClientSecret: s.ClientSecret}
	}},
	{"facebook", "Facebook", "", func(s ProviderSettings) oauth.Provider {
		return oauth.Facebook{ClientID: s.ClientID, ClientSecret: s.ClientSecret}
	}},
}

func (s ProviderSettings) openID() oidc.Config {
	return oidc.Config{ClientID: s.ClientID, ClientSecret: s.ClientSecret, Issuer: s.Issuer}
}

// providerSettings reads the providers that are switched on. They have no flags: a
// secret does not belong on a command line, where others see it.
func providerSettings(getenv func(string) string) ([]ProviderSettings, error) {
	var on []ProviderSettings
	var problems []error
	for _, k := range known {
		prefix := strings.ToUpper(k.name)
		s := ProviderSettings{
			Name:         k.name,
			ClientID:     getenv(prefix + "_CLIENT_ID"),
			ClientSecret: secrets.Secret(getenv(prefix + "_CLIENT_SECRET")),
		}
		if k.issuer != "" {
			s.Issuer = getenv(k.issuer)
		}
		switch {
		case (s.ClientID == "") != (s.ClientSecret == ""):
			problems = append(problems, fmt.Errorf("%[1]s_CLIENT_ID and %[1]s_CLIENT_SECRET go together", prefix))
		case s.ClientID != "":
			on = append(on, s)
		}
	}
	return on, errors.Join(problems...)
}
