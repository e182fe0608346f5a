package user

import (
	"errors"

	"github.com/ginauth/ginauth/internal/calls"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// Errors a caller can tell apart with errors.Is. Everything else that comes
// from a store is wrapped in [ErrUnavailable].
var (
	// ErrInvalidID says that a text is no ID of the store's kind.
	ErrInvalidID = records.ErrInvalidID
	// ErrNotFound says that there is no such user (or token, or account).
	ErrNotFound = records.ErrNotFound
	// ErrExists says that another user has the e-mail address.
	ErrExists = records.ErrExists
	// ErrUsernameTaken says that another user has the user name.
	ErrUsernameTaken = records.ErrUsernameTaken
	// ErrInvitationRequired says that only those with an invitation can register.
	ErrInvitationRequired = errors.New("user: invitation required")
	// ErrBadInvitation says that an invitation is unknown, used, expired, or to another
	// address.
	ErrBadInvitation = errors.New("user: bad invitation")
	// ErrDomainNotAllowed says that addresses of this domain can make no account.
	ErrDomainNotAllowed = errors.New("user: domain not allowed")
	// ErrDamaged says that a stored document lacks a field or has one of the
	// wrong type. It is never read as a permissive value. It Is ErrNotFound too.
	ErrDamaged = damagedError{}
	// ErrLastSuperuser says that the change would leave no active superuser.
	ErrLastSuperuser = records.ErrLastSuperuser
	// ErrInactive says that the account is deactivated.
	ErrInactive = errors.New("user: inactive")
	// ErrBanned says that a ban is in force. It is an [ErrInactive], too.
	ErrBanned error = bannedError{}
	// ErrNotVerified says that the e-mail address is not verified but must be.
	ErrNotVerified = errors.New("user: not verified")
	// ErrAlreadyVerified says that the e-mail address was verified before.
	ErrAlreadyVerified = errors.New("user: already verified")
	// ErrBadCredentials says that e-mail and password name no user, that a current password
	// is wrong, or that registration is closed.
	ErrBadCredentials = errors.New("user: bad credentials")
	// ErrBadToken says that a reset or verify token is not (or no longer) good.
	ErrBadToken = secrets.ErrBadToken
	// ErrExpiredToken reports an authentic token that is too old. It matches ErrBadToken.
	ErrExpiredToken = secrets.ErrExpiredToken
	// ErrUnavailable says that a store could not answer: down, too slow, or
	// failing in a way its contract does not name. Nothing is known then; it
	// must never be taken for "not found".
	ErrUnavailable = calls.ErrUnavailable
	// ErrBusy says that too many passwords are being hashed, or that others of the same
	// account or address took too long. Trying again later is safe.
	ErrBusy = password.ErrBusy
	// ErrHook says that a Before hook or the password rule of the application
	// failed, other than by a [*Refusal] or a [*password.Error]. It wraps the
	// application's own error, which may match others of this list: ask for
	// ErrHook first.
	ErrHook = errors.New("user: hook failed")
	// ErrUndeliverable is for mail hooks: it says that the mail cannot be delivered
	// later either, so that it is not tried again.
	ErrUndeliverable = errors.New("user: mail cannot be delivered")
	// ErrUsed says that a one-time value was used before.
	ErrUsed = records.ErrUsed
	// ErrLinked says that an OAuth account belongs to another user.
	ErrLinked = records.ErrLinked
	// ErrBadFactor reports an answer to a factor that is wrong, used before or another
	// user's.
	ErrBadFactor = records.ErrBadFactor
	// ErrLastLoginMethod says that no way to log in would be left.
	ErrLastLoginMethod = records.ErrLastLoginMethod
)

// A document that cannot be trusted is treated as absent wherever a user is looked up by
// ID, which is why ErrDamaged matches ErrNotFound.
type damagedError struct{}

func (damagedError) Error() string { return "user: stored document is damaged" }

func (damagedError) Is(target error) bool { return target == ErrNotFound }

// Refusal is what a Before hook returns to veto an operation: the client gets
// Code as its error, with Status.
type Refusal struct {
	// Code is the stable code for the client, for example "INVITATION_REQUIRED".
	Code string
	// Status is the HTTP status, 400–499. Defaults to 400.
	Status int
}

// Error implements error.
func (r *Refusal) Error() string { return "user: refused: " + r.Code }

// HTTPStatus returns Status, or 400 where that is no client error.
func (r *Refusal) HTTPStatus() int {
	if r.Status < 400 || r.Status > 499 {
		return 400
	}
	return r.Status
}

// bannedError is a kind of [ErrInactive].
type bannedError struct{}

func (bannedError) Error() string { return "user: banned" }

// Is implements the interface that errors.Is asks.
func (bannedError) Is(target error) bool { return target == ErrInactive } //nolint:errorlint // errors.Is unwraps
