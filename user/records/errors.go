package records

import "errors"

// Errors by which stores answer. Those that package user has, too, are the same values.
var (
	// ErrInvalidID says that a text is no ID of the store's kind.
	ErrInvalidID = errors.New("user: invalid id")
	// ErrNotFound says that there is no such user (or token, or account).
	ErrNotFound = errors.New("user: not found")
	// ErrExists says that another user has the e-mail address, or that there is a record
	// of that name already.
	ErrExists = errors.New("user: already exists")
	// ErrUsernameTaken says that another user has the user name.
	ErrUsernameTaken = errors.New("user: user name taken")
	// ErrLastSuperuser says that the change would leave no active superuser.
	ErrLastSuperuser = errors.New("user: last active superuser")
	// ErrUsed says that a one-time value was used before.
	ErrUsed = errors.New("user: used before")
	// ErrLinked says that an OAuth account belongs to another user.
	ErrLinked = errors.New("user: oauth account already linked")
	// ErrBadFactor reports an answer to a factor that is wrong, used before or another
	// user's.
	ErrBadFactor = errors.New("user: bad factor")
	// ErrLastLoginMethod says that no way to log in would be left.
	ErrLastLoginMethod = errors.New("user: last way to log in")
)
