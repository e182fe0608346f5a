package openapi

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// restrict adds a rule to the schema of a type, and reports whether it could be
// said in JSON Schema.
func (r rule) restrict(schema *openapi3.Schema, t reflect.Type) bool {
	if strings.Contains(r.text, "|") || implements(t, jsonMarshaler) || implements(t, textMarshaler) {
		return r.name == "required"
	}
	switch {
	case t.Kind() == reflect.String:
		return r.restrictText(schema)
	case isNumber(t.Kind()):
		return r.restrictNumber(schema)
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		if r.name == "unique" && r.param == "" {
			schema.UniqueItems = true
			return true
		}
		return r.restrictSize(&schema.MinItems, &schema.MaxItems)
	case t.Kind() == reflect.Map:
		return r.restrictSize(&schema.MinProps, &schema.MaxProps)
	case t.Kind() == reflect.Bool && r.name == "required":
		schema.Const = true
		return true
	}
	return r.name == "required"
}

// formats are the rules that JSON Schema has a format for.
var formats = map[string]string{
	"email": "email", "url": "uri", "http_url": "uri", "https_url": "uri", "uri": "uri",
	"uuid": "uuid", "uuid3": "uuid", "uuid4": "uuid", "uuid5": "uuid", "uuid7": "uuid",
	"uuid_rfc4122": "uuid", "uuid3_rfc4122": "uuid", "uuid4_rfc4122": "uuid", "uuid5_rfc4122": "uuid",
	"ipv4": "ipv4", "ip4_addr": "ipv4", "ipv6": "ipv6", "ip6_addr": "ipv6",
	"hostname": "hostname", "hostname_rfc1123": "hostname", "fqdn": "hostname",
}

// patterns are the rules that are a regular expression, in the dialect JSON Schema
// has (ECMA-262).
var patterns = map[string]string{
	"alpha": "^[a-zA-Z]+$", "alphaspace": "^[a-zA-Z ]+$",
	"alphanum": "^[a-zA-Z0-9]+$", "alphanumspace": "^[a-zA-Z0-9 ]+$",
	"numeric": `^[-+]?[0-9]+(\.[0-9]+)?$`, "number": "^[0-9]+$",
	"hexadecimal": "^(0[xX])?[0-9a-fA-F]+$", "e164": `^\+?[1-9][0-9]{7,14}$`,
	"ascii": `^[\x00-\x7F]*$`, "printascii": `^[\x20-\x7E]*$`,
}

func (r rule) restrictText(schema *openapi3.Schema) bool {
	if format, ok := formats[r.name]; ok {
		schema.Format = format
		return true
	}
	if pattern, ok := patterns[r.name]; ok {
		addPattern(schema, pattern)
		return true
	}
	switch r.name {
	case "required":
		schema.MinLength = max(schema.MinLength, 1)
	case "eq":
		schema.Const = r.param
	case "ne":
		schema.Not = openapi3.NewSchemaRef("", &openapi3.Schema{Const: r.param})
	case "oneof":
		schema.Enum = anys(words(r.param))
	case "startswith":
		addPattern(schema, "^"+regexp.QuoteMeta(r.param))
	case "endswith":
		addPattern(schema, regexp.QuoteMeta(r.param)+"$")
	case "contains":
		addPattern(schema, regexp.QuoteMeta(r.param))
	case "datetime":
		return restrictTime(schema, r.param)
	default:
		return r.restrictSize(&schema.MinLength, &schema.MaxLength)
	}
	return true
}

// addPattern demands one more pattern.
func addPattern(schema *openapi3.Schema, pattern string) {
	if schema.Pattern == "" {
		schema.Pattern = pattern
		return
	}
	schema.AllOf = append(schema.AllOf[:len(schema.AllOf):len(schema.AllOf)], openapi3.NewSchemaRef("", &openapi3.Schema{Pattern: pattern}))
}

func restrictTime(schema *openapi3.Schema, layout string) bool {
	switch layout {
	case "2006-01-02":
		schema.Format = "date"
	case "2006-01-02T15:04:05Z07:00":
		schema.Format = "date-time"
	default:
		return false
	}
	return true
}

// words takes the parameter of oneof apart: words, or phrases in quotes.
func words(param string) []string {
	var all []string
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(param, -1) {
		all = append(all, strings.ReplaceAll(word, "'", ""))
	}
	return all
}

// restrictSize limits how long a text is in characters, or how much is in a list.
func (r rule) restrictSize(least *uint64, most **uint64) bool {
	if r.name == "required" { // not nil
		return true
	}
	n, err := strconv.ParseUint(r.param, 10, 63)
	if err != nil {
		return false
	}
	atMost := func(n uint64) {
		if *most == nil || n < **most {
			*most = &n
		}
	}
	switch r.name {
	case "min", "gte":
		*least = max(*least, n)
	case "gt":
		*least = max(*least, n+1)
	case "max", "lte":
		atMost(n)
	case "lt":
		if n == 0 {
			return false
		}
		atMost(n - 1)
	case "len":
		*least = max(*least, n)
		atMost(n)
	default:
		return false
	}
	return true
}

func (r rule) restrictNumber(schema *openapi3.Schema) bool {
	if r.name == "oneof" {
		return restrictToNumbers(schema, words(r.param))
	}
	if r.name == "required" {
		schema.Not = openapi3.NewSchemaRef("", &openapi3.Schema{Const: 0})
		return true
	}
	n, err := strconv.ParseFloat(r.param, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return false
	}
	switch r.name {
	case "min", "gte":
		schema.Min = &n
	case "max", "lte":
		schema.Max = &n
	case "gt":
		schema.ExclusiveMin = openapi3.ExclusiveBound{Value: &n}
	case "lt":
		schema.ExclusiveMax = openapi3.ExclusiveBound{Value: &n}
	case "eq", "len":
		schema.Const = n
	case "ne":
		schema.Not = openapi3.NewSchemaRef("", &openapi3.Schema{Const: n})
	default:
		return false
	}
	return true
}

func restrictToNumbers(schema *openapi3.Schema, texts []string) bool {
	var allowed []any
	for _, text := range texts {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return false
		}
		allowed = append(allowed, n)
	}
	schema.Enum = allowed
	return len(allowed) > 0
}
