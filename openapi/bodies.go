package openapi

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/routes"
)

// userSchema describes a user as clients see one: every field is always there.
func (b *builder) userSchema() *openapi3.Schema {
	schema := &openapi3.Schema{Type: &openapi3.Types{"object"}, Properties: openapi3.Schemas{}}
	add := func(name string, property *openapi3.SchemaRef, readOnly bool) {
		if readOnly {
			property = asReadOnly(property)
		}
		schema.Properties[name] = property
		schema.Required = append(schema.Required, name)
	}
	add("id", openapi3.NewSchemaRef("", typed("string")), true)
	add("email", openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{"string"}, Format: "email"}), false)
	if b.routes.Manager().Policy().Usernames != nil {
		add("username", orNull(openapi3.NewSchemaRef("", typed("string"))), false)
	}
	for _, flag := range []string{"is_active", "is_superuser", "is_verified"} {
		add(flag, openapi3.NewSchemaRef("", typed("boolean")), false)
	}
	if b.routes.Manager().Roles() != nil {
		add("roles", openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{"array"}, Items: openapi3.NewSchemaRef("", typed("string"))}), false)
	}
	for _, field := range b.profile() {
		add(field.Name, b.shownField(field), field.ReadOnly)
	}
	if example, err := plain(b.routes.SampleUser()); err == nil {
		schema.Examples = []any{example}
	}
	return schema
}

// profile returns the application's own fields that clients get.
func (b *builder) profile() []profile.Field {
	fields := b.routes.Manager().Store().ProfileType().Fields()
	return slices.DeleteFunc(fields, func(f profile.Field) bool { return f.Name == "" })
}

func asReadOnly(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	if ref.Ref != "" {
		return openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{ref}, ReadOnly: true})
	}
	schema := *ref.Value
	schema.ReadOnly = true
	return openapi3.NewSchemaRef("", &schema)
}

// requestBody describes what a route reads, nil for nothing.
func (b *builder) requestBody(body *routes.Body) *openapi3.RequestBodyRef {
	if body == nil {
		return nil
	}
	schema := b.bodySchema(body)
	media := &openapi3.MediaType{Schema: b.addSchema(body.Name, schema)}
	if example := exampleOf(schema, body); fits(example, schema) {
		media.Example = example
	}
	content := openapi3.Content{jsonType: media}
	if body.Forms {
		content["application/x-www-form-urlencoded"], content["multipart/form-data"] = media, media
	}
	return &openapi3.RequestBodyRef{Value: &openapi3.RequestBody{Required: true, Content: content}}
}

func (b *builder) bodySchema(body *routes.Body) *openapi3.Schema {
	schema := &openapi3.Schema{Type: &openapi3.Types{"object"}, Properties: openapi3.Schemas{}}
	for _, field := range body.Fields {
		property := typed(field.Type)
		property.Format, property.Description, property.Enum = field.Format, field.Description, anys(field.Values)
		if field.Type == "array" { // of texts
			item := typed("string")
			item.Enum, property.Enum = property.Enum, nil
			property.Items = openapi3.NewSchemaRef("", item)
		}
		ref := openapi3.NewSchemaRef("", property)
		if field.Sample != nil {
			ref = b.shapes.of(reflect.TypeOf(field.Sample), answered)
		}
		if field.Nullable {
			ref = orNull(ref)
		}
		schema.Properties[field.Name] = ref
		if field.Required {
			schema.Required = append(schema.Required, field.Name)
		}
	}
	if body.Profile {
		b.addProfile(schema, body.Partial)
	}
	return schema
}

// addProfile adds the application's own fields that clients may write. Null clears
// a field that can be nil, unless its rules want something there; for any other it
// is no change.
func (b *builder) addProfile(schema *openapi3.Schema, partial bool) {
	required := b.routes.RequiredFields()
	for _, field := range b.profile() {
		if field.ReadOnly {
			continue
		}
		must := slices.Contains(required, field.Name)
		property := b.sentField(field)
		if field.Nilable && !must || !field.Nilable && partial {
			property = orNull(property)
		}
		schema.Properties[field.Name] = property
		if must && !partial {
			schema.Required = append(schema.Required, field.Name)
		}
	}
}

// exampleOf returns a body with the fields that have an example, and the profile's
// that have to be there.
func exampleOf(schema *openapi3.Schema, body *routes.Body) map[string]any {
	example := map[string]any{}
	for _, name := range schema.Required {
		example[name] = likely(schema.Properties[name].Value)
	}
	for _, field := range body.Fields {
		switch {
		case field.Example != nil:
			example[field.Name] = field.Example
		case !field.Required:
			delete(example, field.Name)
		}
	}
	return example
}

// likely makes up a value that a schema may like.
func likely(schema *openapi3.Schema) any {
	switch {
	case schema.Const != nil:
		return schema.Const
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case len(schema.AnyOf) > 0:
		return likely(schema.AnyOf[len(schema.AnyOf)-1].Value)
	case schema.Type.Permits("string") && !schema.Type.IsEmpty():
		return likelyText(schema)
	case schema.Type.Includes("boolean"):
		return true
	case schema.Type.Includes("integer"), schema.Type.Includes("number"):
		if schema.Min != nil {
			return max(*schema.Min, 1)
		}
		return 1
	case schema.Type.Includes("array"):
		return []any{}
	}
	return map[string]any{}
}

var likelyTexts = map[string]string{
	"email": "king.arthur@camelot.bt", "uri": "https://camelot.bt/", "uuid": "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b",
	"ipv4": "203.0.113.7", "ipv6": "2001:db8::7", "hostname": "camelot.bt", "date": "2026-01-02", "date-time": "2026-01-02T03:04:05Z",
}

func likelyText(schema *openapi3.Schema) string {
	if text, ok := likelyTexts[schema.Format]; ok {
		return text
	}
	length := max(schema.MinLength, 1)
	if schema.Pattern != "" { // digits follow most of them
		return strings.Repeat("7", int(length))
	}
	return strings.Repeat("x", int(length))
}

// fits reports whether an example may be shown. It looks at what is in the example
// only, the rest of the schema may refer to schemas that are not ready yet.
func fits(example map[string]any, schema *openapi3.Schema) bool {
	asked := openapi3.Schema{Type: schema.Type, Required: schema.Required, Properties: openapi3.Schemas{}}
	for name := range example {
		asked.Properties[name] = schema.Properties[name]
	}
	value, err := plain(example)
	if err != nil {
		return false
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return false
	}
	var own openapi3.Schema // validation writes to schemas
	if json.Unmarshal(text, &own) != nil || own.Validate(context.Background(), openapi3.IsOpenAPI31OrLater()) != nil {
		return false
	}
	return own.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.EnableFormatValidation()) == nil
}
