package routes

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/user"
)

// textField is a field that should be a text, and what is wrong with it: it is
// missing, nullValue, notString, or notEmail for text that is not UTF-8.
type textField struct {
	name  string
	text  string
	fault fault
}

// text returns a member as a text field.
func (o object) text(name string) textField {
	m := o.member(name)
	if m == nil {
		return textField{name: name, fault: missing}
	}
	switch m.value.Kind() {
	case jsontext.KindNull:
		return textField{name: name, fault: nullValue}
	case jsontext.KindString:
		text, broken := unquote(m.value)
		if broken {
			return textField{name: name, fault: notEmail}
		}
		return textField{name: name, text: text}
	default:
		return textField{name: name, fault: notString}
	}
}

// text returns a form's field as a text field.
func (f form) text(name string) textField {
	field, ok := f[name]
	switch {
	case !ok:
		return textField{name: name, fault: missing}
	case field.isFile:
		return textField{name: name, fault: notString}
	case field.broken:
		return textField{name: name, fault: notEmail}
	default:
		return textField{name: name, text: field.text}
	}
}

// absent reports whether the field is not there, or null.
func (f textField) absent() bool { return f.fault == missing || f.fault == nullValue }

// nullIsMissing is the field for routes that do not tell null from absent.
func (f textField) nullIsMissing() textField {
	if f.fault == nullValue {
		f.fault = missing
	}
	return f
}

// emptyIsMissing is the field for login, which does not tell empty from absent, either.
func (f textField) emptyIsMissing() textField {
	if f.fault == fine && f.text == "" {
		f.fault = missing
	}
	return f.nullIsMissing()
}

// text returns the text of a field, noting what is wrong with it.
func (c *check) text(f textField) string {
	if f.fault != fine {
		c.fault(f.name, f.fault, "The address is not valid text")
	}
	return f.text
}

// email is text for an e-mail address. It is returned as sent.
func (c *check) email(f textField) string {
	if f.fault != fine {
		return c.text(f)
	}
	if _, err := user.ParseEmail(f.text); err != nil {
		reason := ""
		if invalid := (*user.EmailError)(nil); errors.As(err, &invalid) {
			reason = invalid.Reason
		}
		c.fault(f.name, notEmail, reason)
	}
	return f.text
}

// flag returns a flag, or nil for one that is absent, null or no boolean.
func (c *check) flag(o object, name string) *bool {
	m := o.member(name)
	if m == nil || m.value.Kind() == jsontext.KindNull {
		return nil
	}
	value, ok := boolOf(m.value)
	if !ok {
		c.fault(name, notBool, "")
		return nil
	}
	return &value
}

// optionalFlag is flag for a field of an object or of a form, and false for one that is
// absent or null.
func (c *check) optionalFlag(fields texts, name string) bool {
	if o, ok := fields.(object); ok {
		flag := c.flag(o, name)
		return flag != nil && *flag
	}
	field := fields.text(name)
	if field.absent() {
		return false
	}
	quoted, err := jsontext.AppendQuote(nil, field.text)
	is, ok := boolOf(quoted)
	if err != nil || field.fault != fine || !ok {
		c.fault(name, notBool, "")
	}
	return is
}

// boolOf reads a boolean: true and false, the numbers that are written 1 and 0,
// and the words for them in any (ASCII) letter case.
func boolOf(value jsontext.Value) (is, ok bool) {
	word := string(value)
	if value.Kind() == jsontext.KindString {
		text, _ := unquote(value)
		word = lowerASCII(text)
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

// hasNUL reports whether a text has a NUL byte.
func hasNUL(text string) bool { return strings.IndexByte(text, 0) >= 0 }
