package user

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"
)

// valueEncoder appends the JSON form of a value that can be addressed. What it appends before an error is rubbish.
type valueEncoder func(dst []byte, v reflect.Value) ([]byte, error)

var (
	timeType   = reflect.TypeFor[time.Time]()
	numberType = reflect.TypeFor[json.Number]()
)

// encoderOf returns the encoder of a field's type: a direct one for the common types, encoding/json for the rest.
func encoderOf(t reflect.Type) valueEncoder {
	if encode := directEncoder(t); encode != nil {
		return encode
	}
	switch t.Kind() {
	case reflect.Pointer:
		if encode := directEncoder(t.Elem()); encode != nil {
			return pointerEncoder(encode)
		}
		return nullOr(encodeAny)
	case reflect.Slice:
		// A slice of bytes is base64 to encoding/json, and a slice type may have a form of its own.
		encode := directEncoder(t.Elem())
		if encode == nil || t.Elem().Kind() == reflect.Uint8 || hasJSONForm(t) {
			return nullOr(encodeAny)
		}
		return nullOr(sliceEncoder(encode))
	case reflect.Map, reflect.Interface:
		return nullOr(encodeAny)
	default:
		return encodeAny
	}
}

// directEncoder returns the encoder of a type that takes no encoding/json, nil for all others.
func directEncoder(t reflect.Type) valueEncoder {
	if t == timeType {
		return encodeTime
	}
	if t == numberType || t.Kind() != reflect.Interface && hasJSONForm(t) {
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return appendJSONString(dst, v.String()), nil }
	case reflect.Bool:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(dst, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(dst, v.Int(), 10), nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return strconv.AppendUint(dst, v.Uint(), 10), nil }
	case reflect.Float32:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return appendFloat(dst, v.Float(), 32) }
	case reflect.Float64:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return appendFloat(dst, v.Float(), 64) }
	default:
		return nil
	}
}

func pointerEncoder(encode valueEncoder) valueEncoder {
	return nullOr(func(dst []byte, v reflect.Value) ([]byte, error) { return encode(dst, v.Elem()) })
}

func sliceEncoder(encode valueEncoder) valueEncoder {
	return func(dst []byte, v reflect.Value) ([]byte, error) {
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = encode(dst, v.Index(i)); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}
}

func nullOr(encode valueEncoder) valueEncoder {
	return func(dst []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		return encode(dst, v)
	}
}

func encodeTime(dst []byte, v reflect.Value) ([]byte, error) {
	dst, err := v.Addr().Interface().(*time.Time).AppendText(append(dst, '"'))
	return append(dst, '"'), err
}

// encodeAny leaves the value to encoding/json and takes back the escapes it need not have made.
func encodeAny(dst []byte, v reflect.Value) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v.Addr().Interface()); err != nil {
		return dst, err
	}
	return appendUnescaped(dst, bytes.TrimSuffix(text.Bytes(), []byte{'\n'})), nil
}

// appendFloat writes a number as ECMAScript and encoding/json do: with an exponent only where it is very large or
// very small.
func appendFloat(dst []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return dst, &json.UnsupportedValueError{Str: strconv.FormatFloat(f, 'g', -1, bits)}
	}
	size := math.Abs(f)
	tooSmall, tooLarge := size < 1e-6, size >= 1e21
	if bits == 32 {
		tooSmall, tooLarge = float32(size) < 1e-6, float32(size) >= 1e21
	}
	if size == 0 || !tooSmall && !tooLarge {
		return strconv.AppendFloat(dst, f, 'f', -1, bits), nil
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	if n := len(dst); dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' { // e-07 becomes e-7
		dst = append(dst[:n-2], dst[n-1])
	}
	return dst, nil
}
