package user

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/roles"
	"github.com/ginauth/ginauth/user/username"
)

// Store keeps users. [github.com/ginauth/ginauth/user/usertest.TestStore] checks
// every clause of these comments.
//
// All methods are safe for concurrent use, return before ctx ends or shortly
// after with an error, and either do all they say or nothing. Errors are those
// named here; any other error means that the store could not answer.
// A *User that is returned belongs to the caller, one that is passed in is not
// kept.
//
// Profiles come back in the form of [profile.Type.Normal], whatever form they are
// passed in.
//
// A stored user that lacks a flag, its hash or its version, or has one of another type,
// is never guessed at: looking it up returns [ErrDamaged], its e-mail address is taken,
// and List leaves it out.
type Store interface {
	// NewID returns a new, random ID. It does not block.
	NewID() ID

	// ParseID returns the canonical form of a client's spelling of an ID, or
	// [ErrInvalidID]. It does not block.
	ParseID(text string) (ID, error)

	// ProfileType describes the application's own fields; nil when there are none.
	ProfileType() *profile.Type

	// Create stores u under u.ID, which NewID made. It returns [ErrExists] when
	// another user has u.EmailKey, and of any number of concurrent calls with
	// one key exactly one succeeds. Repeating a Create whose answer was lost
	// succeeds.
	Create(ctx context.Context, u *User) error

	// ByID returns the user with that ID, or [ErrNotFound].
	ByID(ctx context.Context, id ID) (*User, error)

	// ByEmail returns the user with email.Key, compared byte by byte, or [ErrNotFound].
	// email.Address, the address as it was given, may be empty; it matters only in a
	// database in which another application has given several users one key. Then the
	// one whose Email is the address byte by byte is returned, or [ErrDamaged] if that
	// is none of them or several.
	ByEmail(ctx context.Context, email email.Email) (*User, error)

	// Update changes one user as update says, in one atomic step, and returns
	// the user as it is afterwards. Fields that update does not name stay as
	// they are, also those ginauth does not know. It returns [ErrNotFound] when
	// there is no such user or update.If does not hold, [ErrExists] when another
	// user has the new e-mail key, [ErrLastSuperuser] as update.KeepSuperuser
	// says; in each case nothing has changed. Of any number of concurrent
	// updates with one If that they make false, exactly one succeeds.
	Update(ctx context.Context, id ID, update Update) (*User, error)

	// Delete removes the user. It returns [ErrNotFound] when there is no such
	// user, and [ErrLastSuperuser] when options.KeepSuperuser is set and the
	// user is the only active superuser. A damaged user can be deleted.
	Delete(ctx context.Context, id ID, options DeleteOptions) error

	// List returns users ordered by ID, at most query.Limit of them.
	List(ctx context.Context, query ListQuery) (Page, error)
}

// Update is one change of one user. Nil pointers leave a field as it is.
type Update struct {
	Email *email.Email
	// Username is a new name, or an empty one to remove it; see [UsernameStore].
	Username       *username.Username
	HashedPassword *string `json:"-"`
	IsActive       *bool
	IsSuperuser    *bool
	IsVerified     *bool
	// Profile points to the application's struct; only the fields named (by
	// JSON name) in ProfileFields are taken from it.
	Profile       any
	ProfileFields []string
	// EndTokens raises TokenVersion by one and sets KeptToken to KeepToken,
	// which removes it where KeepToken is empty.
	EndTokens bool
	KeepToken string
	// ChangeOwner raises OwnerVersion by one: this one write decides that every way
	// in of the account's former owner is dead. It comes with EndTokens.
	ChangeOwner bool
	// KeyVersionUp raises KeyVersion by one: this one write ends all API keys.
	KeyVersionUp bool
	// SecondFactor sets [User.SecondFactor].
	SecondFactor *bool
	// Roles replaces [User.Roles]; the names are sorted and differ from each other. An
	// empty slice removes them.
	Roles *[]string
	// Ban replaces [User.Ban]; the zero Ban removes it.
	Ban *Ban
	// UpdatedAt is the time of the change, in UTC with milliseconds.
	UpdatedAt time.Time
	// If must hold for the update to take place.
	If Conditions
	// KeepSuperuser makes the update fail with [ErrLastSuperuser] where it would
	// leave no user that is active and superuser and has no ban in force at
	// UpdatedAt, decided atomically over all concurrent updates and deletions that
	// set it. Demoting, deactivating or banning an active superuser is refused where
	// there is no other; the ban that this user has already makes no difference.
	KeepSuperuser bool
}

// Conditions name what must be true of the stored user. Nil means "whatever it is".
type Conditions struct {
	HashedPassword *string `json:"-"`
	EmailKey       *string
	IsActive       *bool
	IsVerified     *bool
	TokenVersion   *int64
	SecondFactor   *bool
}

// DeleteOptions are the choices of [Store.Delete].
type DeleteOptions struct {
	// KeepSuperuser protects the last active superuser; see [Update].
	KeepSuperuser bool
	// At is the time of the deletion, which decides whether another superuser's ban is
	// in force. All bans are, at the zero time.
	At time.Time
}

// ListQuery selects a page of users.
type ListQuery struct {
	// Limit is the greatest number of users to return, at least 1.
	Limit int
	// After is the last ID of the page before; empty for the first page.
	After ID
	// EmailPrefix selects users whose EmailKey begins with it. It is plain
	// text: no character of it has a special meaning.
	EmailPrefix string
}

// Page is one part of a list. More says that there is at least one user after it.
type Page struct {
	Users []*User
	More  bool
}

// TokenUserStore is an optional interface of a [Store] that is a [records.TokenStore] and finds a
// record and its user in one operation. A guard with a stored token then costs one round
// trip, not two.
//
// A wrapper that changes what ByID or TokenByHash return has to change this method with
// them.
type TokenUserStore interface {
	// TokenWithUser returns what TokenByHash does, with the same errors, and the
	// record's user as ByID returns it. A nil user decides nothing: there is none,
	// or it is damaged, or the store cannot tell both at once; the caller asks ByID.
	TokenWithUser(ctx context.Context, hash string) (records.Token, *User, error)
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

// Hold reports whether all of c is true of u. It is for stores that decide in Go, under a
// lock or in a serializable transaction.
func (c Conditions) Hold(u *User) bool {
	return isOrAny(c.HashedPassword, u.HashedPassword) && isOrAny(c.EmailKey, u.EmailKey) &&
		isOrAny(c.IsActive, u.IsActive) && isOrAny(c.IsVerified, u.IsVerified) &&
		isOrAny(c.TokenVersion, u.TokenVersion) && isOrAny(c.SecondFactor, u.SecondFactor)
}

// Apply makes the change in u, whose profile is of the given type, in the form of
// [profile.Type.Normal]. It does not look at
// update.If and update.KeepSuperuser. It is for stores that decide in Go, as
// [Conditions.Hold]. A name in update.ProfileFields that profile does not have is an
// error, and nothing has changed.
func (update Update) Apply(u *User, profile *profile.Type) error {
	if err := profile.Copy(u.Profile, profile.Normal(update.Profile), update.ProfileFields); err != nil {
		return err
	}
	if update.Email != nil {
		u.Email, u.EmailKey = update.Email.Address, update.Email.Key
	}
	if update.Username != nil {
		u.Username, u.UsernameKey = update.Username.Name, update.Username.Key
	}
	setTo(&u.HashedPassword, update.HashedPassword)
	setTo(&u.IsActive, update.IsActive)
	setTo(&u.IsSuperuser, update.IsSuperuser)
	setTo(&u.IsVerified, update.IsVerified)
	setTo(&u.SecondFactor, update.SecondFactor)
	if update.Roles != nil {
		u.Roles = roles.Sorted(*update.Roles)
	}
	if update.Ban != nil {
		u.Ban = update.Ban.stored()
	}
	if update.EndTokens {
		u.TokenVersion++
		u.KeptToken = update.KeepToken
	}
	if update.ChangeOwner {
		u.OwnerVersion++
	}
	if update.KeyVersionUp {
		u.KeyVersion++
	}
	u.UpdatedAt = update.UpdatedAt
	return nil
}

// LeavesSuperusers reports whether the update deactivates, demotes or bans, and so takes a
// user out of the active superusers that KeepSuperuser protects.
func (update Update) LeavesSuperusers() bool {
	return isFalse(update.IsActive) || isFalse(update.IsSuperuser) || update.Ban.InForce(update.UpdatedAt) && !update.Ban.At.IsZero()
}

func isOrAny[T comparable](want *T, is T) bool { return want == nil || *want == is }

func setTo[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// CredentialUserStore is an optional interface of a [records.CredentialStore] that finds a
// credential and its user in one operation. A guard with an API key then costs one
// round trip, not two. [github.com/ginauth/ginauth/user/usertest.TestCredentialUserStore]
// checks every clause of these comments.
//
// A wrapper of such a store that changes what ByID or CredentialByKey return has to
// change this method with them.
type CredentialUserStore interface {
	// CredentialWithUser returns what CredentialByKey does, with the same errors, and
	// the credential's user as ByID returns it. A nil user decides nothing: there is
	// none, or it is damaged, or the store cannot find both at once; the caller calls
	// ByID.
	CredentialWithUser(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, *User, error)
}
