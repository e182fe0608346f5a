// Package audittest holds what a store of events is tested with: [TestEventStore], which
// checks every clause of the comments on [audit.EventStore], and [Store], which keeps
// events in memory, for the tests of applications.
package audittest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/user"
)

// Store keeps events in memory. Its zero value is ready.
type Store struct {
	mu      sync.Mutex
	records map[string]audit.Record
}

var _ audit.EventStore = (*Store)(nil)

// AddEvent implements [audit.EventStore].
func (s *Store) AddEvent(ctx context.Context, r audit.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records == nil {
		s.records = map[string]audit.Record{}
	}
	if _, there := s.records[r.ID]; !there {
		r.Event = clone(r.Event)
		s.records[r.ID] = r
	}
	return nil
}

// Events implements [audit.EventStore].
func (s *Store) Events(ctx context.Context, q audit.Query) (events []user.Event, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if q.Matches(r.Event) && r.ExpiresAt.After(q.Now) {
			events = append(events, clone(r.Event))
		}
	}
	slices.SortFunc(events, func(a, b user.Event) int {
		if order := b.At.Compare(a.At); order != 0 {
			return order
		}
		if a.ID < b.ID {
			return 1
		}
		return -1
	})
	if more = len(events) > q.Limit; more {
		events = events[:q.Limit]
	}
	return events, more, nil
}

// ForgetEvents implements [audit.EventStore].
func (s *Store) ForgetEvents(ctx context.Context, id user.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, r := range s.records {
		if r.User == id {
			r.Email, r.IP, r.UserAgent = "", "", ""
			s.records[key] = r
		}
	}
	return nil
}

func clone(e user.Event) user.Event {
	e.Methods, e.Fields = slices.Clone(e.Methods), slices.Clone(e.Fields)
	e.Before, e.After, e.Note = maps.Clone(e.Before), maps.Clone(e.After), maps.Clone(e.Note)
	return e
}
