package profile

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// types remembers the description of every type that was asked for. Types live as long as the program, so it
// is bounded by the program's text.
var types sync.Map // reflect.Type → entryOf

type entryOf struct {
	t   *Type
	err error
}

// typeFor describes a struct type; the same type has the same description every time.
func typeFor(typ reflect.Type) (*Type, error) {
	if entry, ok := types.Load(typ); ok {
		return entry.(entryOf).t, entry.(entryOf).err
	}
	t, err := describeProfile(typ)
	entry, _ := types.LoadOrStore(typ, entryOf{t, err})
	return entry.(entryOf).t, entry.(entryOf).err
}

func describeProfile(typ reflect.Type) (*Type, error) {
	if typ.Kind() != reflect.Struct {
		return nil, fmt.Errorf("profile: type %v is not a struct", typ)
	}
	scan := scanner{typ: typ}
	scan.fieldsOf(typ, nil, false)
	t := &Type{typ: typ, fields: scan.fields, byKey: map[string]int{}}
	bsonNames := map[string]string{}
	for i, field := range t.fields {
		if first, taken := t.byKey[field.Key()]; taken {
			scan.mistake(field.GoName, "name %q is also the name of field %s", field.Key(), t.fields[first].GoName)
		}
		t.byKey[field.Key()] = i
		if first, taken := bsonNames[field.BSONName]; taken {
			scan.mistake(field.GoName, "BSON name %q is also the name of field %s", field.BSONName, first)
		}
		bsonNames[field.BSONName] = field.GoName
	}
	if len(scan.mistakes) > 0 {
		return nil, errors.Join(scan.mistakes...)
	}
	t.sent = sentFields(t.fields)
	return t, nil
}

// scanner collects the fields of a struct type and the mistakes in their declaration.
type scanner struct {
	typ      reflect.Type
	fields   []Field
	mistakes []error
}

func (s *scanner) mistake(goName, format string, args ...any) {
	s.mistakes = append(s.mistakes,
		fmt.Errorf("profile: type %v: field %s: %s", s.typ, goName, fmt.Sprintf(format, args...)))
}

// fieldsOf collects the fields of t, which is the profile's type or a struct embedded in it at index.
func (s *scanner) fieldsOf(t reflect.Type, index []int, readOnly bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		tags := parseTags(field)
		for _, mistake := range tags.mistakes {
			s.mistake(field.Name, "%s", mistake)
		}
		place := append(slices.Clone(index), i)
		readOnly := readOnly || tags.readOnly
		switch {
		case tags.noJSON && tags.noBSON: // the application's own business
		case field.Anonymous && tags.jsonName == "" && !tags.noJSON && field.Type.Kind() == reflect.Struct:
			s.checkEmbedded(field, tags)
			s.fieldsOf(field.Type, place, readOnly)
		case field.Anonymous && tags.jsonName == "" && !tags.noJSON && isStructPointer(field.Type):
			s.mistake(field.Name, "is an embedded pointer; embed the struct itself or give it a JSON name")
		case !field.IsExported():
			if !tags.noJSON && !tags.noBSON && (tags.hasJSON || tags.hasBSON || tags.hasGinauth || tags.binding != "") {
				s.mistake(field.Name, "has tags but is not exported")
			}
		default:
			s.add(field, tags, place, readOnly)
		}
	}
}

// checkEmbedded refuses tags that say something else than "the fields of this struct are fields of the profile".
func (s *scanner) checkEmbedded(field reflect.StructField, tags fieldTags) {
	switch {
	case hasJSONForm(field.Type):
		s.mistake(field.Name, "is embedded but has a JSON form of its own; give it a JSON name")
	case tags.bsonName != "" || tags.noBSON:
		s.mistake(field.Name, "is flat in JSON, so its bson tag may only be \",inline\"")
	case tags.binding != "":
		s.mistake(field.Name, "is embedded, so its binding tag has no effect")
	}
}

func (s *scanner) add(field reflect.StructField, tags fieldTags, index []int, readOnly bool) {
	f := Field{
		Name: tags.jsonName, BSONName: tags.bsonName, GoName: field.Name, Index: index, ReadOnly: readOnly,
		Nilable: isNilable(field.Type), Type: field.Type, Binding: tags.binding,
	}
	if f.Name == "" && !tags.noJSON {
		f.Name = field.Name
	}
	if f.BSONName == "" {
		f.BSONName = strings.ToLower(field.Name) // as the driver does
	}
	if isReserved(f.Name) {
		s.mistake(field.Name, "JSON name %q belongs to ginauth", f.Name)
	}
	if isReserved(f.BSONName) {
		s.mistake(field.Name, "BSON name %q belongs to ginauth", f.BSONName)
	}
	if tags.noBSON {
		s.mistake(field.Name, "is sent to clients but not stored; give it the tag json:\"-\" too")
	}
	if tags.bsonInline {
		s.mistake(field.Name, "the bson option inline is for an embedded struct without a JSON name")
	}
	if bad := withoutJSONForm(field.Type, map[reflect.Type]bool{}); bad != nil {
		s.mistake(field.Name, "type %v has no JSON form", bad)
	}
	s.fields = append(s.fields, f)
}

func isStructPointer(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

func isNilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	default:
		return false
	}
}

// hasJSONForm reports whether t says itself what it looks like in JSON. A value in a struct that is pointed to can be
// addressed, so methods on the pointer count.
func hasJSONForm(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	return t.Implements(jsonMarshaler) || pointer.Implements(jsonMarshaler) ||
		t.Implements(textMarshaler) || pointer.Implements(textMarshaler)
}

// withoutJSONForm returns the type inside t that encoding/json cannot encode, nil if there is none.
func withoutJSONForm(t reflect.Type, seen map[reflect.Type]bool) reflect.Type {
	if seen[t] || t.Kind() != reflect.Interface && hasJSONForm(t) {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return t
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return withoutJSONForm(t.Elem(), seen)
	case reflect.Map:
		if !isJSONKey(t.Key()) {
			return t
		}
		return withoutJSONForm(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			field := t.Field(i)
			if !isReachable(field) || field.Tag.Get("json") == "-" {
				continue
			}
			if bad := withoutJSONForm(field.Type, seen); bad != nil {
				return bad
			}
		}
	}
	return nil
}

func isJSONKey(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	default:
		return t.Implements(textMarshaler)
	}
}
