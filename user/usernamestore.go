package user

import "context"

// Username is a name that a user can log in with in place of the address.
type Username struct {
	// Name is the name as its owner typed it; empty for none.
	Name string
	// Key is the form of Name that is unique and looked up. It is empty exactly where Name
	// is.
	Key string
}

// UsernameStore is an optional interface of a [Store] whose users can have names. It keeps
// [User.Username] and [User.UsernameKey].
// [github.com/ginauth/ginauth/user/usertest.TestUsernameStore] checks every clause of these
// comments.
//
// Create and Update return [ErrUsernameTaken] when another user has the key, compared byte
// by byte; of any number of concurrent calls with one key exactly one succeeds. Where
// address and name are both taken either error may be returned. Any number of users have
// no name. Update with an empty [Update].Username removes the name. Deleting a user frees
// it. A stored user without the fields has no name.
type UsernameStore interface {
	// ByUsernameKey returns the user with that key, compared byte by byte, or
	// [ErrNotFound]; an empty key names no user.
	ByUsernameKey(ctx context.Context, key string) (*User, error)
}
