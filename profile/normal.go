package profile

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"
)

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

// numbersFit reports whether all integers in v have at most 63 bits, and each json.Number is such an integer or a
// float64.
func numbersFit(v reflect.Value) bool {
	if !v.IsValid() || isPlain(v.Type()) {
		return true
	}
	if v.Type() == numberType {
		return isStorableNumber(v.String())
	}
	switch v.Kind() {
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return v.Uint() <= math.MaxInt64
	case reflect.Struct:
		for i := range v.NumField() {
			if isReachable(v.Type().Field(i)) && !numbersFit(v.Field(i)) {
				return false
			}
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			if !numbersFit(v.Index(i)) {
				return false
			}
		}
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || numbersFit(v.Elem())
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !numbersFit(entries.Value()) {
				return false
			}
		}
	}
	return true
}

func isStorableNumber(text string) bool {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return true
	}
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && sameNumber(text, strconv.FormatFloat(f, 'g', -1, 64))
}
