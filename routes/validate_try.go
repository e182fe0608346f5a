package routes

import (
	"fmt"
	"reflect"

	"github.com/ginauth/ginauth/profile"
)

// try runs all rules over an empty profile and over one with something in every
// field, and returns what the validator panics with.
func (r *rules) try(t *profile.Type) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("routes: binding rules of profile type %v: %v", t.Type(), cause)
		}
	}()
	all := make([]bool, len(r.names))
	for i := range all {
		all[i] = true
	}
	r.broken(t.New(), all)
	filled := reflect.ValueOf(t.New())
	fill(filled.Elem(), maxDepth)
	r.broken(filled.Interface(), all)
	return nil
}

// fill puts something into v and into what is in it, levels deep.
func fill(v reflect.Value, levels int) {
	if levels == 0 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), levels-1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), levels-1)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), levels-1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, levels-1)
		fill(value, levels-1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), levels-1)
		}
	}
}
