package profile

import (
	stdjson "encoding/json"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// sentOptions write what encoding/json would write, with each character that JSON does
// not make escape as itself.
var sentOptions = json.JoinOptions(
	jsonv1.DefaultOptionsV1(),
	jsontext.EscapeForHTML(false),
	jsontext.EscapeForJS(false),
	jsontext.PreserveRawStrings(false),
	json.WithMarshalers(json.MarshalToFunc(writeNumber)),
)

// writeNumber writes encoding/json's Number, which is a text like any other to the JSON
// package used here.
func writeNumber(encoder *jsontext.Encoder, number stdjson.Number) error {
	if number == "" {
		number = "0"
	}
	return encoder.WriteValue(jsontext.Value(number))
}

// appendJSONValue appends the JSON form of a value that can be addressed.
func appendJSONValue(dst []byte, v reflect.Value) ([]byte, error) {
	text, err := json.Marshal(v.Addr().Interface(), sentOptions)
	return append(dst, text...), err
}

// appendName appends the name of a member. Bytes that are not UTF-8 become U+FFFD.
func appendName(dst []byte, name string) []byte {
	dst, _ = jsontext.AppendQuote(dst, name) // the error is about such bytes alone
	return dst
}
