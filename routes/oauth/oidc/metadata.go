package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/internal/endpoint"
	"github.com/ginauth/ginauth/internal/strictjson"
)

// metadata is what ginauth needs of a discovery document (OpenID Connect Discovery,
// section 3, and RFC 9207, section 3).
type metadata struct {
	Issuer      string   `json:"issuer"`
	AuthURL     string   `json:"authorization_endpoint"`
	TokenURL    string   `json:"token_endpoint"`
	KeysURL     string   `json:"jwks_uri"`
	UserInfoURL string   `json:"userinfo_endpoint"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	SendsIssuer bool     `json:"authorization_response_iss_parameter_supported"`
}

// tenantPlace stands for the tenant in Microsoft's issuer.
const tenantPlace = "{tenantid}"

func (p *Provider) discovered(ctx context.Context, client *http.Client) (metadata, error) {
	return p.metadata.get(ctx, func(ctx context.Context) (metadata, error) {
		var m metadata
		body, err := fetch(ctx, client, strings.TrimSuffix(p.config.Issuer, "/")+"/.well-known/openid-configuration")
		if err != nil {
			return m, err
		}
		if err := strictjson.Unmarshal(body, &m); err != nil {
			return m, fmt.Errorf("oidc: discovery document: %w", err)
		}
		return m, p.check(m)
	})
}

// check refuses a document that is not this provider's or cannot be used, so that it
// is not kept. A provider of tenants names
// another issuer than the one asked; it must at least live there.
func (p *Provider) check(m metadata) error {
	if p.habits.tenants && !sameOrigin(m.Issuer, p.config.Issuer) || !p.habits.tenants && m.Issuer != p.config.Issuer {
		return fmt.Errorf("oidc: discovery document of %q names the issuer %q", p.config.Issuer, m.Issuer)
	}
	problems := []error{
		endpoint.Check("authorization endpoint", m.AuthURL, p.config.InsecureHTTP),
		endpoint.Check("token endpoint", m.TokenURL, p.config.InsecureHTTP),
		endpoint.Check("key set", m.KeysURL, p.config.InsecureHTTP),
	}
	if m.UserInfoURL != "" {
		problems = append(problems, endpoint.Check("userinfo endpoint", m.UserInfoURL, p.config.InsecureHTTP))
	}
	return errors.Join(problems...)
}

func sameOrigin(a, b string) bool {
	first, err := url.Parse(a)
	second, err2 := url.Parse(b)
	return err == nil && err2 == nil && first.Scheme == second.Scheme && first.Host == second.Host
}

// endpoint returns where to send user and code. Where the provider does not say how
// clients authenticate, it is by header (OpenID Connect Discovery, section 3).
func (p *Provider) endpoint(m metadata) oauth2.Endpoint {
	to := oauth2.Endpoint{AuthURL: m.AuthURL, TokenURL: m.TokenURL, AuthStyle: oauth2.AuthStyleInHeader}
	switch {
	case p.habits.style != oauth2.AuthStyleAutoDetect:
		to.AuthStyle = p.habits.style
	case len(m.AuthMethods) > 0 && !slices.Contains(m.AuthMethods, "client_secret_basic"):
		to.AuthStyle = oauth2.AuthStyleInParams
	}
	return to
}

// fetch reads a document that a provider publishes.
func fetch(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("oidc: %s answered %d", url, response.StatusCode)
	}
	return io.ReadAll(response.Body)
}
