package routes

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// shape is what a body is as a whole.
type shape int

const (
	noBody shape = iota
	nullBody
	otherBody // neither JSON null nor a JSON object
	objectBody
)

// object is the body of a request, as far as it is a JSON object.
type object struct {
	shape   shape
	members []member
	// broken says that a text that is not the value of a member of its own is
	// not UTF-8.
	broken bool
}

// member is one key of an object and its value.
type member struct {
	name  string
	value jsontext.Value
	// broken says that a text in value is not UTF-8.
	broken bool
}

// member returns the member of that name, nil if there is none.
func (o object) member(name string) *member {
	for i := range o.members {
		if o.members[i].name == name {
			return &o.members[i]
		}
	}
	return nil
}

// refuseBroken returns errUndecodable if any text is not UTF-8, except that of
// an e-mail address, which is a member of one of the names given.
func (o object) refuseBroken(emails ...string) error {
	if o.broken {
		return errUndecodable
	}
	for i := range o.members {
		m := &o.members[i]
		isEmail := m.value.Kind() == jsontext.KindString && slices.Contains(emails, m.name)
		if m.broken && !isEmail {
			return errUndecodable
		}
	}
	return nil
}

// malformedError says that a body is no JSON, and from which byte on.
type malformedError struct{ offset int }

// Error implements error.
func (*malformedError) Error() string { return "routes: malformed JSON" }

// place says where in body the error is, as Python's json module would if it
// counted bytes. One unit for all three numbers is what Python has, too.
func (e *malformedError) place(body []byte) string {
	before := body[:e.offset]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := e.offset - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("line %d column %d (char %d)", line, column, e.offset)
}

// parseObject reads a body that claims to be JSON: exactly one value, no key
// twice in any object. The error is a *malformedError. Text that is not UTF-8 is
// none, but marked in the object.
func parseObject(body []byte) (object, error) {
	if len(body) == 0 {
		return object{}, nil
	}
	o, err := readObject(body)
	if err == nil {
		return o, nil
	}
	// A reader that takes any bytes for text still complains of what is malformed.
	o, err = readObject(body, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return object{}, &malformedError{malformedAt(body)}
	}
	for i := range o.members {
		o.members[i].broken = !o.members[i].value.IsValid()
	}
	return o, nil
}

var errSecondValue = errors.New("routes: more than one JSON value")

// readObject reads the one value that body should be.
func readObject(body []byte, options ...jsontext.Options) (object, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body), options...)
	var o object
	var err error
	if decoder.PeekKind() == jsontext.KindBeginObject {
		o, err = readMembers(decoder, body)
	} else {
		o, err = readOther(decoder)
	}
	if err == nil && len(afterValue(decoder, body)) > 0 {
		err = errSecondValue
	}
	return o, err
}

func readOther(decoder *jsontext.Decoder) (object, error) {
	value, err := decoder.ReadValue()
	if err != nil {
		return object{}, err
	}
	o := object{shape: otherBody, broken: !value.IsValid()}
	if value.Kind() == jsontext.KindNull {
		o.shape = nullBody
	}
	return o, nil
}

func readMembers(decoder *jsontext.Decoder, body []byte) (object, error) {
	o := object{shape: objectBody}
	if _, err := decoder.ReadToken(); err != nil { // the brace
		return o, err
	}
	for decoder.PeekKind() != jsontext.KindEndObject {
		quoted, err := decoder.ReadValue()
		if err != nil {
			return o, err
		}
		name, broken := unquote(quoted)
		o.broken = o.broken || broken
		value, err := decoder.ReadValue()
		if err != nil {
			return o, err
		}
		// The value returned is valid until the next read only; body stays.
		end := int(decoder.InputOffset())
		o.members = append(o.members, member{name: name, value: body[end-len(value) : end : end]})
	}
	_, err := decoder.ReadToken()
	return o, err
}

// unquote returns the text of a JSON string, and whether bytes of it that are
// not UTF-8, or half a surrogate pair, had to be replaced.
func unquote(quoted jsontext.Value) (text string, broken bool) {
	unquoted, err := jsontext.AppendUnquote(nil, quoted)
	return string(unquoted), err != nil
}

// malformedAt returns the byte at which a reader of tokens gives up on body. For
// a second value it is the first byte, for a body of white space the length.
func malformedAt(body []byte) int {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowInvalidUTF8(true))
	for {
		_, err := decoder.ReadToken()
		if syntactic := (*jsontext.SyntacticError)(nil); errors.As(err, &syntactic) {
			return min(int(syntactic.ByteOffset), len(body))
		}
		if err != nil || decoder.StackDepth() == 0 {
			return len(body) - len(afterValue(decoder, body))
		}
	}
}

// afterValue returns what follows the value that was read, but for white space.
func afterValue(decoder *jsontext.Decoder, body []byte) []byte {
	return bytes.TrimLeft(body[decoder.InputOffset():], " \t\r\n")
}
