// Package oauth logs users in with their accounts at other places (OAuth 2.0 and
// OpenID Connect), links such accounts to users, lists and unlinks them.
//
// [Routes] returns the login group of one provider and backend, [AssociateRoutes]
// the group that links further accounts, [AccountsRoutes] the user's own list.
// Package oidc has the providers that speak OpenID Connect; a [Provider] of one's
// own is about 20 lines.
//
// Every flow is bound to the browser that began it, its purpose, its provider and,
// where it links, its user; its state is good once. PKCE is always used.
// Everything is checked before the provider's code is redeemed.
package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// Routes returns GET /authorize and GET /callback, with which users log in through
// provider and stay logged in by backend b; [ginauth.Verified] is an option.
//
// Panics, saying all that is wrong, if config or provider is incomplete, backend b
// is not configured, the store keeps no OAuth accounts or used states
// ([user.OAuthStore], [user.UsedStore]), or redirect mode is asked for a backend
// that is no cookie or session: a token must not travel in a URL.
func Routes(auth *ginauth.Auth, provider Provider, b backends.Backend, config Config, options ...ginauth.GroupOption) routes.Group {
	f, problems := newFlow(auth, provider, purposeLogin, config)
	running := auth.Routes().Authenticator().Backend(b.Name)
	switch {
	case running == nil:
		problems = append(problems, fmt.Errorf("backend %q is not in ginauth.Config.Backends", b.Name))
	case f.redirects() && len(running.Carrier.Cookies()) == 0:
		problems = append(problems, fmt.Errorf("Config.RedirectTo is set, but backend %q sets no cookie: a token must not travel in a URL", b.Name))
	}
	panicIf("oauth.Routes", f.client.Name, problems)
	l := &login{flow: f, backend: running, demands: routes.Demands{Verified: ginauth.Options(options...).Verified}}
	return f.group("oauth", routes.Demands{}, running.Name, l.authorize, l.callback)
}

// AssociateRoutes returns GET /authorize and GET /callback, with which users who are
// logged in link an account at provider to their own; [ginauth.Verified] is an
// option. Panics like [Routes].
func AssociateRoutes(auth *ginauth.Auth, provider Provider, config Config, options ...ginauth.GroupOption) routes.Group {
	f, problems := newFlow(auth, provider, purposeAssociate, config)
	panicIf("oauth.AssociateRoutes", f.client.Name, problems)
	a := &association{flow: f, demands: ownDemands(options)}
	return f.group("oauth_associate", a.demands, "", a.authorize, a.callback)
}

// AccountsRoutes returns GET /oauth-accounts and DELETE /oauth-accounts/:account for
// the current user's own accounts, usually attached to /users/me;
// [ginauth.Verified] is an option. Panics if the store keeps no OAuth accounts.
func AccountsRoutes(auth *ginauth.Auth, options ...ginauth.GroupOption) routes.Group {
	r := auth.Routes()
	panicIf("oauth.AccountsRoutes", "", checkStore(r.Manager().Store(), false))
	a := &accounts{routes: r, demands: ownDemands(options)}
	route := func(method, path, operation string) routes.Route {
		return routes.Route{Method: method, Path: path, Operation: operation, Guard: a.demands}
	}
	return r.Group("oauth_accounts",
		r.Handled(route(http.MethodGet, "/oauth-accounts", "list"), operation, a.list),
		r.Handled(route(http.MethodDelete, "/oauth-accounts/:account", "unlink"), unlinkOperation, a.unlink))
}

func ownDemands(options []ginauth.GroupOption) routes.Demands {
	return routes.Demands{User: true, Active: true, Verified: ginauth.Options(options...).Verified}
}

func (f *flow) group(name string, guard routes.Demands, backend string, authorize, callback routes.Handler) routes.Group {
	route := func(operation string) routes.Route {
		return routes.Route{
			Method: http.MethodGet, Path: "/" + operation, Operation: operation,
			Guard: guard, Backend: backend, Provider: f.client.Name,
		}
	}
	begin := route("authorize")
	begin.Doc.Limited = true
	return f.routes.Group(name,
		f.routes.Handled(begin, operation, f.routes.Limited(user.LimitOAuth, authorize)),
		f.routes.Handled(route("callback"), operation, callback))
}

// checkStore returns what the store lacks.
func checkStore(store user.Store, states bool) []error {
	var problems []error
	if _, ok := store.(user.OAuthStore); !ok {
		problems = append(problems, fmt.Errorf("the store (%T) keeps no OAuth accounts: it is no user.OAuthStore", store))
	}
	if _, ok := store.(user.UsedStore); states && !ok {
		problems = append(problems, fmt.Errorf("the store (%T) cannot tell that a state was used: it is no user.UsedStore", store))
	}
	return problems
}

func panicIf(function, provider string, problems []error) {
	problems = slices.DeleteFunc(problems, func(err error) bool { return err == nil })
	if len(problems) == 0 {
		return
	}
	if provider != "" {
		function += " of " + provider
	}
	panic(fmt.Sprintf("ginauth: %s:\n%v", function, errors.Join(problems...)))
}

// forget clears the CSRF cookie and returns what it was. Every answer of a
// callback does that, also one that has not got as far as reading the state.
func (f *flow) forget(c *gin.Context) (csrf string, err error) {
	if csrf, err = f.cookie.Token(c); err != nil {
		return "", err
	}
	return csrf, f.cookie.Clear(c)
}
