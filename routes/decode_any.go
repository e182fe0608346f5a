package routes

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/ginauth/ginauth/internal/wire"
)

// decodeOptions undo what encoding/json does when it writes a profile for
// clients, without its leniency: keys match to the byte, nothing is cut off.
var decodeOptions = json.JoinOptions(
	jsonv1.DefaultOptionsV1(),
	json.MatchCaseInsensitiveNames(false),
	jsontext.AllowDuplicateNames(false),
	jsontext.AllowInvalidUTF8(false),
	jsonv1.UnmarshalArrayFromAnyLength(false),
	jsonv1.ParseTimeWithLooseRFC3339(false),
	jsonv1.ParseBytesWithLooseRFC4648(false),
	json.WithUnmarshalers(json.UnmarshalFromFunc(readNumber)),
)

var errNoNumber = errors.New("routes: not a JSON number")

// readNumber reads encoding/json's Number, which is a string like any other to the JSON package used here.
func readNumber(decoder *jsontext.Decoder, number *stdjson.Number) error {
	value, err := decoder.ReadValue()
	if err != nil {
		return err
	}
	if value.Kind() != jsontext.KindNumber {
		return errNoNumber
	}
	*number = stdjson.Number(value)
	return nil
}

// setAny leaves the value to the JSON package.
func setAny(v reflect.Value, value jsontext.Value) wire.Fault {
	if !storable(value) {
		return wire.NotFitting
	}
	target := reflect.New(v.Type())
	if err := json.Unmarshal(value, target.Interface(), decodeOptions); err != nil {
		return wire.NotFitting
	}
	v.Set(target.Elem())
	return wire.Fine
}

// maxDepth is how deep a body may be nested where it is kept. A database has its
// own limit, and a value over it would look like a failure of the store.
const maxDepth = 8

// storable reports whether a value is neither nested too deep nor has a key that
// no database takes.
func storable(value jsontext.Value) bool {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(value))
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if decoder.StackDepth() >= maxDepth { // the body's own object is one more
			return false
		}
		kind, length := decoder.StackIndex(decoder.StackDepth())
		isKey := kind == jsontext.KindBeginObject && length%2 == 1
		if isKey && hasNUL(token.String()) {
			return false
		}
	}
}
