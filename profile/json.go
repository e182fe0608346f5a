package profile

import (
	"errors"
	"fmt"
	"reflect"
)

// sentField is a field of a profile prepared for writing.
type sentField struct {
	key   string // `,"name":`
	name  string
	index []int
}

func sentFields(fields []Field) []sentField {
	var sent []sentField
	for _, f := range fields {
		if f.Name == "" {
			continue
		}
		key := string(appendName([]byte{','}, f.Name)) + ":"
		sent = append(sent, sentField{key: key, name: f.Name, index: f.Index})
	}
	return sent
}

// AppendMembers appends the fields of profile, a pointer to the application's struct, to a
// JSON object begun in dst, each with a comma before it: compact, with non-ASCII characters
// and <, >, & as they are, and every field whatever its value. A nil pointer is a profile
// with nothing set; nil appends nothing. The error is about the fields that have no JSON
// form, which are null; [Unshown] returns their names.
func AppendMembers(dst []byte, profile any) ([]byte, error) {
	if profile == nil {
		return dst, nil
	}
	pointer := reflect.ValueOf(profile)
	if pointer.Kind() != reflect.Pointer {
		return dst, fmt.Errorf("profile: got a %T, want a pointer to a struct", profile)
	}
	t, err := typeFor(pointer.Type().Elem())
	if err != nil {
		return dst, err
	}
	if pointer.IsNil() {
		pointer = reflect.New(t.typ)
	}
	v := pointer.Elem()
	var problems []error
	for i := range t.sent {
		field := &t.sent[i]
		dst = append(dst, field.key...)
		shown, err := appendContained(dst, v.FieldByIndex(field.index))
		if err != nil {
			shown = append(dst, "null"...)
			problems = append(problems, &unshownError{field.name, err})
		}
		dst = shown
	}
	return dst, errors.Join(problems...)
}

// unshownError says that a field has no JSON form.
type unshownError struct {
	field string
	err   error
}

func (e *unshownError) Error() string {
	return "profile: encode field " + e.field + ": " + e.err.Error()
}
func (e *unshownError) Unwrap() error { return e.err }

// Unshown returns the names in JSON of the fields that an error of [AppendMembers] is about.
func Unshown(err error) []string {
	var names []string
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // it is the very error of errors.Join
		for _, one := range joined.Unwrap() {
			if unshown := (*unshownError)(nil); errors.As(one, &unshown) {
				names = append(names, unshown.field)
			}
		}
	}
	return names
}

// appendContained appends the JSON form of a value, whose methods are the application's own and may panic.
func appendContained(dst []byte, v reflect.Value) (form []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			form, err = dst, fmt.Errorf("profile: %v panicked while it was encoded", v.Type())
		}
	}()
	return appendJSONValue(dst, v)
}
