package demoprovider

import (
	"sync"
	"time"
)

// shelfSize is how many things a shelf holds: requests to a public
// demonstration must not fill the memory.
const shelfSize = 10_000

// shelf keeps things in memory for a while. It is safe for concurrent use.
type shelf[T any] struct {
	keep time.Duration
	now  func() time.Time

	mu     sync.Mutex
	things map[string]kept[T]
	order  []string // by time of putting; may name things that are gone
}

type kept[T any] struct {
	thing T
	until time.Time
}

func newShelf[T any](keep time.Duration) *shelf[T] {
	return &shelf[T]{keep: keep, now: time.Now, things: map[string]kept[T]{}}
}

func (s *shelf[T]) put(key string, thing T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for len(s.order) > 0 {
		oldest, there := s.things[s.order[0]]
		if there && now.Before(oldest.until) && len(s.order) < shelfSize {
			break
		}
		delete(s.things, s.order[0])
		s.order = s.order[1:]
	}
	s.things[key] = kept[T]{thing, now.Add(s.keep)}
	s.order = append(s.order, key)
}

func (s *shelf[T]) look(key string) (thing T, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, found := s.things[key]
	if !found || !s.now().Before(k.until) {
		return thing, false
	}
	return k.thing, true
}

// take removes what it returns, so that only one of two concurrent calls gets it.
func (s *shelf[T]) take(key string) (thing T, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, found := s.things[key]
	delete(s.things, key)
	if !found || !s.now().Before(k.until) {
		return thing, false
	}
	return k.thing, true
}
