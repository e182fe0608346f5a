package audit

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
)

// Record is an event as it is stored.
type Record struct {
	user.Event
	// ExpiresAt is when the record may be deleted, and is not returned any more.
	ExpiresAt time.Time
	// Required says that the record must outlive the failure of a server as the users
	// themselves do. Others may be written with less.
	Required bool
}

// EventStore keeps events. Package audittest checks one against these comments and has
// one in memory; package mongoaudit has one for MongoDB. Texts are stored as they are,
// times in UTC with milliseconds. Methods are called concurrently and return when ctx ends.
type EventStore interface {
	// AddEvent stores r. If there is a record with its ID nothing changes, and that is no
	// error: a sink may get an event twice.
	AddEvent(ctx context.Context, r Record) error

	// Events returns the events that match q, newest first: by At, then by ID, both
	// descending; at most q.Limit of them. More says that there are older ones.
	Events(ctx context.Context, q Query) (events []user.Event, more bool, err error)

	// ForgetEvents removes Email, IP and UserAgent of the events about a user. The events
	// stay, with the ID, which is nobody's any more. No such event is no error.
	ForgetEvents(ctx context.Context, id user.ID) error
}

// Query is which events are asked for. Empty fields match all.
type Query struct {
	// User is whom the events are about.
	User user.ID
	// Kinds are the kinds of which an event has one.
	Kinds []user.EventKind
	// Outcome is how the decision went.
	Outcome user.Outcome
	// Since and Until bound At: Since is the earliest, Until is later than the last.
	Since, Until time.Time
	// After is the last event of the page before; only older ones are returned.
	After Position
	// Limit is the greatest number of events, at least 1.
	Limit int
	// Now is the present: what has expired is not returned.
	Now time.Time
}

// Position is where an event is in the order of [EventStore.Events].
type Position struct {
	At time.Time
	ID string
}

// Matches reports whether an event is one of those that q asks for, apart from Limit and
// expiry.
func (q Query) Matches(e user.Event) bool {
	switch {
	case q.User != "" && e.User != q.User,
		q.Outcome != "" && e.Outcome != q.Outcome,
		!q.Since.IsZero() && e.At.Before(q.Since),
		!q.Until.IsZero() && !e.At.Before(q.Until),
		q.After.ID != "" && !q.After.isNewerThan(Position{e.At, e.ID}):
		return false
	}
	for _, kind := range q.Kinds {
		if e.Kind == kind {
			return true
		}
	}
	return len(q.Kinds) == 0
}

func (p Position) isNewerThan(other Position) bool {
	if order := p.At.Compare(other.At); order != 0 {
		return order > 0
	}
	return p.ID > other.ID
}
