package profile

import (
	"encoding/json"
	"reflect"
	"sync"
	"time"
)

// New returns a pointer to a new zero struct, or nil on a nil t.
func (t *Type) New() any {
	if t == nil {
		return nil
	}
	return reflect.New(t.typ).Interface()
}

// Clone returns a deep copy of profile, a pointer to the application's struct: pointers, slices, maps, interfaces and
// nested structs are copied, so neither copy sees changes of the other. Unexported fields are copied as they are,
// which is right for time.Time and other values that are never changed. A nil pointer gives nil. The values must not
// contain themselves.
func (t *Type) Clone(profile any) any {
	v := reflect.ValueOf(profile)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	own := reflect.New(v.Type()).Elem()
	own.Set(v)
	separate(own)
	return own.Interface()
}

// separate replaces everything that v refers to by a copy. v is a plain copy of some other value and can be set.
func separate(v reflect.Value) {
	if isFlat(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if isReachable(v.Type().Field(i)) {
				separate(v.Field(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			separate(v.Index(i))
		}
	case reflect.Pointer, reflect.Interface:
		separateOne(v)
	case reflect.Slice:
		separateSlice(v)
	case reflect.Map:
		separateMap(v)
	}
}

func separateOne(v reflect.Value) {
	if v.IsNil() {
		return
	}
	own := reflect.New(v.Elem().Type())
	own.Elem().Set(v.Elem())
	separate(own.Elem())
	if v.Kind() == reflect.Pointer {
		v.Set(own)
	} else {
		v.Set(own.Elem())
	}
}

func separateSlice(v reflect.Value) {
	if v.IsNil() {
		return
	}
	own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(own, v)
	if !isFlat(v.Type().Elem()) {
		for i := range own.Len() {
			separate(own.Index(i))
		}
	}
	v.Set(own)
}

func separateMap(v reflect.Value) {
	if v.IsNil() {
		return
	}
	own := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(entries.Value())
		separate(value)
		own.SetMapIndex(entries.Key(), value)
	}
	v.Set(own)
}

// flatTypes remembers isFlat of structs, which takes a walk through their fields.
var flatTypes sync.Map // reflect.Type → bool

// isFlat reports whether a plain copy of a value of type t shares nothing with it that separate could copy.
func isFlat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return false
	case reflect.Array:
		return isFlat(t.Elem())
	case reflect.Struct:
		if known, ok := flatTypes.Load(t); ok {
			return known.(bool)
		}
		flat := hasFlatFields(t)
		flatTypes.Store(t, flat)
		return flat
	default:
		return true
	}
}

func hasFlatFields(t reflect.Type) bool {
	for i := range t.NumField() {
		if field := t.Field(i); isReachable(field) && !isFlat(field.Type) {
			return false
		}
	}
	return true
}

// isReachable reports whether reflection may write the field or, in the case of an embedded struct, fields of it.
func isReachable(field reflect.StructField) bool {
	return field.IsExported() || field.Anonymous && field.Type.Kind() == reflect.Struct
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	numberType = reflect.TypeFor[json.Number]()
)

// Normal returns a deep copy of profile, as [Type.Clone] does, in the form that every store keeps: times in UTC
// with milliseconds, and an empty [encoding/json.Number] as the 0 it is in JSON. Stores write and return profiles in
// this form.
func (t *Type) Normal(profile any) any {
	own := t.Clone(profile)
	if own == nil {
		return nil
	}
	if pointer := reflect.ValueOf(own); pointer.Kind() == reflect.Pointer {
		normalise(pointer.Elem())
	}
	return own
}

// normalise changes v and what is in it. v can be set and shares nothing with other values.
func normalise(v reflect.Value) {
	switch {
	case v.Type() == timeType && v.CanSet():
		v.Set(reflect.ValueOf(v.Interface().(time.Time).UTC().Truncate(time.Millisecond)))
		return
	case v.Type() == numberType && v.CanSet():
		if v.String() == "" {
			v.SetString("0")
		}
		return
	case isPlain(v.Type()):
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if isReachable(v.Type().Field(i)) {
				normalise(v.Field(i))
			}
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			normalise(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			normalise(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(normalCopy(v.Elem()))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			v.SetMapIndex(entries.Key(), normalCopy(entries.Value()))
		}
	}
}

func normalCopy(v reflect.Value) reflect.Value {
	own := reflect.New(v.Type()).Elem()
	own.Set(v)
	normalise(own)
	return own
}

// isPlain reports whether there is nothing to look at in a value of type t, such as a slice of bytes.
func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Struct, reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return false
	case reflect.Slice, reflect.Array:
		return isPlain(t.Elem())
	default:
		return t != numberType
	}
}
