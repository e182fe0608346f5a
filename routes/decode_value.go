package routes

import (
	"encoding"
	stdjson "encoding/json"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/internal/wire"
)

// setter puts a JSON value other than null into v, a field that can be set, and
// says what is wrong where it cannot.
type setter func(v reflect.Value, value jsontext.Value) wire.Fault

var (
	jsonUnmarshaler     = reflect.TypeFor[stdjson.Unmarshaler]()
	jsonFromUnmarshaler = reflect.TypeFor[json.UnmarshalerFrom]()
	textUnmarshaler     = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonNumber          = reflect.TypeFor[stdjson.Number]()
)

// setterOf returns the setter of a field's type.
func setterOf(t reflect.Type) setter {
	if readsItself(t) || t == jsonNumber {
		return setAny
	}
	switch t.Kind() {
	case reflect.Pointer:
		return pointerSetter(t.Elem())
	case reflect.String:
		return setString
	case reflect.Bool:
		return setBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return setInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return setUint
	case reflect.Float32, reflect.Float64:
		return setFloat
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 && !readsItself(t.Elem()) { // base64
			return setterFor(jsontext.KindString, wire.NotString)
		}
		return setterFor(jsontext.KindBeginArray, wire.NotList)
	case reflect.Array:
		return setterFor(jsontext.KindBeginArray, wire.NotList)
	case reflect.Map, reflect.Struct:
		return setterFor(jsontext.KindBeginObject, wire.NotDict)
	default:
		return setAny
	}
}

// readsItself reports whether t has a method that reads its JSON form.
func readsItself(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	for _, able := range []reflect.Type{jsonUnmarshaler, jsonFromUnmarshaler, textUnmarshaler} {
		if t.Implements(able) && t.Kind() != reflect.Interface || pointer.Implements(able) {
			return true
		}
	}
	return false
}

func pointerSetter(to reflect.Type) setter {
	set := setterOf(to)
	return func(v reflect.Value, value jsontext.Value) wire.Fault {
		target := reflect.New(to)
		f := set(target.Elem(), value)
		if f == wire.Fine {
			v.Set(target.Convert(v.Type()))
		}
		return f
	}
}

func setString(v reflect.Value, value jsontext.Value) wire.Fault {
	if value.Kind() != jsontext.KindString {
		return wire.NotString
	}
	v.SetString(wire.Unquote(value))
	return wire.Fine
}

func setBool(v reflect.Value, value jsontext.Value) wire.Fault {
	is, ok := wire.Bool(value)
	if !ok {
		return wire.NotBool
	}
	v.SetBool(is)
	return wire.Fine
}

// setInt takes what is written as an integer: neither 1.0 nor 1e2, as
// encoding/json has it.
func setInt(v reflect.Value, value jsontext.Value) wire.Fault {
	n, err := strconv.ParseInt(string(value), 10, v.Type().Bits())
	if value.Kind() != jsontext.KindNumber || err != nil {
		return wire.NotInteger
	}
	v.SetInt(n)
	return wire.Fine
}

func setUint(v reflect.Value, value jsontext.Value) wire.Fault {
	n, err := strconv.ParseUint(string(value), 10, v.Type().Bits())
	if value.Kind() != jsontext.KindNumber || err != nil {
		return wire.NotInteger
	}
	v.SetUint(n)
	return wire.Fine
}

func setFloat(v reflect.Value, value jsontext.Value) wire.Fault {
	n, err := strconv.ParseFloat(string(value), v.Type().Bits())
	if value.Kind() != jsontext.KindNumber || err != nil {
		return wire.NotFloat
	}
	v.SetFloat(n)
	return wire.Fine
}

// setterFor is setAny for values of one kind.
func setterFor(kind jsontext.Kind, otherwise wire.Fault) setter {
	return func(v reflect.Value, value jsontext.Value) wire.Fault {
		if value.Kind() != kind {
			return otherwise
		}
		return setAny(v, value)
	}
}
