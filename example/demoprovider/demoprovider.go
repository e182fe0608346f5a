// Package demoprovider is an OpenID provider that signs everyone in with the address they
// type, for demonstrations and tests of signing in with a provider.
//
// A certified library speaks the protocol (discovery, code flow, PKCE, signed ID
// tokens, userinfo); this package adds one client, a memory, and a sign-in page
// that asks for an e-mail address and does not check it.
package demoprovider

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/ginauth/ginauth/user/secrets"
)

// Config is what a [Provider] is made of.
type Config struct {
	// Issuer is where the provider is served, such as "https://example.com/demo-provider";
	// its path is where to mount it. Required.
	Issuer string
	// ClientID and ClientSecret are those of the one client. Required.
	ClientID     string
	ClientSecret secrets.Secret
	// RedirectURLs are where the client may have browsers sent back to, compared
	// exactly. At least one is required.
	RedirectURLs []string
}

// Provider serves the provider. It is safe for concurrent use, and forgets
// everything when the process ends, its signing key included.
type Provider struct {
	config  Config
	prefix  string // the path of the issuer
	policy  string // the page's Content-Security-Policy
	op      *op.Provider
	storage *storage
}

var _ http.Handler = (*Provider)(nil)

// New returns a provider. The error joins all mistakes of config.
func New(config Config) (*Provider, error) {
	issuer, err := config.check()
	if err != nil {
		return nil, fmt.Errorf("demoprovider: %w", err)
	}
	p := &Provider{config: config, prefix: issuer.Path, policy: pagePolicy(config)}
	if p.storage, err = newStorage(p.client()); err != nil {
		return nil, fmt.Errorf("demoprovider: %w", err)
	}
	settings := &op.Config{CodeMethodS256: true, AuthMethodPost: true, SupportedScopes: scopes, SupportedClaims: claims}
	if _, err := rand.Read(settings.CryptoKey[:]); err != nil {
		return nil, fmt.Errorf("demoprovider: %w", err)
	}
	// No page of another origin has to talk to it, so there is no CORS.
	options := []op.Option{op.WithCORSOptions(nil)}
	if issuer.Scheme == "http" {
		options = append(options, op.WithAllowInsecure())
	}
	if p.op, err = op.NewProvider(settings, p.storage, op.StaticIssuer(config.Issuer), options...); err != nil {
		return nil, fmt.Errorf("demoprovider: %w", err)
	}
	return p, nil
}

func (c Config) check() (issuer *url.URL, err error) {
	var problems []error
	issuer, err = url.Parse(c.Issuer)
	if err != nil || issuer.Host == "" || strings.HasSuffix(c.Issuer, "/") || strings.ContainsAny(c.Issuer, "?#") {
		problems = append(problems, fmt.Errorf("Config.Issuer is %q, want an absolute URL without a slash at its end", c.Issuer))
	}
	if c.ClientID == "" {
		problems = append(problems, errors.New("Config.ClientID is missing"))
	}
	if c.ClientSecret == "" {
		problems = append(problems, errors.New("Config.ClientSecret is missing"))
	}
	if len(c.RedirectURLs) == 0 {
		problems = append(problems, errors.New("Config.RedirectURLs is empty"))
	}
	for i, redirect := range c.RedirectURLs {
		if u, err := url.Parse(redirect); err != nil || u.Host == "" {
			problems = append(problems, fmt.Errorf("Config.RedirectURLs[%d] is %q, want an absolute URL", i, redirect))
		}
	}
	return issuer, errors.Join(problems...)
}

// ServeHTTP serves requests whose path begins with that of the issuer.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, p.prefix)
	switch {
	case !ok || path != "" && !strings.HasPrefix(path, "/"):
		http.NotFound(w, r)
	case path == signInPath:
		p.signIn(w, r)
	case path == cancelPath:
		p.cancel(w, r)
	case path == stylePath:
		serveStyle(w)
	default:
		http.StripPrefix(p.prefix, p.op).ServeHTTP(w, r)
	}
}
