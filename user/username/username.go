// Package username has the rules for names that users can log in with in place of their
// e-mail address.
package username

import (
	"regexp"
	"slices"
	"strings"
)

// Username is a name that a user can log in with in place of the address.
type Username struct {
	// Name is the name as its owner typed it; empty for none.
	Name string
	// Key is the form of Name that is unique and looked up. It is empty if and only
	// if Name is.
	Key string
}

// Rules are the choices about user names; see [github.com/ginauth/ginauth/user.Policy].
// The zero value is ready to use.
//
// A name has 3 to 32 of the characters a to z, 0 to 9, '.', '_' and '-'. It begins and
// ends with a letter or digit, and has no two of the other characters in a row. Names that
// differ in letter case alone are one name, shown as its owner typed it.
type Rules struct {
	// Required makes POST /register demand a name, and PATCH refuse to remove one.
	// Accounts that are made in other ways, or were before, have none until their owner
	// chooses one. Defaults to false.
	Required bool
	// Immutable lets users choose a name where they have none, and not change it by PATCH
	// /me afterwards. Superusers can change it by PATCH /:id. Defaults to false.
	Immutable bool
	// Reserved are the names that users cannot choose, in lower case. Defaults to
	// [Reserved]; an empty slice that is not nil reserves none.
	Reserved []string
}

// Reserved returns the names that users cannot have by default, see [Rules]: those that
// look like the application itself. The caller owns the slice.
func Reserved() []string {
	return []string{
		"abuse", "account", "admin", "administrator", "anonymous", "api", "auth", "everyone", "help", "hostmaster", "info", "login", "logout",
		"moderator", "none", "null", "official", "owner", "postmaster", "register", "root", "security", "settings", "staff", "support",
		"system", "undefined", "user", "users", "webmaster", "www",
	}
}

// WithDefaults returns a copy with the defaults; nil for nil.
func (r *Rules) WithDefaults() *Rules {
	if r == nil {
		return nil
	}
	return &Rules{Required: r.Required, Immutable: r.Immutable, Reserved: slices.Clone(r.reserved())}
}

// Parse returns the name that text is and its key. The error is an [*Error].
func (r *Rules) Parse(text string) (Username, error) {
	key, ok := Key(text)
	if !ok {
		return Username{}, &Error{"user name must be 3 to 32 letters a-z or digits, with single '.', '_' or '-' between them"}
	}
	if slices.Contains(r.reserved(), key) {
		return Username{}, &Error{"user name is reserved"}
	}
	return Username{Name: text, Key: key}, nil
}

// Error says what is wrong with a user name.
type Error struct {
	// Reason is for people and does not repeat the name.
	Reason string
}

// Error implements error.
func (e *Error) Error() string { return "user: bad user name: " + e.Reason }

// Key returns the key of a name, and whether text has the form of one. It may be reserved.
func Key(text string) (key string, ok bool) {
	if len(text) < 3 || len(text) > 32 || !form.MatchString(text) {
		return "", false
	}
	return strings.ToLower(text), true
}

// form is what a user can have as a name. It is ASCII: letters of other scripts look alike.
var form = regexp.MustCompile(`^[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*$`)

func (r *Rules) reserved() []string {
	if r.Reserved == nil {
		return Reserved()
	}
	return r.Reserved
}
