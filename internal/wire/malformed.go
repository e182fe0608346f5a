package wire

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// noObject says what a body is that is no JSON object in UTF-8. What is malformed is decided
// before what is not UTF-8.
func (d Dialect) noObject(body []byte, emails []string) (Object, error) {
	// A reader that takes any bytes for text still complains of what is malformed.
	anyBytes := jsontext.AllowInvalidUTF8(true)
	var whole jsontext.Value
	if json.Unmarshal(body, &whole, anyBytes) != nil {
		return Object{}, d.Malformed(body)
	}
	if whole.Kind() == jsontext.KindNull {
		return Object{Shape: NullBody}, nil
	}
	if whole.Kind() != jsontext.KindBeginObject && whole.IsValid() {
		return Object{Shape: OtherBody}, nil
	}
	o := Object{Shape: ObjectBody}
	if json.Unmarshal(whole, &o.members, anyBytes) != nil || hasBrokenName(whole) {
		return Object{}, ErrUndecodable
	}
	for name, value := range o.members {
		isEmail := len(emails) > 0 && name == o.First(emails...) && value.Kind() == jsontext.KindString
		if !isEmail && !value.IsValid() {
			return Object{}, ErrUndecodable
		}
	}
	return o, nil
}

// hasBrokenName reports whether the name of a member is not UTF-8.
func hasBrokenName(object jsontext.Value) bool {
	decoder := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowInvalidUTF8(true))
	_, err := decoder.ReadToken() // the brace
	for err == nil && decoder.PeekKind() != jsontext.KindEndObject {
		name, nameErr := decoder.ReadValue()
		if nameErr != nil || !name.IsValid() {
			return true
		}
		err = decoder.SkipValue()
	}
	return err != nil
}

// Malformed returns the error about a body that is no JSON. It says where, as Python's json
// module would if it counted bytes: one unit for all three numbers is what Python has, too.
func (d Dialect) Malformed(body []byte) *InvalidError {
	at := malformedAt(body)
	before := body[:at]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := at - bytes.LastIndexByte(before, '\n')
	place := fmt.Sprintf("line %d column %d (char %d)", line, column, at)
	return &InvalidError{[]Item{d.Item(Malformed, place, "body", at)}}
}

// malformedAt returns the byte at which a reader of tokens gives up on body. For
// a second value it is the first byte, for a body of white space the length.
func malformedAt(body []byte) int {
	decoder := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowInvalidUTF8(true))
	for {
		_, err := decoder.ReadToken()
		if syntactic := (*jsontext.SyntacticError)(nil); errors.As(err, &syntactic) {
			return min(int(syntactic.ByteOffset), len(body))
		}
		if err != nil || decoder.StackDepth() == 0 {
			return len(body) - len(bytes.TrimLeft(body[decoder.InputOffset():], " \t\r\n"))
		}
	}
}
