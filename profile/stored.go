package profile

import (
	"encoding/json"
	"fmt"
)

// EncodeStored returns profile as a JSON object for stores that keep JSON. Unlike the
// JSON form of a [User] it has all fields, under [Field.Key], also those that
// are never sent; values are in the form of [Type.Normal]. Members of before,
// the object stored so far, that the type does not know are kept; before may be empty.
// A nil profile is one with nothing set.
func (t *Type) EncodeStored(profile any, before []byte) ([]byte, error) {
	members := map[string]json.RawMessage{}
	if len(before) > 0 {
		if err := json.Unmarshal(before, &members); err != nil {
			return nil, fmt.Errorf("profile: encode over what is stored: %w", err)
		}
	}
	if profile == nil {
		profile = t.New()
	}
	v, ok := t.value(t.Normal(profile))
	if profile != nil && !ok {
		return nil, fmt.Errorf("profile: encode: got a %T, want a pointer to %v", profile, t.Type())
	}
	for _, field := range t.Fields() {
		encoded, err := json.Marshal(v.FieldByIndex(field.Index).Addr().Interface())
		if err != nil {
			return nil, fmt.Errorf("profile: encode field %s: %w", field.Key(), err)
		}
		members[field.Key()] = encoded
	}
	return json.Marshal(members)
}

// DecodeStored returns a pointer to a new struct with what [Type.EncodeStored]
// wrote; a field without a member is zero. It is nil on a nil t.
func (t *Type) DecodeStored(object []byte) (any, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, fmt.Errorf("profile: decode stored: %w", err)
	}
	profile := t.New()
	v, _ := t.value(profile)
	for _, field := range t.Fields() {
		member, ok := members[field.Key()]
		if !ok {
			continue
		}
		if err := json.Unmarshal(member, v.FieldByIndex(field.Index).Addr().Interface()); err != nil {
			return nil, fmt.Errorf("profile: decode stored field %s: %w", field.Key(), err)
		}
	}
	return profile, nil
}

// ReadBack returns profile as [Type.DecodeStored] reads what
// [Type.EncodeStored] wrote: it is [ReadBackStore] for stores that keep JSON.
func (t *Type) ReadBack(profile any) (any, error) {
	stored, err := t.EncodeStored(profile, nil)
	if err != nil {
		return nil, err
	}
	return t.DecodeStored(stored)
}
