package user

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// PendingKind is what a [Pending] is.
type PendingKind string

// Pending is something that has begun and waits for its second half: a login that
// needs one more factor, a login by mail.
type Pending struct {
	// ID is the SHA-256, in lower-case hexadecimal, of the secret that names it. It is
	// unique among all kinds.
	ID   string
	Kind PendingKind
	// UserID is the user it is about; empty if that is not known yet.
	UserID ID
	// Tries is how often it was tried.
	Tries int
	// Data belongs to the kind, usually a JSON object; at most 8 KiB.
	Data      []byte `json:"-"`
	CreatedAt time.Time
	// ExpiresAt is the end. Required.
	ExpiresAt time.Time
}

// String names what is pending without its ID.
func (p Pending) String() string { return fmt.Sprintf("pending %s of user %s", p.Kind, p.UserID) }

// Format prints p as [Pending.String] does, whatever the verb.
func (p Pending) Format(state fmt.State, _ rune) { fmt.Fprint(state, p.String()) }

// LogValue logs what [Pending.String] returns.
func (p Pending) LogValue() slog.Value { return slog.StringValue(p.String()) }

// PendingStore is an optional interface of a [Store], for logins in several steps.
// [github.com/ginauth/ginauth/user/usertest.TestPendingStore] checks every clause of
// these comments.
//
// All methods are safe for concurrent use and end soon after ctx does. Errors
// other than those named mean that the store could not answer. A record may vanish by
// itself after its ExpiresAt, but not before; methods that are given the time treat an
// expired record as absent.
type PendingStore interface {
	// PutPending stores p. It returns [ErrExists] if there is one of p.ID, expired or
	// not. Repeating a call whose answer was lost succeeds.
	PutPending(ctx context.Context, p Pending) error

	// SetPending stores p in place of one of p.ID, or where there is none.
	SetPending(ctx context.Context, p Pending) error

	// Pending returns the record, or [ErrNotFound]. It decides nothing.
	Pending(ctx context.Context, kind PendingKind, id string, now time.Time) (Pending, error)

	// TryPending raises Tries by one if it is less than tries, in one atomic step, and
	// returns the record as it is afterwards, or [ErrNotFound] where there is none or it
	// was tried so often before.
	TryPending(ctx context.Context, kind PendingKind, id string, tries int, now time.Time) (Pending, error)

	// TakePending removes the record and reports whether it was there; of any number
	// of concurrent calls for one record exactly one reports true.
	TakePending(ctx context.Context, kind PendingKind, id string, now time.Time) (taken bool, err error)

	// DeletePendingOf removes the records of the user. It is housekeeping: no decision
	// depends on it.
	DeletePendingOf(ctx context.Context, id ID) error
}
