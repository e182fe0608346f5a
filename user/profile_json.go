package user

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// sentField is a field of a profile prepared for writing.
type sentField struct {
	key   string // `,"name":`
	name  string
	index []int
}

func sentFields(fields []ProfileField) []sentField {
	var sent []sentField
	for _, f := range fields {
		if f.Name == "" {
			continue
		}
		key := string(appendJSONString([]byte{','}, f.Name)) + ":"
		sent = append(sent, sentField{key: key, name: f.Name, index: f.Index})
	}
	return sent
}

// appendUserJSON appends the JSON form of u to dst: compact, non-ASCII characters and <, >, & as they are, every
// profile field whatever its value. A nil u is null. After an error dst is returned as it was, or, with anyway, has
// null where a field has no JSON form.
func appendUserJSON(dst []byte, u *User, anyway bool) ([]byte, error) {
	if u == nil {
		return append(dst, "null"...), nil
	}
	before := dst
	dst = slices.Grow(dst, 256)
	dst = appendJSONString(append(dst, `{"id":`...), string(u.ID))
	dst = appendJSONString(append(dst, `,"email":`...), u.Email)
	dst = strconv.AppendBool(append(dst, `,"is_active":`...), u.IsActive)
	dst = strconv.AppendBool(append(dst, `,"is_superuser":`...), u.IsSuperuser)
	dst = strconv.AppendBool(append(dst, `,"is_verified":`...), u.IsVerified)
	dst, err := appendProfileJSON(dst, u.Profile)
	if err != nil && !anyway {
		return before, err
	}
	return append(dst, '}'), err
}

// appendProfileJSON appends the fields of a profile, each with a comma before it. A nil pointer is a profile with
// nothing set. The error is about the fields that have no JSON form, which are null.
func appendProfileJSON(dst []byte, profile any) ([]byte, error) {
	if profile == nil {
		return dst, nil
	}
	pointer := reflect.ValueOf(profile)
	if pointer.Kind() != reflect.Pointer {
		return dst, fmt.Errorf("user: profile is a %T, want a pointer to a struct", profile)
	}
	t, err := profileTypeFor(pointer.Type().Elem())
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
	return "user: encode profile field " + e.field + ": " + e.err.Error()
}
func (e *unshownError) Unwrap() error { return e.err }

// unshownFields returns the names of the fields that an error of appendProfileJSON is about.
func unshownFields(err error) []string {
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
			form, err = dst, fmt.Errorf("user: %v panicked while it was encoded", v.Type())
		}
	}()
	return appendJSONValue(dst, v)
}
