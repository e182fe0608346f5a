package openapi

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
)

// builder adds the attached groups to a document.
type builder struct {
	routes       *routes.Routes
	choices      choices
	doc          *openapi3.T
	requirements map[string]openapi3.SecurityRequirement // by backend
	// refreshCookies are what routes that take a refresh token may be sent, by backend.
	refreshCookies map[string]openapi3.SecurityRequirement
	ids            map[string]bool
	shapes         shapes
	conflicts      []string
}

func newBuilder(r *routes.Routes, c choices, doc *openapi3.T) *builder {
	b := &builder{
		routes: r, choices: c, doc: doc,
		requirements: map[string]openapi3.SecurityRequirement{}, refreshCookies: map[string]openapi3.SecurityRequirement{}, ids: map[string]bool{},
	}
	b.shapes = shapes{builder: b, names: map[shapeKey]string{}, reserved: b.reserved(), open: map[reflect.Type]bool{}}
	if doc.Paths == nil {
		doc.Paths = openapi3.NewPaths()
	}
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	if doc.Components.Schemas == nil {
		doc.Components.Schemas = openapi3.Schemas{}
	}
	if doc.Components.Responses == nil {
		doc.Components.Responses = openapi3.ResponseBodies{}
	}
	if doc.Components.SecuritySchemes == nil {
		doc.Components.SecuritySchemes = openapi3.SecuritySchemes{}
	}
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			b.ids[operation.OperationID] = true
		}
	}
	return b
}

// reserved returns the names of the schemas that are no Go types.
func (b *builder) reserved() map[string]bool {
	names := map[string]bool{}
	for _, name := range []string{"User", "Refusal", "PasswordRefusal", "InvalidRequest"} {
		names[b.named(name)] = true
	}
	for _, group := range b.routes.Attached() {
		for _, route := range group.Routes {
			if body := route.Doc.Body; body != nil {
				names[b.named(body.Name)] = true
			}
		}
	}
	return names
}

func (b *builder) build() error {
	if err := b.addSchemes(); err != nil {
		return err
	}
	b.addSchema("User", b.userSchema())
	for _, group := range b.routes.Attached() {
		for _, route := range group.Routes {
			if err := b.add(group, route); err != nil {
				return err
			}
		}
		b.tag(group.Name)
	}
	if len(b.conflicts) > 0 {
		return fmt.Errorf("openapi: the base has something else under these names: %s; Prefix gives other ones", strings.Join(b.conflicts, ", "))
	}
	return nil
}

// add adds one route.
func (b *builder) add(group routes.Attached, route routes.Route) error {
	path := pathOf(group.Prefix, route.Path)
	item := b.doc.Paths.Value(path)
	if item == nil {
		item = &openapi3.PathItem{}
		b.doc.Paths.Set(path, item)
	}
	if item.GetOperation(route.Method) != nil {
		return fmt.Errorf("openapi: the base has %s %s already", route.Method, path)
	}
	item.SetOperation(route.Method, b.operation(group, route, path))
	return nil
}

func (b *builder) operation(group routes.Attached, route routes.Route, path string) *openapi3.Operation {
	security := b.security(route)
	return &openapi3.Operation{
		Tags:        []string{group.Name},
		OperationID: b.idOf(group, route),
		Summary:     route.Doc.Summary,
		Description: route.Doc.Description,
		Parameters:  parametersOf(path, route.Doc.Params),
		RequestBody: b.requestBody(route.Doc.Body),
		Responses:   b.responses(route),
		Security:    &security,
		Extensions:  b.extensions(group, route),
	}
}

// extensions are what OpenAPI has no words for: which route it is, and the rights it
// demands beside a login.
func (b *builder) extensions(group routes.Attached, route routes.Route) map[string]any {
	all := map[string]any{extension: b.about(group, route)}
	if len(route.Guard.Roles) > 0 {
		all["x-roles"] = route.Guard.Roles
	}
	if len(route.Guard.Permissions) > 0 {
		all["x-permissions"] = route.Guard.Permissions
	}
	return all
}

// extension tells programs, such as the page, which route of ginauth it is.
const extension = "x-ginauth"

// about is which route it is, and what it demands of a login beside that there is one:
// "fresh" is how recent it must be, in seconds, "factor" that it must have two factors.
func (b *builder) about(group routes.Attached, route routes.Route) map[string]any {
	about := map[string]any{"group": group.Name, "operation": route.Operation}
	if route.Backend != "" {
		about["backend"] = route.Backend
		about["scheme"] = b.named(route.Backend)
	}
	if route.Provider != "" {
		about["provider"] = route.Provider
	}
	guard := route.Guard
	if guard.Fresh > 0 {
		about["fresh"] = int(guard.Fresh / time.Second)
	}
	if guard.MultiFactor {
		about["factor"] = true
	}
	for name, list := range map[string][]string{
		"roles": guard.Roles, "permissions": guard.Permissions, "scopes": guard.Scopes, "any_scope": guard.AnyScope,
	} {
		if len(list) > 0 {
			about[name] = list
		}
	}
	return about
}

// named is the name in the document of something ginauth calls name.
func (b *builder) named(name string) string { return b.choices.prefix + name }

func (b *builder) tag(name string) {
	if b.doc.Tags.Get(name) == nil {
		b.doc.Tags = append(b.doc.Tags, &openapi3.Tag{Name: name})
	}
}

// addSchema adds a schema and returns the reference to it.
func (b *builder) addSchema(name string, schema *openapi3.Schema) *openapi3.SchemaRef {
	name = b.named(name)
	ref := &openapi3.SchemaRef{Value: schema}
	if there, ok := b.doc.Components.Schemas[name]; ok {
		b.compare("schema "+name, there, ref)
	} else {
		b.doc.Components.Schemas[name] = ref
	}
	return openapi3.NewSchemaRef("#/components/schemas/"+name, schema)
}

// compare notes a conflict where two things of one name are not the same.
func (b *builder) compare(name string, there, here any) {
	if !sameJSON(there, here) {
		b.conflicts = append(b.conflicts, name)
	}
}

// setsCookies reports whether browsers send the token of any backend by themselves.
func setsCookies(r *routes.Routes) bool {
	for _, backend := range r.Authenticator().Backends() {
		if len(backend.Carrier.Cookies()) > 0 {
			return true
		}
	}
	return false
}

// challenges reports whether a 401 says how to authenticate.
func challenges(r *routes.Routes) bool {
	for _, backend := range r.Authenticator().Backends() {
		if _, ok := backend.Carrier.(backends.Challenger); ok {
			return true
		}
	}
	return false
}

func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// sameJSON reports whether two values are the same JSON.
func sameJSON(a, b any) bool {
	first, err := plain(a)
	if err != nil {
		return false
	}
	second, err := plain(b)
	return err == nil && reflect.DeepEqual(first, second)
}
