package user

import (
	"errors"
	"fmt"
	"strings"
)

// ReadBackStore is an optional interface of a [Store] that keeps profiles in another form than Go's.
type ReadBackStore interface {
	// ReadBack returns profile, a pointer to the application's struct, as ByID would return it after it was stored.
	// It does not contact the database. An error means that the store cannot keep it.
	ReadBack(profile any) (any, error)
}

// ProfileError says which fields of a profile were refused because they could not be stored, or not be shown
// afterwards.
type ProfileError struct {
	// Fields are the [ProfileField.Key] of the fields.
	Fields []string
}

// Error implements error. It names the fields and does not quote their values.
func (e *ProfileError) Error() string {
	return "user: profile fields that cannot be stored: " + strings.Join(e.Fields, ", ")
}

// KeptProfile returns a copy of profile in which the fields named are as a later read returns them: times in UTC with
// milliseconds, and everything else as the store keeps it. Refused are those that would not come back as they are: a
// value without a JSON form, such as a time outside of the years 0 to 9999, an integer over 63 bits, and whatever the
// store cannot keep. A name is a [ProfileField.Key]. A profile that is not of the store's type is returned unchanged.
func (m *Manager) KeptProfile(profile any, names []string) (kept any, refused []string) {
	t := m.store.ProfileType()
	if _, ok := t.value(profile); !ok || len(names) == 0 {
		return profile, nil
	}
	kept = t.Normal(profile)
	store, readsBack := m.store.(ReadBackStore)
	var whole any
	if readsBack {
		whole = readBack(store, t, kept)
	}
	for _, name := range names {
		form, err := t.form(kept, name)
		if err == nil && readsBack {
			err = t.keep(kept, name, form, func() any {
				if whole != nil {
					return whole
				}
				return readBack(store, t, t.alone(kept, name)) // it may be another field that cannot be stored
			})
		}
		if err != nil {
			refused = append(refused, name)
		}
	}
	return kept, refused
}

// keepProfile is [Manager.KeptProfile] with an error for what is refused.
func (m *Manager) keepProfile(profile any, names []string) (any, error) {
	kept, refused := m.KeptProfile(profile, names)
	if len(refused) > 0 {
		return nil, &ProfileError{Fields: refused}
	}
	return kept, nil
}

var errNotKept = errors.New("user: profile field does not come back as it went in")

// keep replaces a field of kept by what the store reads back, if that has the same form.
func (t *ProfileType) keep(kept any, name string, form []byte, readBack func() any) error {
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
func (t *ProfileType) alone(profile any, name string) any {
	alone := t.New()
	_ = t.Copy(alone, profile, []string{name}) // fails for other types and names only
	return t.Normal(alone)
}

// readBack returns nil where the store cannot keep the profile. Codecs are the application's own, and may panic.
func readBack(store ReadBackStore, t *ProfileType, profile any) (back any) {
	defer func() {
		if recover() != nil {
			back = nil
		}
	}()
	back, err := store.ReadBack(profile)
	if _, ok := t.value(back); err != nil || !ok {
		return nil
	}
	return back
}

// form returns the JSON form of a field.
func (t *ProfileType) form(profile any, name string) ([]byte, error) {
	field, known := t.field(name)
	v, ok := t.value(profile)
	if !known || !ok {
		return nil, fmt.Errorf("user: %v has no field %q", t.typ, name)
	}
	value := v.FieldByIndex(field.Index)
	if !numbersFit(value) {
		return nil, errNotKept
	}
	return appendContained(nil, value)
}
