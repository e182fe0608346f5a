package records

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/internal/uuidv7"
)

// Invitation lets the owner of an address register with it, once.
type Invitation struct {
	// ID names it in lists. It gives no right to use it. [NewInvitationID] makes one, and
	// IDs sort by the time at which they were made.
	ID string
	// Email and EmailKey are the address it is bound to; see
	// [github.com/ginauth/ginauth/user/email.Parse].
	Email, EmailKey string
	// Token is the SHA-256, in lower-case hexadecimal, of the token in the mail.
	Token string `json:"-"`
	// Roles are what the new user gets; nil for none.
	Roles []string
	// InvitedBy is the user who made it.
	InvitedBy ID
	CreatedAt time.Time
	// ExpiresAt is the end. Required.
	ExpiresAt time.Time
}

// NewInvitationID returns a new ID for an [Invitation] made at that time.
func NewInvitationID(now time.Time) string { return uuidv7.New(now) }

// String names the invitation without its address.
func (i Invitation) String() string { return "invitation " + i.ID }

// Format prints i as [Invitation.String] does, whatever the verb.
func (i Invitation) Format(state fmt.State, _ rune) { fmt.Fprint(state, i.String()) }

// LogValue logs what [Invitation.String] returns.
func (i Invitation) LogValue() slog.Value { return slog.StringValue(i.String()) }

// InvitationQuery selects a page of invitations.
type InvitationQuery struct {
	// Limit is the greatest number to return, at least 1.
	Limit int
	// Before is the ID of the last invitation of the page before; empty for the first page.
	Before string
	// Now is the present: what has expired is left out.
	Now time.Time
}

// InvitationPage is one part of a list. More says that there is at least one after it.
type InvitationPage struct {
	Invitations []Invitation
	More        bool
}

// InvitationStore is an optional interface of a [github.com/ginauth/ginauth/user.Store],
// for registration by invitation.
// [github.com/ginauth/ginauth/user/usertest.TestInvitationStore] checks every clause of
// these comments.
//
// All methods are safe for concurrent use and end soon after ctx does. Errors other than
// those named mean that the store could not answer. Times are kept to the millisecond at
// least; empty and nil Roles are the same. What is passed in is not kept, what is returned
// belongs to the caller.
//
// An invitation may vanish by itself after its ExpiresAt, but not before. Methods that are
// given the time treat one as absent from its ExpiresAt on. Text that is not valid UTF-8
// names nothing. Invitations do not belong to a user: they stay when the user who made
// them goes.
type InvitationStore interface {
	// PutInvitation stores i and returns it as stored. Where there is one of i.EmailKey,
	// expired or not, i takes its place and keeps its ID, so that an address has one
	// invitation. Of concurrent calls for one address one is the last, and its invitation
	// is stored as a whole. Repeating a call whose answer was lost succeeds.
	PutInvitation(ctx context.Context, i Invitation) (Invitation, error)

	// Invitation returns the one with that ID, or [ErrNotFound].
	Invitation(ctx context.Context, id string, now time.Time) (Invitation, error)

	// InvitationTo returns the one of an address, by its key, or [ErrNotFound].
	InvitationTo(ctx context.Context, key string, now time.Time) (Invitation, error)

	// RenewInvitation replaces Token, CreatedAt and ExpiresAt of the invitation with
	// before's ID by after's if its Token is still before's, in one atomic step, and
	// reports whether it was. Repeating a call whose answer was lost reports true.
	RenewInvitation(ctx context.Context, before, after Invitation) (renewed bool, err error)

	// TakeInvitation removes the invitation with that key and Token and reports whether it
	// was there; of any number of concurrent calls exactly one reports true. A call whose
	// answer was lost has taken it.
	TakeInvitation(ctx context.Context, key, token string, now time.Time) (taken bool, err error)

	// DeleteInvitation removes the one with that ID. It returns [ErrNotFound] when there
	// is none, expired or not.
	DeleteInvitation(ctx context.Context, id string) error

	// Invitations returns those that have not expired, the greatest ID first, at most
	// query.Limit of them.
	Invitations(ctx context.Context, query InvitationQuery) (InvitationPage, error)
}
