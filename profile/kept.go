package profile

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Error says which fields of a profile were refused because they could not be stored, or not be shown
// afterwards.
type Error struct {
	// Fields are the [Field.Key] of the fields.
	Fields []string
}

// Error implements error. It names the fields and does not quote their values.
func (e *Error) Error() string {
	return "profile: fields that cannot be stored: " + strings.Join(e.Fields, ", ")
}

// Kept returns a copy of profile in which the fields named are as a later read returns
// them: times in UTC with milliseconds, and everything else as readBack, which does what
// ReadBack of a store does, returns it; it may be nil. Refused are the fields that would not
// come back as they are: a value without a JSON form, such as a time outside of the years 0
// to 9999, an integer over 63 bits, and what the store cannot keep. A name is a [Field.Key].
// A profile of another type is returned unchanged.
func (t *Type) Kept(profile any, names []string, readBack func(profile any) (any, error)) (kept any, refused []string) {
	if _, ok := t.value(profile); !ok || len(names) == 0 {
		return profile, nil
	}
	kept = t.Normal(profile)
	var whole any
	if readBack != nil {
		whole = t.readBack(readBack, kept)
	}
	for _, name := range names {
		form, err := t.form(kept, name)
		if err == nil && readBack != nil {
			err = t.keep(kept, name, form, func() any {
				if whole != nil {
					return whole
				}
				return t.readBack(readBack, t.alone(kept, name)) // it may be another field that cannot be stored
			})
		}
		if err != nil {
			refused = append(refused, name)
		}
	}
	return kept, refused
}

var errNotKept = errors.New("profile: field does not come back as it went in")

// keep replaces a field of kept by what the store reads back, if that has the same form.
func (t *Type) keep(kept any, name string, form []byte, readBack func() any) error {
	back := readBack()
	if back == nil {
		return errNotKept
	}
	formBack, err := t.form(back, name)
	if err != nil || !sameForm(form, formBack) {
		return errNotKept
	}
	return t.Copy(kept, back, []string{name})
}

// alone returns a profile in which nothing but the field named is set.
func (t *Type) alone(profile any, name string) any {
	alone := t.New()
	_ = t.Copy(alone, profile, []string{name}) // fails for other types and names only
	return t.Normal(alone)
}

// readBack returns nil where the store cannot keep the profile. Codecs are the application's own, and may panic.
func (t *Type) readBack(store func(any) (any, error), profile any) (back any) {
	defer func() {
		if recover() != nil {
			back = nil
		}
	}()
	back, err := store(profile)
	if _, ok := t.value(back); err != nil || !ok {
		return nil
	}
	return back
}

// form returns the JSON form of a field.
func (t *Type) form(profile any, name string) ([]byte, error) {
	field, known := t.field(name)
	v, ok := t.value(profile)
	if !known || !ok {
		return nil, fmt.Errorf("profile: %v has no field %q", t.typ, name)
	}
	value := v.FieldByIndex(field.Index)
	if !numbersFit(value) {
		return nil, errNotKept
	}
	return appendContained(nil, value)
}

// numbersFit reports whether all integers in v have at most 63 bits, and each json.Number is such an integer or a
// float64.
func numbersFit(v reflect.Value) bool {
	if !v.IsValid() || isPlain(v.Type()) {
		return true
	}
	if v.Type() == numberType {
		return isStorableNumber(v.String())
	}
	switch v.Kind() {
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return v.Uint() <= math.MaxInt64
	case reflect.Struct:
		for i := range v.NumField() {
			if isReachable(v.Type().Field(i)) && !numbersFit(v.Field(i)) {
				return false
			}
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			if !numbersFit(v.Index(i)) {
				return false
			}
		}
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || numbersFit(v.Elem())
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !numbersFit(entries.Value()) {
				return false
			}
		}
	}
	return true
}

func isStorableNumber(text string) bool {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return true
	}
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && sameNumber(text, strconv.FormatFloat(f, 'g', -1, 64))
}
