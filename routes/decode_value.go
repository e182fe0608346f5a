package routes

import (
	"encoding"
	stdjson "encoding/json"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// setter puts a JSON value other than null into v, a field that can be set, and
// says what is wrong where it cannot.
type setter func(v reflect.Value, value jsontext.Value) fault

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
			return setterFor(jsontext.KindString, notString)
		}
		return setterFor(jsontext.KindBeginArray, notList)
	case reflect.Array:
		return setterFor(jsontext.KindBeginArray, notList)
	case reflect.Map, reflect.Struct:
		return setterFor(jsontext.KindBeginObject, notDict)
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
	return func(v reflect.Value, value jsontext.Value) fault {
		target := reflect.New(to)
		f := set(target.Elem(), value)
		if f == fine {
			v.Set(target.Convert(v.Type()))
		}
		return f
	}
}

func setString(v reflect.Value, value jsontext.Value) fault {
	if value.Kind() != jsontext.KindString {
		return notString
	}
	text, _ := unquote(value)
	v.SetString(text)
	return fine
}

func setBool(v reflect.Value, value jsontext.Value) fault {
	is, ok := boolOf(value)
	if !ok {
		return notBool
	}
	v.SetBool(is)
	return fine
}

// setInt takes what is written as an integer: neither 1.0 nor 1e2, as
// encoding/json has it.
func setInt(v reflect.Value, value jsontext.Value) fault {
	n, err := strconv.ParseInt(string(value), 10, v.Type().Bits())
	if value.Kind() != jsontext.KindNumber || err != nil {
		return notInteger
	}
	v.SetInt(n)
	return fine
}

func setUint(v reflect.Value, value jsontext.Value) fault {
	n, err := strconv.ParseUint(string(value), 10, v.Type().Bits())
	if value.Kind() != jsontext.KindNumber || err != nil {
		return notInteger
	}
	v.SetUint(n)
	return fine
}

func setFloat(v reflect.Value, value jsontext.Value) fault {
	n, err := strconv.ParseFloat(string(value), v.Type().Bits())
	if value.Kind() != jsontext.KindNumber || err != nil {
		return notFloat
	}
	v.SetFloat(n)
	return fine
}

// setterFor is setAny for values of one kind.
func setterFor(kind jsontext.Kind, otherwise fault) setter {
	return func(v reflect.Value, value jsontext.Value) fault {
		if value.Kind() != kind {
			return otherwise
		}
		return setAny(v, value)
	}
}
