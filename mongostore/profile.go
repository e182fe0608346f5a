package mongostore

import (
	"encoding/binary"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/profile"
)

// profileFields knows how the fields of the application's struct are stored. A
// nil *profileFields stands for an application without fields of its own.
type profileFields struct {
	t      *profile.Type
	fields []profile.Field
	byName map[string]int // BSON name → place in fields
	byKey  map[string]int // key → place in fields
	// flat is a struct type with the same fields in the same order, none of them
	// embedded, with the bson tags of the originals. It is what the driver gets to
	// see, so that a document is flat whatever the application embeds: the driver flattens
	// only what has the option inline, and drops an embedded struct that is not exported
	// even then. It also keeps the names of fields apart from the client's options.
	flat reflect.Type
	// codec is the client's.
	codec codec
}

func newProfileFields(t *profile.Type, c codec) *profileFields {
	if t == nil {
		return nil
	}
	p := &profileFields{t: t, codec: c, fields: t.Fields(), byName: map[string]int{}, byKey: map[string]int{}}
	flat := make([]reflect.StructField, len(p.fields))
	for i, field := range p.fields {
		p.byName[field.BSONName], p.byKey[field.Key()] = i, i
		_, options, _ := strings.Cut(t.Type().FieldByIndex(field.Index).Tag.Get("bson"), ",")
		flat[i] = reflect.StructField{
			Name: fmt.Sprint("F", i), Type: field.Type,
			Tag: reflect.StructTag(fmt.Sprintf("bson:%q", field.BSONName+","+options)),
		}
	}
	p.flat = reflect.StructOf(flat)
	return p
}

// encode returns the fields of a profile as elements of a document. No profile
// is one with nothing set.
func (p *profileFields) encode(profile any) (bson.Raw, error) {
	given := reflect.ValueOf(profile)
	none := !given.IsValid() || given.Kind() == reflect.Pointer && given.IsNil()
	if p == nil {
		if !none {
			return nil, fmt.Errorf("profile is a %T, but the store was opened without WithProfile", profile)
		}
		return nil, nil
	}
	flat := reflect.New(p.flat)
	if !none {
		if given.Type() != reflect.PointerTo(p.t.Type()) {
			return nil, fmt.Errorf("profile is a %T, want a *%v", profile, p.t.Type())
		}
	} else {
		profile = p.t.New()
	}
	normal := reflect.ValueOf(p.t.Normal(profile)).Elem()
	for i, field := range p.fields {
		flat.Elem().Field(i).Set(normal.FieldByIndex(field.Index))
	}
	return p.codec.marshal(flat.Interface())
}

// ReadBack returns a profile as it is read after it was stored.
func (p *profileFields) ReadBack(profile any) (any, error) {
	stored, err := p.encode(profile)
	if err != nil || p == nil {
		return nil, err
	}
	return p.decodeDocument(stored)
}

// has reports whether a field of a document is one of the profile's.
func (p *profileFields) has(name string) bool {
	if p == nil {
		return false
	}
	_, ok := p.byName[name]
	return ok
}

// names returns how the profile's fields are called in a document.
func (p *profileFields) names() []string {
	if p == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(p.byName))
}

// decode returns a new profile with the values of elements, which are the
// profile's own.
func (p *profileFields) decode(elements rawDocument) (any, error) {
	if p == nil {
		return nil, nil
	}
	return p.decodeDocument(elements.finish())
}

func (p *profileFields) decodeDocument(document bson.Raw) (any, error) {
	flat := reflect.New(p.flat)
	if err := p.codec.unmarshal(document, flat.Interface()); err != nil {
		return nil, err
	}
	profile := p.t.New()
	for i, field := range p.fields {
		reflect.ValueOf(profile).Elem().FieldByIndex(field.Index).Set(flat.Elem().Field(i))
	}
	return profile, nil
}

// changes returns which elements of a document to set and which to remove so
// that the fields named are as in profile.
func (p *profileFields) changes(profile any, keys []string) (set, unset bson.D, err error) {
	if len(keys) == 0 {
		return nil, nil, nil
	}
	elements, err := p.encode(profile)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range keys {
		i, ok := 0, false
		if p != nil {
			i, ok = p.byKey[key]
		}
		if !ok {
			return nil, nil, fmt.Errorf("the profile has no field %q", key)
		}
		name := p.fields[i].BSONName
		if value, err := elements.LookupErr(name); err == nil {
			set = append(set, bson.E{Key: name, Value: value})
		} else { // left out by omitempty
			unset = append(unset, bson.E{Key: name, Value: ""})
		}
	}
	return set, unset, nil
}

// rawDocument collects elements of other documents.
type rawDocument []byte

func (d rawDocument) append(element bson.RawElement) rawDocument {
	if d == nil {
		d = make(rawDocument, 4, 256) // room for the length
	}
	return append(d, element...)
}

func (d rawDocument) finish() bson.Raw {
	if d == nil {
		d = make(rawDocument, 4, 5)
	}
	d = append(d, 0)
	binary.LittleEndian.PutUint32(d, uint32(len(d)))
	return bson.Raw(d)
}
