package openapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth/routes"
)

const jsonType = "application/json"

// shared are the answers that are the same on every route that gives them, by
// status, if they are nothing but the refusal named.
var shared = map[int]struct{ name, refusal string }{
	http.StatusUnauthorized:          {"Unauthorized", "unauthorized"},
	http.StatusNotFound:              {"NotFound", "not found"},
	http.StatusRequestEntityTooLarge: {"TooLarge", "too large"},
	http.StatusTooManyRequests:       {"TooManyRequests", "TOO_MANY_REQUESTS"},
	http.StatusInternalServerError:   {"InternalServerError", "unforeseen"},
	http.StatusServiceUnavailable:    {"ServiceUnavailable", "unavailable"},
}

func (b *builder) responses(route routes.Route) *openapi3.Responses {
	responses := openapi3.NewResponsesWithCapacity(10)
	all := answersOf(b.routes, route)
	for _, status := range slices.Sorted(maps.Keys(all)) {
		a := all[status]
		response := b.response(status, a)
		ref := &openapi3.ResponseRef{Value: response}
		if common, ok := shared[status]; ok && a.isOnly(common.refusal) {
			ref = b.addResponse(common.name, response)
		}
		openapi3.WithStatus(status, ref)(responses)
	}
	return responses
}

func (a *answer) isOnly(name string) bool {
	return a.success == nil && a.passwordCode == "" && a.factors == nil && len(a.refusals) == 1 && a.refusals[0].name == name
}

func (b *builder) addResponse(name string, response *openapi3.Response) *openapi3.ResponseRef {
	name = b.named(name)
	ref := &openapi3.ResponseRef{Value: response}
	if there, ok := b.doc.Components.Responses[name]; ok {
		b.compare("response "+name, there, ref)
	} else {
		b.doc.Components.Responses[name] = ref
	}
	return &openapi3.ResponseRef{Ref: "#/components/responses/" + name, Value: response}
}

func (b *builder) response(status int, a *answer) *openapi3.Response {
	response := openapi3.NewResponse().WithDescription(describe(status, a))
	if a.success != nil {
		b.describeSuccess(response, *a.success)
	} else {
		response.Content = openapi3.Content{jsonType: b.refusalBody(a)}
	}
	for _, header := range b.headersOf(status, a) {
		if response.Headers == nil {
			response.Headers = openapi3.Headers{}
		}
		response.Headers[header.Name] = &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{
			Description: header.Description, Example: header.Example, Schema: openapi3.NewSchemaRef("", typed("string")),
		}}}
	}
	return response
}

// describe joins what the reasons for an answer are.
func describe(status int, a *answer) string {
	var texts []string
	if a.success != nil {
		texts = append(texts, a.success.Description)
	}
	for _, r := range a.refusals {
		text := r.when
		if r.name == r.detail { // a code of its own
			text = strings.TrimSpace("`" + r.detail + "`: " + r.when)
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	if a.passwordCode != "" {
		texts = append(texts, "`"+a.passwordCode+"`: The password is refused, for the reason given.")
	}
	if a.factors != nil {
		texts = append(texts, "`LOGIN_FACTOR_REQUIRED`: The user has a second factor. POST /login/factor of the same group completes the login.")
	}
	if len(a.invalid) > 0 {
		texts = append(texts, "Something in the request is missing or not valid.")
	}
	if len(texts) == 0 {
		return http.StatusText(status)
	}
	return strings.Join(texts, "\n\n")
}

func (b *builder) headersOf(status int, a *answer) []routes.Header {
	if a.success != nil {
		return a.success.Headers
	}
	switch status {
	case http.StatusUnauthorized:
		if challenges(b.routes) {
			return []routes.Header{{Name: "WWW-Authenticate", Description: "`Bearer`, with `error=\"invalid_token\"` if a token was sent.", Example: "Bearer"}}
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return []routes.Header{{Name: "Retry-After", Description: "After how many seconds to try again.", Example: "1"}}
	}
	return nil
}

func (b *builder) describeSuccess(response *openapi3.Response, success routes.Success) {
	if success.Body == nil {
		return
	}
	media := &openapi3.MediaType{Schema: b.shapes.of(reflect.TypeOf(success.Body), answered)}
	if example, err := plain(success.Body); err == nil && example != nil {
		media.Example = example
	}
	response.Content = openapi3.Content{jsonType: media}
}

// refusalBody describes an error's body, with one example for each reason.
func (b *builder) refusalBody(a *answer) *openapi3.MediaType {
	var schemas openapi3.SchemaRefs
	examples := openapi3.Examples{}
	example := func(name, summary string, value any) {
		examples[name] = &openapi3.ExampleRef{Value: &openapi3.Example{Summary: summary, Value: value}}
	}
	for _, r := range a.refusals {
		example(r.name, r.when, map[string]any{"detail": r.detail})
	}
	if len(a.refusals) > 0 {
		schemas = append(schemas, b.addSchema("Refusal", refusalSchema()))
	}
	if a.passwordCode != "" {
		schemas = append(schemas, b.addSchema("PasswordRefusal", passwordRefusalSchema()))
		example(a.passwordCode, "The password is refused.", map[string]any{
			"detail": map[string]any{"code": a.passwordCode, "reason": "Password should be at least 8 characters"},
		})
	}
	if a.factors != nil {
		schemas = append(schemas, b.addSchema("FactorRequired", factorRequiredSchema(a.factors)))
		example("LOGIN_FACTOR_REQUIRED", "The user has a second factor.", map[string]any{"detail": map[string]any{
			"code": "LOGIN_FACTOR_REQUIRED", "factors": a.factors, "login_token": "iJ3kXnT0b1lq2Y4m8sVhO7uWcR5eAzDfG6pNtL9xQ0k",
		}})
	}
	if len(a.invalid) > 0 {
		schemas = append(schemas, b.addSchema("InvalidRequest", invalidSchema()))
	}
	for _, sample := range a.invalid {
		if value, err := plain(json.RawMessage(sample.Body)); err == nil {
			example(sample.Name, "", value)
		}
	}
	schema := &openapi3.SchemaRef{Value: &openapi3.Schema{AnyOf: schemas}}
	if len(schemas) == 1 {
		schema = schemas[0]
	}
	return &openapi3.MediaType{Schema: schema, Examples: examples}
}

func refusalSchema() *openapi3.Schema {
	detail := typed("string")
	detail.Description = "A stable code, or a phrase of HTTP."
	return exactly(map[string]*openapi3.Schema{"detail": detail})
}

func passwordRefusalSchema() *openapi3.Schema {
	reason := anything()
	reason.Description = "Why, for people; any JSON."
	return exactly(map[string]*openapi3.Schema{
		"detail": exactly(map[string]*openapi3.Schema{"code": typed("string"), "reason": reason}),
	})
}

// factorRequiredSchema is the answer to a login that needs one more factor.
func factorRequiredSchema(names []string) *openapi3.Schema {
	code, name, token := typed("string"), typed("string"), typed("string")
	code.Enum = []any{"LOGIN_FACTOR_REQUIRED"}
	for _, one := range names {
		name.Enum = append(name.Enum, one)
	}
	token.Description = "Names the login that waits, for five minutes. Absent where it is in a cookie, and in a re-authentication."
	detail := exactly(map[string]*openapi3.Schema{
		"code":    code,
		"factors": {Type: &openapi3.Types{"array"}, Items: openapi3.NewSchemaRef("", name), Description: "Those that this user can answer with."},
	})
	detail.Properties["login_token"] = openapi3.NewSchemaRef("", token)
	return exactly(map[string]*openapi3.Schema{"detail": detail})
}

func invalidSchema() *openapi3.Schema {
	place := &openapi3.Schema{AnyOf: openapi3.SchemaRefs{{Value: typed("string")}, {Value: typed("integer")}}}
	loc := &openapi3.Schema{
		Type: &openapi3.Types{"array"}, Items: openapi3.NewSchemaRef("", place),
		Description: "Where: `body` or `query`, then the field, or the offset of a byte.",
	}
	item := exactly(map[string]*openapi3.Schema{"loc": loc, "msg": typed("string"), "type": typed("string")})
	return exactly(map[string]*openapi3.Schema{
		"detail": {Type: &openapi3.Types{"array"}, Items: openapi3.NewSchemaRef("", item)},
	})
}

// exactly returns an object of these properties and no others.
func exactly(properties map[string]*openapi3.Schema) *openapi3.Schema {
	schema := &openapi3.Schema{
		Type: &openapi3.Types{"object"}, Properties: openapi3.Schemas{},
		Required:             slices.Sorted(maps.Keys(properties)),
		AdditionalProperties: openapi3.AdditionalProperties{Has: openapi3.Ptr(false)},
	}
	for name, property := range properties {
		schema.Properties[name] = openapi3.NewSchemaRef("", property)
	}
	return schema
}

// plain returns value as encoding/json reads its JSON.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var read any
	err = json.Unmarshal(text, &read)
	return read, err
}
