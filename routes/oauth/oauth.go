// Package oauth logs users in with their accounts at other places (OAuth 2.0 and
// OpenID Connect), links such accounts to users, lists and unlinks them.
//
// [Routes] returns the login group of one provider and backend, [AssociateRoutes]
// the group that links further accounts, [AccountsRoutes] the user's own list.
// Package oidc has the providers that speak OpenID Connect; a [Provider] of one's
// own is about 20 lines. [Accounts] are the operations behind the routes, for programs.
//
// Every flow is bound to the browser that began it, its purpose, its provider and, where
// it links, its user; its state is valid once. PKCE is always used. Everything is checked
// before the provider's code is redeemed.
package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// Routes returns GET /authorize and GET /callback, with which users log in through
// provider and stay logged in by backend b; [ginauth.Verified] is an option.
//
// Panics, saying all that is wrong, if config or provider is incomplete, backend b
// is not configured, the store keeps no OAuth accounts or used states
// ([records.OAuthStore], [records.UsedStore]), or redirect mode is asked for a backend
// that is no cookie or session: a token must not travel in a URL.
func Routes(auth *ginauth.Auth, provider Provider, b backends.Backend, config Config, options ...ginauth.GroupOption) routes.Group {
	f, problems := newFlow(auth, provider, purposeLogin, config)
	running := auth.Routes().Authenticator().Backend(b.Name)
	switch {
	case running == nil:
		problems = append(problems, fmt.Errorf("backend %q is not in ginauth.Config.Backends", b.Name))
	case !running.HasLogin():
		problems = append(problems, fmt.Errorf("backend %q has no login: its tokens are keys that users make", b.Name))
	case f.redirects() && len(running.Carrier.Cookies()) == 0:
		problems = append(problems, fmt.Errorf("Config.RedirectTo is set, but backend %q sets no cookie: a token must not travel in a URL", b.Name))
	}
	panicIf("oauth.Routes", f.client.Name, problems)
	f.remembers = f.routes.Remembers(running)
	verified := ginauth.Options(options...).Verified
	l := &login{flow: f, backend: running, demands: routes.Demands{Verified: verified}, operation: loginOperation(f.routes, verified)}
	doc := f.callbackDoc("Finish to log in with "+f.client.Name, f.routes.LoginSuccess(running))
	doc.AsksFactor = !f.redirects()
	vetoes := f.routes.Manager().Vetoes()
	doc.Vetoed = !f.redirects() && (vetoes.Register || vetoes.Login)
	base := routes.Route{Backend: running.Name}
	return f.routes.Group("oauth",
		f.begin(base, "Begin to log in with "+f.client.Name, l.authorize),
		f.end(base, doc, l.operation, l.callback))
}

// AssociateRoutes returns GET /authorize and GET /callback, with which logged-in users
// link an account at provider to their own; [ginauth.Verified] is an option. Panics like
// [Routes].
func AssociateRoutes(auth *ginauth.Auth, provider Provider, config Config, options ...ginauth.GroupOption) routes.Group {
	f, problems := newFlow(auth, provider, purposeAssociate, config)
	panicIf("oauth.AssociateRoutes", f.client.Name, problems)
	a := &association{flow: f, demands: ownDemands(options)}
	a.demands.Self = true
	base := routes.Route{Guard: a.demands}
	return f.routes.Group("oauth_associate",
		f.begin(base, "Begin to link an account at "+f.client.Name, a.authorize),
		f.end(base, f.callbackDoc("Finish to link an account at "+f.client.Name, routes.Success{
			Status: http.StatusOK, Description: "The user, with one more way in.", Body: f.routes.SampleUser(),
		}), associateOperation, a.callback))
}

// AccountsRoutes returns GET /oauth-accounts and DELETE /oauth-accounts/:account for
// the current user's own accounts, usually attached to /users/me;
// [ginauth.Verified] is an option. Panics if the store keeps no OAuth accounts.
func AccountsRoutes(auth *ginauth.Auth, options ...ginauth.GroupOption) routes.Group {
	r := auth.Routes()
	linked, err := NewAccounts(auth)
	panicIf("oauth.AccountsRoutes", "", []error{err})
	a := &accountRoutes{routes: r, accounts: linked, demands: ownDemands(options)}
	list := routes.Route{Method: http.MethodGet, Path: "/oauth-accounts", Operation: "list", Guard: a.demands, Doc: listDoc()}
	a.change = a.demands
	a.change.Self = true
	unlink := routes.Route{
		Method: http.MethodDelete, Path: "/oauth-accounts/:account", Operation: "unlink", Event: user.EventOAuthUnlinked, Guard: a.change, Doc: unlinkDoc(),
	}
	return r.Group("oauth_accounts",
		r.Handled(list, listOperation, a.list),
		r.Handled(unlink, unlinkOperation, a.unlink))
}

func ownDemands(options []ginauth.GroupOption) routes.Demands {
	return routes.Demands{User: true, Active: true, Verified: ginauth.Options(options...).Verified}
}

// begin returns GET /authorize.
func (f *flow) begin(route routes.Route, summary string, h routes.Handler) routes.Route {
	route.Method, route.Path, route.Operation, route.Provider = http.MethodGet, "/authorize", "authorize", f.client.Name
	route.Event = user.EventOAuthFailed
	route.Doc = f.authorizeDoc(summary)
	operation := routes.Operation{} // a provider without discovery is not called
	if f.openID != nil {
		operation = authorizeOperation
	}
	return f.routes.Handled(route, operation, f.routes.Limited(limits.OAuth, h))
}

// end returns GET /callback. In redirect mode the handler answers errors by itself.
func (f *flow) end(route routes.Route, doc routes.Doc, operation routes.Operation, h routes.Handler) routes.Route {
	route.Method, route.Path, route.Operation, route.Provider = http.MethodGet, "/callback", "callback", f.client.Name
	route.Event = user.EventOAuthFailed
	route.Doc = doc
	if f.redirects() {
		operation = routes.Operation{}
	}
	return f.routes.Handled(route, operation, h)
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

// forget clears the CSRF cookie of the callback's own flow and returns what it was.
func (f *flow) forget(c *gin.Context) (csrf string, err error) {
	return f.crumbs.end(c, one(c.Request.URL.Query(), "state"))
}
