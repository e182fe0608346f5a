// Package strictjson reads JSON that decides about an identity: the answers of providers
// and the claims of tokens. Two readers of one text must not see two different things in
// it, so keys match to the byte, no key occurs twice in an object, all text is UTF-8, and
// nothing follows the value. Unknown keys are ignored.
package strictjson

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// options fill Go values as encoding/json does, without its leniency.
var options = json.JoinOptions(
	jsonv1.DefaultOptionsV1(),
	json.MatchCaseInsensitiveNames(false),
	jsontext.AllowDuplicateNames(false),
	jsontext.AllowInvalidUTF8(false),
	json.WithUnmarshalers(json.UnmarshalFromFunc(readNumber)),
)

var errNoNumber = errors.New("strictjson: not a number")

// readNumber reads encoding/json's Number, which is a text like any other to the JSON
// package used here.
func readNumber(decoder *jsontext.Decoder, number *stdjson.Number) error {
	value, err := decoder.ReadValue()
	if err != nil {
		return err
	}
	switch value.Kind() {
	case jsontext.KindNull:
		return nil
	case jsontext.KindNumber:
		*number = stdjson.Number(value)
		return nil
	}
	return errNoNumber
}

// Unmarshal fills value, a pointer to what encoding/json could fill, too. Its errors
// repeat nothing of data, which may hold secrets.
func Unmarshal(data []byte, value any) error {
	return describe(json.Unmarshal(data, value, options))
}

// Text returns the text that data is, empty if it is none. It is for what nothing
// depends on.
func Text(data []byte) string {
	var text string
	if Unmarshal(data, &text) != nil {
		return ""
	}
	return text
}

// Member is one key of an object and its value.
type Member struct {
	Name  string
	Value jsontext.Value
}

// Members returns the members of the object data, sorted by name.
func Members(data []byte) ([]Member, error) {
	var values map[string]jsontext.Value
	if err := Unmarshal(data, &values); err != nil {
		return nil, err
	}
	if values == nil {
		return nil, errors.New("strictjson: null instead of an object")
	}
	members := make([]Member, 0, len(values))
	for name, value := range values {
		members = append(members, Member{name, value})
	}
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return members, nil
}

// Object returns the JSON object of members.
func Object(members []Member) ([]byte, error) {
	object := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			object = append(object, ',')
		}
		var err error
		if object, err = jsontext.AppendQuote(object, m.Name); err != nil {
			return nil, err
		}
		object = append(append(object, ':'), m.Value...)
	}
	return append(object, '}'), nil
}

// Exact returns members for a reader that takes every spelling of names for the name
// itself, as encoding/json does: without the members whose name is another spelling
// of one.
func Exact(members []Member, names ...string) []Member {
	return slices.DeleteFunc(slices.Clone(members), func(m Member) bool {
		return slices.ContainsFunc(names, func(name string) bool { return m.Name != name && strings.EqualFold(m.Name, name) })
	})
}

// describe returns the error without what data has said.
func describe(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return errors.New("strictjson: a key stands twice in one object")
	}
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok && semantic.GoType != nil {
		return fmt.Errorf("strictjson: a value does not fit a Go %v", semantic.GoType.Kind())
	}
	return errors.New("strictjson: not one JSON value of the expected kind")
}
