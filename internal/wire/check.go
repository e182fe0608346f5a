package wire

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/user/email"
)

// Fields are the fields of a JSON object or a form.
type Fields interface {
	// Text returns a field as a text field.
	Text(name string) TextField
}

// TextField is a field that should be a text, and what is wrong with it: it is
// Missing, NullValue, NotString, or NotEmail for text that is not UTF-8.
type TextField struct {
	Name  string
	Text  string
	Fault Fault
}

// Absent reports whether the field is not there, or null.
func (f TextField) Absent() bool { return f.Fault == Missing || f.Fault == NullValue }

// NullIsMissing is the field for routes that do not tell null from absent.
func (f TextField) NullIsMissing() TextField {
	if f.Fault == NullValue {
		f.Fault = Missing
	}
	return f
}

// EmptyIsMissing is the field for login, which does not tell empty from absent, either.
func (f TextField) EmptyIsMissing() TextField {
	if f.Fault == Fine && f.Text == "" {
		f.Fault = Missing
	}
	return f.NullIsMissing()
}

// Check collects what is wrong with a body, in the order it is found.
type Check struct {
	Dialect Dialect
	Items   []Item
}

// Err returns an [*InvalidError] with everything that was found, or nil.
func (c *Check) Err() error {
	if len(c.Items) == 0 {
		return nil
	}
	return &InvalidError{c.Items}
}

// Fault notes what is wrong with a field.
func (c *Check) Fault(field string, f Fault, particulars string) {
	c.Items = append(c.Items, c.Dialect.Item(f, particulars, "body", field))
}

// NoObject returns the error about a body that has to be an object and is none: then there
// are no fields to check.
func (c *Check) NoObject(o Object) error {
	f := Missing
	if o.Shape == OtherBody {
		f = NotObject
	}
	c.Items = append(c.Items, c.Dialect.Item(f, "", "body"))
	return c.Err()
}

// Text returns the text of a field, noting what is wrong with it.
func (c *Check) Text(f TextField) string {
	if f.Fault != Fine {
		c.Fault(f.Name, f.Fault, "The address is not valid text")
	}
	return f.Text
}

// Email is Text for an e-mail address. It is returned as sent.
func (c *Check) Email(f TextField) string {
	if f.Fault != Fine {
		return c.Text(f)
	}
	if _, err := email.Parse(f.Text); err != nil {
		reason := ""
		if invalid := (*email.Error)(nil); errors.As(err, &invalid) {
			reason = invalid.Reason
		}
		c.Fault(f.Name, NotEmail, reason)
	}
	return f.Text
}

// Flag returns a flag, or nil for one that is absent, null or no boolean.
func (c *Check) Flag(o Object, name string) *bool {
	value := o.members[name]
	if kind := value.Kind(); kind == jsontext.KindInvalid || kind == jsontext.KindNull {
		return nil
	}
	is, ok := Bool(value)
	if !ok {
		c.Fault(name, NotBool, "")
		return nil
	}
	return &is
}

// OptionalFlag is Flag for a field of an object or of a form, and false for one that is
// absent or null.
func (c *Check) OptionalFlag(fields Fields, name string) bool {
	if o, ok := fields.(Object); ok {
		flag := c.Flag(o, name)
		return flag != nil && *flag
	}
	field := fields.Text(name)
	if field.Absent() {
		return false
	}
	quoted, err := jsontext.AppendQuote(nil, field.Text)
	is, ok := Bool(quoted)
	if err != nil || field.Fault != Fine || !ok {
		c.Fault(name, NotBool, "")
	}
	return is
}

// Bool reads a boolean: true and false, the numbers that are written 1 and 0,
// and the words for them in any (ASCII) letter case.
func Bool(value jsontext.Value) (is, ok bool) {
	word := string(value)
	if value.Kind() == jsontext.KindString {
		word = lowerASCII(Unquote(value))
		switch word {
		case "yes", "on", "t", "y":
			return true, true
		case "no", "off", "f", "n":
			return false, true
		}
	}
	switch word {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// lowerASCII leaves all but A–Z alone. The Kelvin sign and the long s have lower-case
// letters of ASCII too, which are not meant.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// Unquote returns the text of a JSON string. Bytes that are not UTF-8, and halves of
// surrogate pairs, become U+FFFD.
func Unquote(value jsontext.Value) string {
	text, _ := jsontext.AppendUnquote(nil, value) // the error is about such bytes alone
	return string(text)
}

// List returns the values of an array, and whether value is one.
func List(value jsontext.Value) (values []jsontext.Value, ok bool) {
	err := json.Unmarshal(value, &values)
	return values, err == nil && values != nil
}
