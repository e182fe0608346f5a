package user

import (
	"fmt"
	"reflect"

	"github.com/ginauth/ginauth/profile"
)

// ProfileOf returns the application's own fields of u, or nil when u is nil or has no profile. Changes of the struct
// are changes of u. Panics if the profile is of another type than P: the store's type is the only one there is.
func ProfileOf[P any](u *User) *P {
	if u == nil || u.Profile == nil {
		return nil
	}
	profile, ok := u.Profile.(*P)
	if !ok {
		panic(fmt.Sprintf("user: the profile is a %T, and was asked for as a %v", u.Profile, reflect.TypeFor[*P]()))
	}
	return profile
}

// ReadBackStore is an optional interface of a [Store] that keeps profiles in another form than Go's.
type ReadBackStore interface {
	// ReadBack returns profile, a pointer to the application's struct, as ByID would return it after it was stored.
	// It does not contact the database. An error means that the store cannot keep it.
	ReadBack(profile any) (any, error)
}

// KeptProfile returns a copy of fields, a pointer to the application's struct, in which the
// fields named are as a later read returns them, and the names of those that the store
// cannot keep as they are; see [profile.Type.Kept].
func (m *Manager) KeptProfile(fields any, names []string) (kept any, refused []string) {
	return m.store.ProfileType().Kept(fields, names, m.readBack)
}

// keepProfile is [Manager.KeptProfile] with an error for what is refused.
func (m *Manager) keepProfile(fields any, names []string) (any, error) {
	kept, refused := m.KeptProfile(fields, names)
	if len(refused) > 0 {
		return nil, &profile.Error{Fields: refused}
	}
	return kept, nil
}
