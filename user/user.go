// Package user holds accounts without HTTP: what a user is, where users are
// stored, and the operations on an account (register, authenticate, verify, reset,
// update, delete). Package password hashes and judges the passwords.
//
// A [Manager] does the work over a [Store]. The package knows neither HTTP nor
// Gin, so a command-line tool can use it as it is, for example to create the
// first superuser.
package user

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ginauth/ginauth/profile"
)

// ID is the identity of a user in the canonical spelling of its store: a
// lower-case UUID with hyphens, or 24 lower-case hexadecimal digits. Clients'
// spellings become an ID by [Store.ParseID].
type ID string

// User is one account as it is stored.
//
// Its JSON form is the flat object clients see: id, email, username where
// the application has user names, the three flags, roles where Roles is not nil, then the fields of Profile. The hash never appears there, and printing or
// logging a User shows its ID only.
type User struct {
	ID ID
	// Email is the address as its owner typed it, with the domain in lower case.
	Email string
	// EmailKey is the form of Email that is unique and looked up; see [ParseEmail].
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
