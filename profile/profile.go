// Package profile describes the application's own fields of a user: a struct type of
// the application, whose json, bson, binding and ginauth tags say what the fields are
// called, who may write them and what they may hold. Stores keep profiles by it, and the
// routes read and write them by it.
package profile

import (
	"fmt"
	"reflect"
	"slices"
)

// Type describes the struct type of the application's own fields, to which Profile of a user points. It cannot be changed and is safe for concurrent use.
// A nil *Type stands for an application without fields of its own; every method works on it.
type Type struct {
	typ    reflect.Type
	fields []Field
	byKey  map[string]int // Field.Key → place in fields
	sent   []sentField    // those with a JSON name
}

// Field describes one field of the application's struct.
type Field struct {
	// Name is the field's name in JSON. It is empty for a field with the tag json:"-", which is stored but never sent
	// to clients nor taken from them.
	Name string
	// BSONName is the field's name in MongoDB.
	BSONName string
	// GoName is the name of the Go field.
	GoName string
	// Index leads to the field in the struct, for [reflect.Value.FieldByIndex], which cannot panic here.
	Index []int
	// ReadOnly says that clients may not write the field (tag ginauth:"readonly").
	ReadOnly bool
	// Nilable says that the Go type has a nil: null clears such a field.
	Nilable bool
	// Type is the Go type of the field.
	Type reflect.Type
	// Binding is the field's binding tag, "" if there is none.
	Binding string
}

// Key is the name by which [Type.Copy] and [Type.Changed] know the field: Name, or GoName where Name is
// empty.
func (f Field) Key() string {
	if f.Name == "" {
		return f.GoName
	}
	return f.Name
}

// TypeOf describes the struct type P. Its exported fields, those of embedded structs included, are the
// application's own fields, named by their json and bson tags; without a tag they have the Go name in JSON and the Go
// name in lower case in MongoDB.
//
// The error names every mistake at once: a type that is no struct, a name that ginauth itself uses or that two fields
// share, a tag that would have no effect, a type that has no JSON form.
func TypeOf[P any]() (*Type, error) {
	return typeFor(reflect.TypeFor[P]())
}

// Type returns the struct type, nil on a nil t.
func (t *Type) Type() reflect.Type {
	if t == nil {
		return nil
	}
	return t.typ
}

// Fields returns the fields in the order of their declaration, in a slice of the caller's.
func (t *Type) Fields() []Field {
	if t == nil {
		return nil
	}
	return slices.Clone(t.fields)
}

// Keys returns [Field.Key] of all fields in the order of their declaration, in a slice of the caller's.
func (t *Type) Keys() []string {
	if t == nil {
		return nil
	}
	keys := make([]string, len(t.fields))
	for i, field := range t.fields {
		keys[i] = field.Key()
	}
	return keys
}

// Field returns the field with that name in JSON. A field that is never sent has none.
func (t *Type) Field(jsonName string) (Field, bool) {
	field, ok := t.field(jsonName)
	if !ok || field.Name != jsonName {
		return Field{}, false
	}
	return *field, true
}

// Copy copies the fields named, and all they point to, from src to dst, which both point to structs of the type. A
// name is a [Field.Key]; an unknown one is an error, and nothing is copied.
func (t *Type) Copy(dst, src any, names []string) error {
	if len(names) == 0 {
		return nil
	}
	to, toOK := t.value(dst)
	from, fromOK := t.value(src)
	if !toOK || !fromOK {
		return fmt.Errorf("profile: copy from %T to %T: want pointers to %v", src, dst, t.Type())
	}
	for _, name := range names {
		if _, ok := t.field(name); !ok {
			return fmt.Errorf("profile: copy: %v has no field %q", t.typ, name)
		}
	}
	for _, name := range names {
		field, _ := t.field(name)
		target := to.FieldByIndex(field.Index)
		target.Set(from.FieldByIndex(field.Index))
		separate(target)
	}
	return nil
}

// Changed returns those of names whose fields differ between two profiles, in the order of names. A name is a
// [Field.Key]; unknown ones are left out. Anything that is not a pointer to a struct of the type counts as a
// profile with nothing set.
func (t *Type) Changed(old, new any, names []string) []string {
	if t == nil {
		return nil
	}
	before, after := t.valueOrZero(old), t.valueOrZero(new)
	var changed []string
	for _, name := range names {
		field, ok := t.field(name)
		if !ok {
			continue
		}
		if !reflect.DeepEqual(before.FieldByIndex(field.Index).Interface(), after.FieldByIndex(field.Index).Interface()) {
			changed = append(changed, name)
		}
	}
	return changed
}

func (t *Type) field(key string) (*Field, bool) {
	if t == nil {
		return nil, false
	}
	i, ok := t.byKey[key]
	if !ok {
		return nil, false
	}
	return &t.fields[i], true
}

// value returns the struct that profile points to, and whether it is one of the type.
func (t *Type) value(profile any) (reflect.Value, bool) {
	pointer := reflect.ValueOf(profile)
	if t == nil || !pointer.IsValid() || pointer.Type() != reflect.PointerTo(t.typ) || pointer.IsNil() {
		return reflect.Value{}, false
	}
	return pointer.Elem(), true
}

func (t *Type) valueOrZero(profile any) reflect.Value {
	if v, ok := t.value(profile); ok {
		return v
	}
	return reflect.Zero(t.typ)
}
