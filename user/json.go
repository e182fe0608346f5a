package user

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/profile"
)

// appendUserJSON appends the JSON form of u to dst: compact, non-ASCII characters and <, >, & as they are, every
// profile field whatever its value. A nil u is null. After an error dst is returned as it was, or, with anyway, has
// null where a field has no JSON form.
func appendUserJSON(dst []byte, u *User, anyway bool) ([]byte, error) {
	if u == nil {
		return append(dst, "null"...), nil
	}
	before := dst
	dst = slices.Grow(dst, 256)
	dst = appendText(append(dst, `{"id":`...), string(u.ID))
	dst = appendText(append(dst, `,"email":`...), u.Email)
	dst = appendUsername(dst, u)
	dst = strconv.AppendBool(append(dst, `,"is_active":`...), u.IsActive)
	dst = strconv.AppendBool(append(dst, `,"is_superuser":`...), u.IsSuperuser)
	dst = strconv.AppendBool(append(dst, `,"is_verified":`...), u.IsVerified)
	if u.Roles != nil {
		dst = append(dst, `,"roles":[`...)
		for i, role := range u.Roles {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, role)
		}
		dst = append(dst, ']')
	}
	if u.Profile == nil {
		return append(dst, '}'), nil
	}
	dst, err := profile.AppendMembers(dst, u.Profile)
	if err != nil && !anyway {
		return before, err
	}
	return append(dst, '}'), err
}

// appendUsername appends the user name, or null for none, where the application has names.
func appendUsername(dst []byte, u *User) []byte {
	if !u.showsName {
		return dst
	}
	dst = append(dst, `,"username":`...)
	if u.Username == "" {
		return append(dst, "null"...)
	}
	return appendText(dst, u.Username)
}

// appendText appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // the error is about such bytes alone
	return dst
}
