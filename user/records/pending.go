package records

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
	// ID is the SHA-256, in lower-case hexadecimal, of the secret that names it, or any
	// other text of at most 200 bytes that gives no secret away. It is unique among
	// all kinds.
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

// PendingStore is an optional interface of a [github.com/ginauth/ginauth/user.Store], for
// logins in several steps. [github.com/ginauth/ginauth/user/usertest.TestPendingStore]
// checks every clause of these comments.
//
// All methods are safe for concurrent use and end soon after ctx does. Errors
// other than those named mean that the store could not answer. Times are kept to
// the millisecond at least, Data byte by byte; empty and nil Data are the same. What
// is passed in is not kept, what is returned belongs to the caller.
//
// A record may vanish by itself after its ExpiresAt, but not before. Methods that are
// given the time treat a record as absent from its ExpiresAt on, and one of another
// kind as well. An ID that is not valid UTF-8 names nothing. A record exists until it
// is deleted or expires, also when its user is gone.
type PendingStore interface {
	// PutPending stores p. It returns [ErrExists] if there is one of p.ID, of whatever
	// kind, expired or not; of any number of concurrent calls with one ID, but different
	// records, exactly one succeeds. Repeating a call whose answer was lost succeeds:
	// calls with equal records are one call.
	PutPending(ctx context.Context, p Pending) error

	// SetPending stores p in place of one of p.ID, of whatever kind, or where there is
	// none. Of concurrent calls one is the last, and its record is stored as a whole.
	SetPending(ctx context.Context, p Pending) error

	// Pending returns the record, or [ErrNotFound]. It changes and decides nothing.
	Pending(ctx context.Context, kind PendingKind, id string, now time.Time) (Pending, error)

	// TryPending raises Tries by one if it is less than limit, in one atomic step, and
	// returns the record as it is afterwards, or [ErrNotFound] where there is none or it
	// was tried so often before. Of any number of concurrent calls with one limit
	// exactly as many succeed as tries are left. A call whose answer was lost has used
	// a try up.
	TryPending(ctx context.Context, kind PendingKind, id string, limit int, now time.Time) (Pending, error)

	// TakePending removes the record and reports whether it was there; of any number
	// of concurrent calls for one record exactly one reports true. A call whose answer
	// was lost has taken it.
	TakePending(ctx context.Context, kind PendingKind, id string, now time.Time) (taken bool, err error)

	// DeletePendingOf removes the records of the user. It is housekeeping: no decision
	// depends on it. Records of no user stay.
	DeletePendingOf(ctx context.Context, id ID) error
}
