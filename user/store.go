package user

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/profile"
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
	ByEmail(ctx context.Context, email Email) (*User, error)

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
	Email *Email
	// Username is a new name, or an empty one to remove it; see [UsernameStore].
	Username       *Username
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
