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
			ref := &openapi3.SecuritySchemeRef{Value: scheme}
			if there, ok := b.doc.Components.SecuritySchemes[name]; ok {
				b.compare("security scheme "+name, there, ref)
				continue
			}
			b.doc.Components.SecuritySchemes[name] = ref
		}
		b.requirements[backend.Name] = requirement
	}
	return nil
}

// schemesOf returns what a request has to carry, all of it.
func (b *builder) schemesOf(backend *backends.Running) ([]*openapi3.SecurityScheme, error) {
	for name, scheme := range b.choices.schemes {
		if backends.ReduceName(name) == backend.Name {
			return []*openapi3.SecurityScheme{scheme}, nil
		}
	}
	var schemes []*openapi3.SecurityScheme
	for _, cookie := range backend.Carrier.Cookies() {
		schemes = append(schemes, &openapi3.SecurityScheme{
			Type: "apiKey", In: "cookie", Name: cookie,
			Description: "Set by the login of backend `" + backend.Name + "`. Browsers send it by themselves; no script can read or set it.",
		})
	}
	if _, bearer := backend.Carrier.(backends.Bearer); bearer {
		schemes = append(schemes, &openapi3.SecurityScheme{
			Type: "http", Scheme: "bearer",
			Description: "`access_token` of the login of backend `" + backend.Name + "`.",
		})
	}
	if len(schemes) == 0 {
		return nil, fmt.Errorf("openapi: backend %q has a transport that is not known here; Scheme says how its token travels", backend.Name)
	}
	return schemes, nil
}

// security returns the ways to authenticate, one of which will do. For a route that
// asks nobody it is empty, which holds against whatever the base says of all routes.
func (b *builder) security(guard routes.Demands) openapi3.SecurityRequirements {
	ways := openapi3.SecurityRequirements{}
	if !guard.User {
		return ways
	}
	for _, backend := range b.routes.Authenticator().Backends() {
		if len(guard.Via) == 0 || slices.Contains(guard.Via, backend.Name) {
			ways = append(ways, b.requirements[backend.Name])
		}
	}
	if guard.Optional {
		ways = append(ways, openapi3.SecurityRequirement{})
	}
	return ways
}
