package user

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// sentField is a field of a profile prepared for writing.
type sentField struct {
	key    string // `,"name":`
	name   string
	index  []int
	encode valueEncoder
}

func sentFields(fields []ProfileField) []sentField {
	var sent []sentField
	for _, f := range fields {
		if f.Name == "" {
			continue
		}
		key := string(appendJSONString([]byte{','}, f.Name)) + ":"
		sent = append(sent, sentField{key: key, name: f.Name, index: f.Index, encode: encoderOf(f.Type)})
	}
	return sent
}

// appendUserJSON appends the JSON form of u to dst: compact, non-ASCII characters and <, >, & as they are, every
// profile field whatever its value. A nil u is null. After an error dst is returned as it was.
func appendUserJSON(dst []byte, u *User) ([]byte, error) {
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
	if err != nil {
		return before, err
	}
	return append(dst, '}'), nil
}

// appendProfileJSON appends the fields of a profile, each with a comma before it. A nil pointer is a profile with
// nothing set.
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
	for i := range t.sent {
		field := &t.sent[i]
		dst, err = field.encode(append(dst, field.key...), v.FieldByIndex(field.index))
		if err != nil {
			return dst, fmt.Errorf("user: encode profile field %s: %w", field.name, err)
		}
	}
	return dst, nil
}
