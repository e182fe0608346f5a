package openapi

import (
	"encoding"
	"encoding/json"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// use is what a Go type is described for. The same type may look different.
type use int

const (
	// answered: written by package routes. Every field is there, a nil slice is [].
	answered use = iota
	// stored: a part of the profile, as clients get it. A nil slice is null.
	stored
	// sent: a part of the profile, as clients send it. Binding rules hold.
	sent
	// loose: the same, in a list or map that the rules do not look into.
	loose
)

type shapeKey struct {
	typ reflect.Type
	use use
}

// shapes describes Go types. Structs with a name become schemas of that name.
type shapes struct {
	builder *builder
	names   map[shapeKey]string
	// reserved are the names of schemas that are no Go types.
	reserved map[string]bool
	// open are the types that are being described and have no schema of their own.
	open map[reflect.Type]bool
}

var (
	userType      = reflect.TypeFor[user.User]()
	nullType      = reflect.TypeFor[routes.Null]()
	timeType      = reflect.TypeFor[time.Time]()
	numberType    = reflect.TypeFor[json.Number]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// of returns the schema of a type.
func (s *shapes) of(t reflect.Type, u use) *openapi3.SchemaRef {
	switch {
	case t == userType || t.Kind() == reflect.Pointer && t.Elem() == userType:
		return openapi3.NewSchemaRef("#/components/schemas/"+s.builder.named("User"), s.builder.doc.Components.Schemas[s.builder.named("User")].Value)
	case t == nullType:
		return openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeNull}, Examples: []any{nil}})
	case t == timeType:
		return openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{"string"}, Format: "date-time"})
	case t == numberType:
		return openapi3.NewSchemaRef("", typed("number"))
	case t.Kind() == reflect.Pointer:
		return orNull(s.of(t.Elem(), u))
	case t.Kind() == reflect.Struct && embedsUser(t):
		return s.component(t, u)
	case t.Kind() != reflect.Interface && implements(t, jsonMarshaler):
		return openapi3.NewSchemaRef("", anything()) // only the type itself knows
	case t.Kind() != reflect.Interface && implements(t, textMarshaler):
		return openapi3.NewSchemaRef("", typed("string"))
	case t.Kind() == reflect.Struct && t.Name() != "":
		return s.component(t, u)
	case s.open[t]: // a list or map that contains itself, and has no schema to refer to
		return openapi3.NewSchemaRef("", anything())
	}
	if t.Name() != "" {
		s.open[t] = true
		defer delete(s.open, t)
	}
	ref := openapi3.NewSchemaRef("", s.inline(t, u))
	if (u == stored || u == loose) && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		return orNull(ref)
	}
	return ref
}

// embedsUser reports whether a struct is a user with more fields: its first field is one,
// embedded.
func embedsUser(t reflect.Type) bool {
	if t.NumField() == 0 {
		return false
	}
	first := t.Field(0)
	return first.Anonymous && first.Type == reflect.PointerTo(userType)
}

// implements says whether t or a pointer to it does.
func implements(t, able reflect.Type) bool {
	return t.Implements(able) || reflect.PointerTo(t).Implements(able)
}

// inside is the use of what is in a list or map.
func (u use) inside() use {
	if u == sent {
		return loose
	}
	return u
}

func (s *shapes) inline(t reflect.Type, u use) *openapi3.Schema {
	switch t.Kind() {
	case reflect.String:
		return typed("string")
	case reflect.Bool:
		return typed("boolean")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return integer(t)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		schema := integer(t)
		schema.Min = openapi3.Ptr(0.0)
		return schema
	case reflect.Float32, reflect.Float64:
		return typed("number")
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 && !implements(t.Elem(), jsonMarshaler) && !implements(t.Elem(), textMarshaler) {
			return &openapi3.Schema{Type: &openapi3.Types{"string"}, ContentEncoding: "base64"}
		}
		return &openapi3.Schema{Type: &openapi3.Types{"array"}, Items: s.of(t.Elem(), u.inside())}
	case reflect.Array:
		size := uint64(t.Len())
		return &openapi3.Schema{Type: &openapi3.Types{"array"}, Items: s.of(t.Elem(), u.inside()), MinItems: size, MaxItems: &size}
	case reflect.Map:
		return &openapi3.Schema{Type: &openapi3.Types{"object"}, AdditionalProperties: openapi3.AdditionalProperties{Schema: s.of(t.Elem(), u.inside())}}
	case reflect.Struct:
		return s.object(t, u)
	default:
		return anything()
	}
}

// anything names all types: an empty schema, which means the same, is not taken to
// allow null everywhere.
func anything() *openapi3.Schema {
	return &openapi3.Schema{Type: &openapi3.Types{"null", "boolean", "number", "string", "array", "object"}}
}

func integer(t reflect.Type) *openapi3.Schema {
	schema := typed("integer")
	switch t.Kind() {
	case reflect.Int32:
		schema.Format = "int32"
	case reflect.Int, reflect.Int64:
		schema.Format = "int64"
	}
	return schema
}

// component describes a struct under its name; it may contain itself.
func (s *shapes) component(t reflect.Type, u use) *openapi3.SchemaRef {
	schemas := s.builder.doc.Components.Schemas
	name, known := s.names[shapeKey{t, u}]
	if !known {
		name = s.nameOf(t, u)
		s.names[shapeKey{t, u}] = name
		ref := &openapi3.SchemaRef{Value: &openapi3.Schema{}}
		there, taken := schemas[name]
		if !taken {
			schemas[name] = ref
		}
		*ref.Value = *s.object(t, u)
		if taken {
			s.builder.compare("schema "+name, there, ref)
		}
	}
	return openapi3.NewSchemaRef("#/components/schemas/"+name, schemas[name].Value)
}

// nameOf returns the name of a struct, with its package's where another type has it.
func (s *shapes) nameOf(t reflect.Type, u use) string {
	plainName := identifier(t.Name())
	plainName = strings.ToUpper(plainName[:1]) + plainName[1:]
	switch u {
	case sent:
		plainName += "Input"
	case loose:
		plainName += "LooseInput"
	}
	name := s.builder.named(plainName)
	if s.isTaken(name) {
		name = s.builder.named(identifier(path.Base(t.PkgPath())) + "." + plainName)
	}
	for n, first := 2, name; s.isTaken(name); n++ {
		name = first + strconv.Itoa(n)
	}
	return name
}

// isTaken reports whether ginauth itself has given the name to something else.
func (s *shapes) isTaken(name string) bool {
	for _, taken := range s.names {
		if taken == name {
			return true
		}
	}
	return s.reserved[name]
}

// object describes the fields of a struct as encoding/json sees them.
func (s *shapes) object(t reflect.Type, u use) *openapi3.Schema {
	schema := &openapi3.Schema{Type: &openapi3.Types{"object"}, Properties: openapi3.Schemas{}}
	if embedsUser(t) {
		*schema = *s.of(userType, u).Value
		schema.Properties, schema.Required, schema.Examples = maps.Clone(schema.Properties), slices.Clone(schema.Required), nil
		var more []reflect.StructField
		for i := 1; i < t.NumField(); i++ {
			more = append(more, t.Field(i))
		}
		t = reflect.StructOf(more)
	}
	s.addFields(schema, t, u)
	return schema
}

func (s *shapes) addFields(schema *openapi3.Schema, t reflect.Type, u use) {
	for _, field := range jsonFields(t) {
		optional := field.optional || u == loose
		property := s.property(field, u)
		if u == sent {
			optional = !has(rulesOf(field.Tag.Get("binding")), "required")
			if optional && isNilable(field.Type) {
				property = orNull(property)
			}
		}
		schema.Properties[field.name] = property
		if !optional {
			schema.Required = append(schema.Required, field.name)
		}
	}
}

// property describes a field, for what is sent without null.
func (s *shapes) property(field jsonField, u use) *openapi3.SchemaRef {
	rules := rulesOf(field.Tag.Get("binding"))
	switch {
	case field.quoted && u == sent:
		return withWords(openapi3.NewSchemaRef("", typed("string")), unsaid(rules))
	case field.quoted && field.Type.Kind() == reflect.Pointer:
		return orNull(openapi3.NewSchemaRef("", typed("string")))
	case field.quoted:
		return openapi3.NewSchemaRef("", typed("string"))
	case u == sent:
		return s.ruled(field.Type, rules)
	}
	return s.of(field.Type, u)
}

func isNilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	}
	return false
}

// orNull returns the schema of what may be null, too.
func orNull(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	null := openapi3.NewSchemaRef("", typed(openapi3.TypeNull))
	schema := ref.Value
	switch {
	case ref.Ref != "" || len(schema.AnyOf) > 0 && schema.Type == nil:
		return openapi3.NewSchemaRef("", &openapi3.Schema{AnyOf: openapi3.SchemaRefs{ref, null}})
	case schema.Type.IsEmpty() || schema.Type.IncludesNull():
		return ref
	}
	own := *schema
	types := append(openapi3.Types{}, *own.Type...)
	types = append(types, openapi3.TypeNull)
	own.Type = &types
	if own.Const != nil {
		own.Enum, own.Const = []any{own.Const}, nil
	}
	if len(own.Enum) > 0 {
		own.Enum = append(append([]any{}, own.Enum...), nil)
	}
	return openapi3.NewSchemaRef("", &own)
}
