package mongostore

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// check returns an error for each field of the profile whose values would be lost, in
// whole or in part, or could not be stored at all.
func (p *profileFields) check() error {
	if p == nil {
		return nil
	}
	var problems []error
	scan := storableScan{registry: p.codec.lookup(), seen: map[reflect.Type]bool{}}
	scan.encoder, _ = scan.registry.LookupEncoder(reflect.TypeFor[struct{ X int }]())
	scan.decoder, _ = scan.registry.LookupDecoder(reflect.TypeFor[struct{ X int }]())
	for _, field := range p.fields {
		clear(scan.seen)
		if problem := scan.problem(field.Type); problem != "" {
			problems = append(problems, fmt.Errorf("profile type %v: field %s: %s", p.t.Type(), field.GoName, problem))
		}
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	if _, err := p.ReadBack(p.t.New()); err != nil {
		return fmt.Errorf("profile type %v: not even an empty one can be stored: %w", p.t.Type(), err)
	}
	return nil
}

// storableScan looks for types of which the driver stores less than there is in JSON.
type storableScan struct {
	registry *bson.Registry
	encoder  any // of structs without a codec of their own
	decoder  any
	seen     map[reflect.Type]bool
}

// problem says what would be lost of a type, "" for nothing.
func (s storableScan) problem(t reflect.Type) string {
	if s.seen[t] {
		return ""
	}
	s.seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		if t.Kind() == reflect.Pointer || !s.hasCodec(t) {
			return s.problem(t.Elem())
		}
	case reflect.Struct:
		if !s.hasCodec(t) {
			return s.structProblem(t)
		}
	}
	return ""
}

// hasCodec reports whether values of the type are written and read by something that
// was made for them. One half of a codec is none.
func (s storableScan) hasCodec(t reflect.Type) bool {
	encoder, err := s.registry.LookupEncoder(t)
	if err != nil || same(encoder, s.encoder) {
		return false
	}
	decoder, err := s.registry.LookupDecoder(t)
	if err != nil || same(decoder, s.decoder) {
		return false
	}
	return t.Kind() == reflect.Struct || t.Implements(valueMarshaler) || t.Implements(bsonMarshaler)
}

// same reports whether two codecs are one. Functions cannot be compared, and are made for
// something.
func same(a, b any) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.TypeOf(a).Comparable() && a == b
}

var (
	valueMarshaler = reflect.TypeFor[bson.ValueMarshaler]()
	bsonMarshaler  = reflect.TypeFor[bson.Marshaler]()
	jsonMarshaler  = reflect.TypeFor[json.Marshaler]()
	textMarshaler  = reflect.TypeFor[encoding.TextMarshaler]()
)

// structProblem is problem for a struct that the driver stores field by field.
func (s storableScan) structProblem(t reflect.Type) string {
	ownForm := hasJSONForm(t)
	for i := range t.NumField() {
		field := t.Field(i)
		jsonName, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		sent := ownForm || field.Tag.Get("json") != "-"
		switch {
		case !field.IsExported() && ownForm:
			return fmt.Sprintf("type %v has a JSON form of what is in unexported fields, which the driver does not store; "+
				"register a codec for it in the client's registry, or let it implement bson.ValueMarshaler and bson.ValueUnmarshaler", t)
		case !field.IsExported():
			if field.Anonymous && jsonName == "" && sent && hasExported(field.Type) {
				return fmt.Sprintf("type %v embeds the unexported %v, whose fields the driver does not store; export it, "+
					"or name the fields in %v itself", t, field.Type, t)
			}
		case sent && field.Tag.Get("bson") == "-":
			return fmt.Sprintf("field %s of type %v is sent to clients but not stored; give it the tag json:\"-\", too", field.Name, t)
		case field.Tag.Get("bson") != "-":
			if problem := s.problem(field.Type); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// hasExported reports whether an embedded type has fields that JSON shows.
func hasExported(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if field := t.Field(i); field.IsExported() || field.Anonymous && hasExported(field.Type) {
			return true
		}
	}
	return false
}

func hasJSONForm(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	return pointer.Implements(jsonMarshaler) || pointer.Implements(textMarshaler)
}
