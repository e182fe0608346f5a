package openapi

import (
	"path"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth/routes"
)

// pathOf returns the path of a route in OpenAPI's notation. A group's own path is
// served with and without a slash at its end; it is described without.
func pathOf(prefix, relative string) string {
	segments := strings.Split(path.Join("/", prefix, relative), "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, ":") || strings.HasPrefix(segment, "*") {
			segments[i] = "{" + segment[1:] + "}"
		}
	}
	return strings.Join(segments, "/")
}

// namesIn returns the names of the parameters of a path.
func namesIn(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, "{") {
			names = append(names, strings.Trim(segment, "{}"))
		}
	}
	return names
}

// parametersOf returns the parameters of a path and its query.
func parametersOf(path string, described []routes.Param) openapi3.Parameters {
	var all openapi3.Parameters
	for _, name := range namesIn(path) {
		param := routes.Param{Name: name, InPath: true}
		for _, d := range described {
			if d.InPath && d.Name == name {
				param = d
			}
		}
		all = append(all, parameter(param))
	}
	for _, param := range described {
		if !param.InPath {
			all = append(all, parameter(param))
		}
	}
	return all
}

func parameter(p routes.Param) *openapi3.ParameterRef {
	schema := typed(p.Type)
	schema.Default = p.Default
	if p.Min != 0 {
		schema.Min = openapi3.Ptr(float64(p.Min))
	}
	if p.Max != 0 {
		schema.Max = openapi3.Ptr(float64(p.Max))
	}
	schema.Enum = anys(p.Values)
	if p.Repeated {
		schema = &openapi3.Schema{Type: &openapi3.Types{"array"}, Items: openapi3.NewSchemaRef("", schema)}
	}
	in := openapi3.ParameterInQuery
	if p.InPath {
		in = openapi3.ParameterInPath
	}
	return &openapi3.ParameterRef{Value: &openapi3.Parameter{
		Name: p.Name, In: in, Description: p.Description, Required: p.InPath,
		Schema: openapi3.NewSchemaRef("", schema), Example: p.Example,
	}}
}

// typed returns the schema of a JSON type, string where none is named.
func typed(name string) *openapi3.Schema {
	if name == "" {
		name = openapi3.TypeString
	}
	return &openapi3.Schema{Type: &openapi3.Types{name}}
}

func anys(texts []string) []any {
	var values []any
	for _, text := range texts {
		values = append(values, text)
	}
	return values
}

// idOf names an operation after its group, provider, backend and what it does. The
// first mount of a group keeps the short name whatever is attached later; further
// ones add where they are.
func (b *builder) idOf(group routes.Attached, route routes.Route) string {
	var parts []string
	if route.Operation != group.Name && !strings.HasPrefix(route.Operation, group.Name+"_") {
		parts = append(parts, group.Name)
	}
	for _, part := range []string{route.Provider, route.Backend, route.Operation} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	name := b.named(identifier(strings.Join(parts, "_")))
	id := name
	if b.ids[id] {
		name += "_at" + identifier(group.Prefix)
		id = name
	}
	for n := 2; b.ids[id]; n++ { // two prefixes that differ only in what no identifier may have
		id = name + "_" + strconv.Itoa(n)
	}
	b.ids[id] = true
	return id
}

// identifier makes every character that an identifier cannot have "_".
func identifier(text string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, text)
}
