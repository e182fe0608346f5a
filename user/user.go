// Package user holds accounts without HTTP: what a user is, where users are
// stored, and the operations on an account (register, authenticate, verify, reset,
// update, delete). Package password hashes and judges the passwords.
//
// A [Manager] does the work over a [Store]. The package knows neither HTTP nor
// Gin, so a command-line tool can use it as it is, for example to create the
// first superuser.
//
// What it is made of is in packages below it: [records] are what a store keeps beside
// users, [secrets] what needs a key, [email], [username] and [roles] the forms of addresses,
// names and roles. Packages listing and usertest stand on it: lists for administrators, and
// what every store must pass.
package user

import (
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user/records"
)

// User is one account as it is stored.
//
// Its JSON form is the flat object clients see: id, email, username where the application
// has user names, the three flags, roles where Roles is not nil, then the fields of Profile.
// The hash never appears there, and printing or logging a User shows its ID only.
type User struct {
	ID ID
	// Email is the address as its owner typed it, with the domain in lower case.
	Email string
	// EmailKey is the form of Email that is unique and looked up; see [email.Parse].
	EmailKey string
	// Username is the name as its owner typed it, and UsernameKey the form that is unique
	// and looked up; see [UsernameStore]. Both are empty where the user has none.
	Username, UsernameKey string
	// showsName says that the JSON form has the name.
	showsName bool
	// HashedPassword is the stored hash; empty means that the user has no
	// password and can only come in another way.
	HashedPassword string
	IsActive       bool
	IsSuperuser    bool
	IsVerified     bool
	// TokenVersion is what an access token must bear to count. It rises by one
	// with every event that ends the user's tokens.
	TokenVersion int64
	// OwnerVersion rises by one whenever the account changes hands; see
	// [Update].ChangeOwner. Linked accounts and credentials bear it and are valid only
	// while it is current: those of another version are a former owner's.
	OwnerVersion int64
	// KeyVersion is what an API key must bear to be valid. It rises by one with every
	// event that ends all of the user's keys; see [Update].KeyVersionUp.
	KeyVersion int64
	// KeptToken is the SHA-256, in lower-case hexadecimal, of the one older token that is
	// valid in spite of its version; empty if there is none.
	KeptToken string
	// SecondFactor says that a login of the user needs one more factor.
	SecondFactor bool
	// Roles are the names of the user's roles, sorted and without repetition. Stores
	// return nil for none; a [Manager] returns those that are declared, see [Manager.Show].
	Roles []string
	// Ban keeps the user out while it is in force; nil if there is none. See
	// [User.Barred].
	Ban       *Ban
	CreatedAt time.Time
	UpdatedAt time.Time
	// Profile points to the application's own struct; nil when the application
	// has none. [ProfileOf] reads it with its type.
	Profile any
}

// HasPassword reports whether the user can log in with a password.
func (u *User) HasPassword() bool { return u.HashedPassword != "" }

// HasRole reports whether u has the role of that name. Whether the role means anything is
// a matter of the application's configuration; see [Manager.HasRole].
func (u *User) HasRole(name string) bool { return slices.Contains(u.Roles, name) }

// AppendJSON appends the JSON form of u to dst.
func (u *User) AppendJSON(dst []byte) ([]byte, error) { return appendUserJSON(dst, u, false) }

// AppendShown appends the JSON form of u to dst as [User.AppendJSON] does, with null for profile fields that have none,
// such as a time after the year 9999 that another program has stored. It returns the names of these fields, too.
func (u *User) AppendShown(dst []byte) (form []byte, unshown []string) {
	form, err := appendUserJSON(dst, u, true)
	if err != nil {
		unshown = profile.Unshown(err)
	}
	return form, unshown
}

// MarshalJSON returns the JSON form of u.
func (u User) MarshalJSON() ([]byte, error) { return appendUserJSON(nil, &u, false) }

// String returns the ID, so that a printed user shows nothing about the person.
func (u *User) String() string {
	if u == nil {
		return "user <nil>"
	}
	return "user " + string(u.ID)
}

// Format prints u as [User.String] does, whatever the verb.
func (u User) Format(state fmt.State, _ rune) { fmt.Fprint(state, u.String()) }

// LogValue logs the ID only.
func (u *User) LogValue() slog.Value {
	if u == nil {
		return slog.StringValue("")
	}
	return slog.StringValue(string(u.ID))
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
	dst = appendText(append(dst, `{"id":`...), string(u.ID))
	dst = appendText(append(dst, `,"email":`...), u.Email)
	if u.showsName {
		dst = append(dst, `,"username":`...)
		if u.Username == "" {
			dst = append(dst, "null"...)
		} else {
			dst = appendText(dst, u.Username)
		}
	}
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

// appendText appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // the error is about such bytes alone
	return dst
}

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

// Counts reports whether a token of the given version and hash is valid for u: its
// version is current, or it is the one token that was kept.
func (u *User) Counts(version int64, hash string) bool {
	return version == u.TokenVersion || (hash != "" && hash == u.KeptToken)
}

// ID is the identity of a user in the canonical spelling of its store: a
// lower-case UUID with hyphens, or 24 lower-case hexadecimal digits. Clients'
// spellings become an ID by [Store.ParseID].
type ID = records.ID
