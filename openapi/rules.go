package openapi

import (
	"reflect"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// rule is one of the rules in a binding tag, such as max=80.
type rule struct{ name, param, text string }

// rulesOf takes a binding tag apart.
func rulesOf(binding string) []rule {
	if binding == "" || binding == "-" {
		return nil
	}
	var rules []rule
	for text := range strings.SplitSeq(binding, ",") {
		name, param, _ := strings.Cut(text, "=")
		param = strings.NewReplacer("0x2C", ",", "0x7C", "|").Replace(param)
		rules = append(rules, rule{name, param, text})
	}
	return rules
}

// cutAtDive returns the rules of a list or map, and of what is in it.
func cutAtDive(rules []rule) (own, elements []rule, dives bool) {
	for i, r := range rules {
		if r.name != "dive" {
			continue
		}
		own, elements = rules[:i], rules[i+1:]
		if len(elements) > 0 && elements[0].name == "keys" {
			for len(elements) > 0 && elements[0].name != "endkeys" {
				elements = elements[1:]
			}
			elements = elements[min(1, len(elements)):]
		}
		return own, elements, true
	}
	return rules, nil, false
}

// ruled describes what clients send for a field that has rules, null apart. Rules that
// JSON Schema cannot express are described in words.
func (s *shapes) ruled(t reflect.Type, rules []rule) *openapi3.SchemaRef {
	pointer := t.Kind() == reflect.Pointer
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	own, elements, dives := cutAtDive(rules)
	ref := s.of(t, sent)
	if ref.Ref != "" {
		return withWords(ref, unsaid(own))
	}
	schema := *ref.Value
	if dives {
		s.ruleElements(&schema, t, elements)
	}
	mayBeZero, words := false, []string(nil)
	for _, r := range own {
		switch r.name {
		case "omitempty", "omitzero":
			mayBeZero = !pointer
		case "omitnil", "structonly", "nostructlevel":
		default:
			if pointer && r.name == "required" {
				continue // not nil; what it points to may be zero
			}
			if !r.restrict(&schema, t) {
				words = append(words, r.text)
			}
		}
	}
	schema.Description = inWords(words)
	if zero, refused := refusedZero(&schema, t); mayBeZero && refused {
		empty := &openapi3.Schema{Const: zero}
		return openapi3.NewSchemaRef("", &openapi3.Schema{AnyOf: openapi3.SchemaRefs{{Value: empty}, {Value: &schema}}})
	}
	return openapi3.NewSchemaRef("", &schema)
}

func (s *shapes) ruleElements(schema *openapi3.Schema, t reflect.Type, rules []rule) {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		schema.Items = s.ruledElement(t.Elem(), rules)
	case reflect.Map:
		schema.AdditionalProperties.Schema = s.ruledElement(t.Elem(), rules)
	}
}

func (s *shapes) ruledElement(t reflect.Type, rules []rule) *openapi3.SchemaRef {
	ref := s.ruled(t, rules)
	required := has(rules, "required")
	switch t.Kind() {
	case reflect.Pointer:
		if !required {
			return orNull(ref)
		}
	case reflect.Slice, reflect.Map: // null has no elements, and its size is checked
		if !required && (len(rules) == 0 || has(rules, "omitempty")) {
			return orNull(ref)
		}
	}
	return ref
}

func has(rules []rule, name string) bool {
	for _, r := range rules {
		if r.name == name {
			return true
		}
	}
	return false
}

// unsaid are the rules of a type that is described elsewhere.
func unsaid(rules []rule) []string {
	var words []string
	for _, r := range rules {
		switch r.name {
		case "required", "omitempty", "omitzero", "omitnil", "structonly", "nostructlevel":
		default:
			words = append(words, r.text)
		}
	}
	return words
}

func withWords(ref *openapi3.SchemaRef, words []string) *openapi3.SchemaRef {
	if len(words) == 0 {
		return ref
	}
	return openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{ref}, Description: inWords(words)})
}

func inWords(rules []string) string {
	if len(rules) == 0 {
		return ""
	}
	return "Also has to follow `" + strings.Join(rules, "`, `") + "`."
}

// refusedZero returns the zero value of a text or number, and whether the schema
// may refuse it.
func refusedZero(schema *openapi3.Schema, t reflect.Type) (zero any, refused bool) {
	listed := len(schema.Enum) > 0 || schema.Const != nil || schema.Not != nil
	switch {
	case t.Kind() == reflect.String:
		return "", listed || schema.MinLength > 0 || schema.Pattern != "" || schema.Format != "" || len(schema.AllOf) > 0
	case isNumber(t.Kind()):
		low, high := schema.ExclusiveMin.Value, schema.ExclusiveMax.Value
		return 0, listed || schema.Min != nil && *schema.Min > 0 || schema.Max != nil && *schema.Max < 0 ||
			low != nil && *low >= 0 || high != nil && *high <= 0
	}
	return nil, false
}

func isNumber(kind reflect.Kind) bool {
	return kind >= reflect.Int && kind <= reflect.Float64 && kind != reflect.Uintptr
}
