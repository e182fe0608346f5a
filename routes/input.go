package routes

import (
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user/email"
)

// Input is the body of a request whose fields are read one by one. What is wrong with
// them is collected, in the order in which they are read, for one 422. It is for
// packages that add route groups, and not safe for concurrent use.
type Input struct {
	check  *check
	fields wire.Fields
	object wire.Object
}

// Input reads the body of a request as a JSON object; no body and any other body is an
// object without fields. Errors answer 413, 400 or, for malformed JSON, 422.
func (r *Routes) Input(c *gin.Context) (*Input, error) {
	o, err := r.decode.dialect.Object(c.Request)
	if err != nil {
		return nil, err
	}
	return &Input{check: r.decode.check(), fields: o, object: o}, nil
}

// InputOrForm is [Routes.Input] for routes that also read the two kinds of forms.
func (r *Routes) InputOrForm(c *gin.Context) (*Input, error) {
	if !wire.IsForm(c.Request.Header) {
		return r.Input(c)
	}
	fields, err := wire.ReadForm(c.Request, usernameField)
	if err != nil {
		return nil, err
	}
	return &Input{check: r.decode.check(), fields: fields}, nil
}

// Has reports whether the body has the field, other than as null.
func (in *Input) Has(name string) bool { return !in.fields.Text(name).Absent() }

// Text returns a string that must be there.
func (in *Input) Text(name string) string { return in.check.Text(in.fields.Text(name).NullIsMissing()) }

// OptionalText returns a string, or "" for one that is absent or null.
func (in *Input) OptionalText(name string) string {
	if field := in.fields.Text(name); !field.Absent() {
		return in.check.Text(field)
	}
	return ""
}

// Email returns an e-mail address that must be there, as [email.Parse] reads it.
func (in *Input) Email(name string) email.Email {
	before := len(in.check.Items)
	text := in.check.Email(in.fields.Text(name).NullIsMissing())
	if len(in.check.Items) > before {
		return email.Email{}
	}
	address, err := email.Parse(text)
	if err != nil { // not after the check
		in.Invalid(name, "is not valid")
	}
	return address
}

// Name returns a name that a user gives to a thing: without white space around it, of 1
// to 64 characters. An absent one is byDefault.
func (in *Input) Name(name, byDefault string) string {
	before := len(in.check.Items)
	text := strings.TrimSpace(in.OptionalText(name))
	if !in.Has(name) {
		return byDefault
	}
	if len(in.check.Items) > before { // it is no text
		return ""
	}
	if n := len([]rune(text)); n == 0 || n > 64 || strings.ContainsFunc(text, isControl) {
		in.Invalid(name, "must have 1 to 64 printable characters")
	}
	return text
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 }

// OptionalFlag returns a boolean, or false for one that is absent or null.
func (in *Input) OptionalFlag(name string) bool { return in.check.OptionalFlag(in.fields, name) }

// OptionalTexts returns an array of strings, or nil for one that is absent or null.
func (in *Input) OptionalTexts(name string) []string {
	value := in.object.Member(name)
	if value == nil || value.Kind() == jsontext.KindNull {
		return nil
	}
	values, ok := wire.List(value)
	if !ok {
		in.check.Fault(name, wire.NotList, "")
		return nil
	}
	texts := make([]string, len(values))
	for i, value := range values {
		if value.Kind() != jsontext.KindString {
			in.check.Fault(name, wire.NotString, "")
			return nil
		}
		texts[i] = wire.Unquote(value)
	}
	return texts
}

// OptionalObject returns the JSON text of an object, or nil for one that is absent or
// null.
func (in *Input) OptionalObject(name string) jsontext.Value {
	value := in.object.Member(name)
	if value == nil || value.Kind() == jsontext.KindNull {
		return nil
	}
	if value.Kind() != jsontext.KindBeginObject {
		in.check.Fault(name, wire.NotDict, "")
		return nil
	}
	return value
}

// Missing notes that a field must be there.
func (in *Input) Missing(name string) { in.check.Fault(name, wire.Missing, "") }

// Invalid notes what is wrong with a field, in words of the route.
func (in *Input) Invalid(name, message string) {
	in.check.Items = append(in.check.Items, wire.RuleItem(name, message))
}

// InvalidAt is Invalid for an element of an array.
func (in *Input) InvalidAt(name string, index int, message string) {
	in.check.Items = append(in.check.Items, wire.Item{Loc: []any{"body", name, index}, Msg: message, Type: "value_error"})
}

// Err returns the error that answers 422, or nil if nothing is wrong.
func (in *Input) Err() error { return in.check.Err() }
