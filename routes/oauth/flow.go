package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/endpoint"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// flow is what authorize and callback of one group share. It is immutable.
type flow struct {
	routes   *routes.Routes
	accounts *Accounts
	provider Provider
	openID   OpenID // nil where the provider is none
	client   Client
	config   Config
	purpose  purpose
	// remembers says that logins of the backend can be remembered.
	remembers bool

	states  *secrets.Purpose
	secrets ring
	used    records.UsedStore
	crumbs  crumbs
	http    *http.Client
	tokens  *http.Client // for the token endpoint
}

// newFlow returns a flow, complete only if there are no problems.
func newFlow(auth *ginauth.Auth, provider Provider, p purpose, config Config) (*flow, []error) {
	r := auth.Routes()
	config = config.withDefaults()
	f := &flow{routes: r, provider: provider, config: config, purpose: p, http: newHTTP(config.Timeout, config.Transport)}
	f.tokens = forTokens(f.http)
	problems := config.check()
	var err error
	if f.accounts, err = NewAccounts(auth); err != nil {
		problems = append(problems, err)
	}
	store := r.Manager().Store()
	if f.used, _ = records.As[records.UsedStore](store); f.used == nil {
		problems = append(problems, fmt.Errorf("the store (%T) cannot tell that a state was used: it is no records.UsedStore", store))
	}
	if provider == nil {
		return f, append(problems, errors.New("the provider is missing"))
	}
	f.openID, _ = provider.(OpenID)
	f.client = provider.Client()
	problems = append(problems, f.client.check(f.openID != nil)...)

	if f.crumbs, err = newCrumbs(config.Cookie); err != nil {
		problems = append(problems, err)
	}
	for _, b := range r.Authenticator().Backends() {
		if slices.ContainsFunc(b.Carrier.Cookies(), func(name string) bool { return name == config.Cookie.Name || f.crumbs.has(name) }) {
			problems = append(problems, fmt.Errorf("Config.Cookie.Name %q is the cookie of backend %q", config.Cookie.Name, b.Name))
		}
	}
	f.states = r.Purpose(stateAudience, config.StateLifetime)
	f.secrets = r.Keys(secretsInfo)
	return f, problems
}

// authorize begins a flow: it answers where to send the user. subject is the user
// who links an account.
func (f *flow) authorize(c *gin.Context, subject string) error {
	query := c.Request.URL.Query()
	scopes, err := f.scopes(query[scopesParam])
	if err != nil {
		return err
	}
	target, err := f.requestedTarget(query)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), f.config.Timeout)
	defer cancel()
	discovery, err := f.discover(ctx)
	if err != nil {
		return f.providerFailed(c, err)
	}
	s := state{
		csrf: newRandom(), id: f.secrets.newID(),
		purpose: f.purpose, provider: f.client.Name, subject: subject, target: target,
		remember: f.remembers && one(query, rememberParam) == "true",
	}
	token, err := f.states.Sign(s.claims())
	if err != nil {
		return err
	}
	if err := f.crumbs.begin(c, token, s.csrf); err != nil {
		return err
	}
	return routes.JSON(c, http.StatusOK, authorization{f.authorizationURL(c, discovery, s, token, scopes)})
}

func (f *flow) authorizationURL(c *gin.Context, d Discovery, s state, token string, scopes []string) string {
	var params []oauth2.AuthCodeOption
	for name, value := range f.client.Params {
		params = append(params, oauth2.SetAuthURLParam(name, value))
	}
	// After the fixed parameters, which so cannot take their place.
	params = append(params, oauth2.S256ChallengeOption(f.secrets.verifier(s)))
	if f.openID != nil {
		params = append(params, oauth2.SetAuthURLParam("nonce", f.secrets.nonce(s)))
	}
	config := f.oauth2(c, d)
	config.Scopes = scopes
	return config.AuthCodeURL(token, params...)
}

// oauth2 returns what golang.org/x/oauth2 needs.
func (f *flow) oauth2(c *gin.Context, d Discovery) *oauth2.Config {
	to := d.Endpoint
	switch {
	case f.client.Secret == "":
		to.AuthStyle = oauth2.AuthStyleInParams
	case to.AuthStyle == oauth2.AuthStyleAutoDetect:
		// Trying what works would send the code twice.
		to.AuthStyle = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID:     f.client.ID,
		ClientSecret: string(f.client.Secret),
		Endpoint:     to,
		RedirectURL:  f.redirectURL(c),
	}
}

// redirectURL is the same at authorize and callback, or the provider refuses the code.
func (f *flow) redirectURL(c *gin.Context) string {
	if !f.config.RedirectFromHost {
		return f.config.RedirectURL
	}
	u := url.URL{Scheme: "https", Host: c.Request.Host, Path: c.Request.URL.Path}
	if c.Request.TLS == nil && endpoint.IsLoopback(&u) {
		u.Scheme = "http"
	}
	if base, ok := strings.CutSuffix(u.Path, "/authorize"); ok {
		u.Path = base + "/callback"
	}
	return u.String()
}

const (
	scopesParam = "scopes"
	scopesFault = "scope is not allowed"
)

// scopes returns what was requested, each scope once, or the base scopes if nothing
// was. "openid" is what makes it OpenID Connect. The error answers 422: a client may
// ask for no other scopes than the application allows.
func (f *flow) scopes(requested []string) ([]string, error) {
	var scopes []string
	for _, scope := range requested {
		if !slices.Contains(f.client.Scopes, scope) && !slices.Contains(f.client.AllowedScopes, scope) {
			return nil, routes.InvalidQuery(scopesParam, scopesFault)
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	if len(scopes) == 0 {
		return f.client.Scopes, nil
	}
	if f.openID != nil && !slices.Contains(scopes, "openid") {
		scopes = append([]string{"openid"}, scopes...)
	}
	return scopes, nil
}

func (f *flow) discover(ctx context.Context) (Discovery, error) {
	if f.openID == nil {
		return Discovery{Endpoint: f.client.Endpoint}, nil
	}
	d, err := f.openID.Discover(ctx, f.http)
	if err != nil {
		return Discovery{}, err
	}
	// What a provider publishes is checked as the application's configuration is.
	return d, errors.Join(
		endpoint.Check("authorization endpoint", d.Endpoint.AuthURL, f.client.InsecureHTTP),
		endpoint.Check("token endpoint", d.Endpoint.TokenURL, f.client.InsecureHTTP))
}
