package routes

import (
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/user"
)

// Input is the body of a request whose fields are read one by one. What is wrong with
// them is collected, in the order in which they are read, for one 422. It is for
// packages that add route groups, and not safe for concurrent use.
type Input struct {
	check
	fields texts
	object object
}

// Input reads the body of a request as a JSON object; no body and any other body is an
// object without fields. Errors answer 413, 400 or, for malformed JSON, 422.
func (r *Routes) Input(c *gin.Context) (*Input, error) {
	o, err := r.decode.object(c.Request)
	if err != nil {
		return nil, err
	}
	return &Input{check: check{wire: r.wire}, fields: o, object: o}, nil
}

// InputOrForm is [Routes.Input] for routes that also read the two kinds of forms.
func (r *Routes) InputOrForm(c *gin.Context) (*Input, error) {
	switch mediaTypeOf(c.Request.Header) {
	case mediaForm, mediaMultipart:
		fields, err := loginForms(c.Request)
		if err != nil {
			return nil, err
		}
		return &Input{check: check{wire: r.wire}, fields: fields}, nil
	}
	return r.Input(c)
}

// Has reports whether the body has the field, other than as null.
func (in *Input) Has(name string) bool { return !in.fields.text(name).absent() }

// Text returns a string that must be there.
func (in *Input) Text(name string) string { return in.text(in.fields.text(name).nullIsMissing()) }

// OptionalText returns a string, or "" for one that is absent or null.
func (in *Input) OptionalText(name string) string {
	if field := in.fields.text(name); !field.absent() {
		return in.text(field)
	}
	return ""
}

// Email returns an e-mail address that must be there, as [user.ParseEmail] reads it.
func (in *Input) Email(name string) user.Email {
	before := len(in.items)
	text := in.email(in.fields.text(name).nullIsMissing())
	if len(in.items) > before {
		return user.Email{}
	}
	email, err := user.ParseEmail(text)
	if err != nil { // not after the check
		in.Invalid(name, "is not valid")
	}
	return email
}

// Name returns a name that a user gives to a thing: without white space around it, of 1
// to 64 characters. An absent one is byDefault.
func (in *Input) Name(name, byDefault string) string {
	before := len(in.items)
	text := strings.TrimSpace(in.OptionalText(name))
	if !in.Has(name) {
		return byDefault
	}
	if len(in.items) > before { // it is no text
		return ""
	}
	if n := len([]rune(text)); n == 0 || n > 64 || strings.ContainsFunc(text, isControl) {
		in.Invalid(name, "must have 1 to 64 printable characters")
	}
	return text
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 }

// OptionalFlag returns a boolean, or false for one that is absent or null.
func (in *Input) OptionalFlag(name string) bool { return in.optionalFlag(in.fields, name) }

// OptionalTexts returns an array of strings, or nil for one that is absent or null.
func (in *Input) OptionalTexts(name string) []string {
	m := in.object.member(name)
	if m == nil || m.value.Kind() == jsontext.KindNull {
		return nil
	}
	texts, f := textsOf(m.value)
	if f != fine {
		in.fault(name, f, "")
	}
	return texts
}

// OptionalObject returns the JSON text of an object, or nil for one that is absent or
// null.
func (in *Input) OptionalObject(name string) jsontext.Value {
	m := in.object.member(name)
	if m == nil || m.value.Kind() == jsontext.KindNull {
		return nil
	}
	if m.value.Kind() != jsontext.KindBeginObject {
		in.fault(name, notDict, "")
		return nil
	}
	return m.value
}

// Missing notes that a field must be there.
func (in *Input) Missing(name string) { in.fault(name, missing, "") }

// Invalid notes what is wrong with a field, in words of the route.
func (in *Input) Invalid(name, message string) {
	in.items = append(in.items, ruleItem(name, message))
}

// InvalidAt is Invalid for an element of an array.
func (in *Input) InvalidAt(name string, index int, message string) {
	in.items = append(in.items, item{loc: []any{"body", name, index}, msg: message, typ: "value_error"})
}

// Err returns the error that answers 422, or nil if nothing is wrong.
func (in *Input) Err() error { return in.err() }

// textsOf reads an array of strings.
func textsOf(value jsontext.Value) ([]string, fault) {
	if value.Kind() != jsontext.KindBeginArray {
		return nil, notList
	}
	decoder := jsontext.NewDecoder(strings.NewReader(string(value)))
	texts := []string{}
	_, err := decoder.ReadToken()
	for err == nil && decoder.PeekKind() != jsontext.KindEndArray {
		var token jsontext.Token
		if token, err = decoder.ReadToken(); err == nil {
			if token.Kind() != jsontext.KindString {
				return nil, notString
			}
			texts = append(texts, token.String())
		}
	}
	if err != nil {
		return nil, notString
	}
	return texts, fine
}
