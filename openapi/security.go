package openapi

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
)

// addSchemes adds how the token of each backend travels.
func (b *builder) addSchemes() error {
	for _, backend := range b.routes.Authenticator().Backends() {
		schemes, err := b.schemesOf(backend)
		if err != nil {
			return err
		}
		requirement := openapi3.SecurityRequirement{}
		for i, scheme := range schemes {
			name := b.named(backend.Name)
			if i > 0 {
				name += "-" + strconv.Itoa(i+1) // no backend's name has a hyphen
			}
			requirement[name] = []string{}
			b.addScheme(name, scheme)
		}
		b.requirements[backend.Name] = requirement
		b.addRefreshCookie(backend)
	}
	return nil
}

func (b *builder) addScheme(name string, scheme *openapi3.SecurityScheme) {
	ref := &openapi3.SecuritySchemeRef{Value: scheme}
	if there, ok := b.doc.Components.SecuritySchemes[name]; ok {
		b.compare("security scheme "+name, there, ref)
		return
	}
	b.doc.Components.SecuritySchemes[name] = ref
}

// addRefreshCookie adds how the refresh token of a backend travels in a cookie, which is
// what its routes for refresh and logout take.
func (b *builder) addRefreshCookie(backend *backends.Running) {
	_, carrier := backend.Refresher()
	if carrier == nil || len(carrier.Cookies()) == 0 {
		return
	}
	names := carrier.Cookies()
	name := b.named(backend.Name) + "-refresh" // no backend's name has a hyphen
	b.addScheme(name, &openapi3.SecurityScheme{
		Type: "apiKey", In: "cookie", Name: names[len(names)-1],
		Description: "The refresh token of backend `" + backend.Name + "`. Browsers send it to its auth group only.",
	})
	b.refreshCookies[backend.Name] = openapi3.SecurityRequirement{name: []string{}}
}

// oauth2Of returns the scheme of a bearer backend with refresh tokens, by which clients of
// OAuth2 log in and refresh by themselves; nil for any other.
func (b *builder) oauth2Of(backend *backends.Running) *openapi3.SecurityScheme {
	var login, refresh string
	for _, group := range b.routes.Attached() {
		for _, route := range group.Routes {
			switch {
			case route.Backend != backend.Name || group.Name != "auth":
			case route.Operation == "login" && login == "":
				login = pathOf(group.Prefix, route.Path)
			case route.Operation == "refresh" && refresh == "":
				refresh = pathOf(group.Prefix, route.Path)
			}
		}
	}
	if refresh == "" {
		return nil
	}
	return &openapi3.SecurityScheme{
		Type:        "oauth2",
		Description: "`access_token` of the login of backend `" + backend.Name + "`, and of its refresh.",
		Flows: &openapi3.OAuthFlows{Password: &openapi3.OAuthFlow{
			TokenURL: login, RefreshURL: refresh, Scopes: map[string]string{},
		}},
	}
}

// schemesOf returns what a request has to carry, all of it.
func (b *builder) schemesOf(backend *backends.Running) ([]*openapi3.SecurityScheme, error) {
	for name, scheme := range b.choices.schemes {
		if backends.ReduceName(name) == backend.Name {
			return []*openapi3.SecurityScheme{scheme}, nil
		}
	}
	var schemes []*openapi3.SecurityScheme
	cookies := backend.Carrier.Cookies()
	if _, carrier := backend.Refresher(); carrier != nil {
		cookies = cookies[:min(1, len(cookies))] // guards do not look at the refresh token
	}
	for _, cookie := range cookies {
		schemes = append(schemes, &openapi3.SecurityScheme{
			Type: "apiKey", In: "cookie", Name: cookie,
			Description: "Set by the login of backend `" + backend.Name + "`. Browsers send it by themselves; no script can read or set it.",
		})
	}
	if carrier, ok := backend.Carrier.(backends.HeaderCarrier); ok {
		schemes = append(schemes, &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: carrier.Name(), Description: tokenText(backend)})
	}
	if scheme := b.oauth2Of(backend); scheme != nil && len(cookies) == 0 {
		return []*openapi3.SecurityScheme{scheme}, nil
	}
	if _, bearer := backend.Carrier.(backends.Bearer); bearer {
		schemes = append(schemes, &openapi3.SecurityScheme{
			Type: "http", Scheme: "bearer", Description: tokenText(backend),
		})
	}
	if len(schemes) == 0 {
		return nil, fmt.Errorf("openapi: backend %q has a transport that is not known here; Scheme says how its token travels", backend.Name)
	}
	return schemes, nil
}

// tokenText says where a client has a token from that it sends itself.
func tokenText(backend *backends.Running) string {
	if !backend.HasLogin() {
		return "An API key. It opens what names a scope of it."
	}
	return "`access_token` of the login of backend `" + backend.Name + "`."
}

// byKey returns the requirements of a guard on API keys of a backend: there are none that
// open a route without scopes.
func (b *builder) byKey(backend *backends.Running, guard routes.Demands) openapi3.SecurityRequirements {
	var ways openapi3.SecurityRequirements
	add := func(scopes ...string) {
		for name := range b.requirements[backend.Name] {
			ways = append(ways, openapi3.SecurityRequirement{name: scopes})
		}
	}
	if len(guard.Scopes) > 0 && len(guard.AnyScope) == 0 {
		add(guard.Scopes...)
	}
	for _, scope := range guard.AnyScope {
		add(append(slices.Clip(guard.Scopes), scope)...)
	}
	return ways
}

// security returns the ways to authenticate, one of which will do. For a route without
// authentication it is empty, which holds against whatever the base says of all routes.
func (b *builder) security(route routes.Route) openapi3.SecurityRequirements {
	ways, guard := openapi3.SecurityRequirements{}, route.Guard
	if cookie := b.refreshCookies[route.Backend]; cookie != nil && (route.Operation == "refresh" || route.Operation == "logout") {
		ways = append(ways, cookie)
	}
	if !guard.User {
		return ways
	}
	for _, backend := range b.routes.Authenticator().Backends() {
		switch {
		case len(guard.Via) > 0 && !slices.Contains(guard.Via, backend.Name):
		case backend.HasLogin():
			ways = append(ways, b.requirements[backend.Name])
		default:
			ways = append(ways, b.byKey(backend, guard)...)
		}
	}
	if guard.Optional {
		ways = append(ways, openapi3.SecurityRequirement{})
	}
	return ways
}
