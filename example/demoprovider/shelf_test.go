package demoprovider

import (
	"strconv"
	"testing"
	"time"
)

func TestShelf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newShelf[string](time.Minute)
	s.now = func() time.Time { return now }
	s.put("a", "first")
	now = now.Add(59 * time.Second)
	s.put("b", "second")
	if got, found := s.look("a"); !found || got != "first" {
		t.Errorf("look after 59 s: got %q %v, want first true", got, found)
	}
	now = now.Add(time.Second)
	if _, found := s.look("a"); found {
		t.Error("look after 60 s: got it, want nothing")
	}
	if _, found := s.take("a"); found {
		t.Error("take after 60 s: got it, want nothing")
	}
	if got, found := s.take("b"); !found || got != "second" {
		t.Errorf("take: got %q %v, want second true", got, found)
	}
	if _, found := s.take("b"); found {
		t.Error("take again: got it, want nothing")
	}
	s.put("c", "third")
	if got := len(s.things); got != 1 {
		t.Errorf("kept: got %d, want 1", got)
	}
}

func TestShelfIsBounded(t *testing.T) {
	t.Parallel()
	s := newShelf[int](time.Hour)
	for i := range shelfSize + 10 {
		s.put(strconv.Itoa(i), i)
	}
	if got := len(s.things); got != shelfSize {
		t.Errorf("kept: got %d, want %d", got, shelfSize)
	}
	if _, found := s.look("9"); found {
		t.Error("the oldest: got it, want nothing")
	}
	if _, found := s.look("10"); !found {
		t.Error("the oldest that has place: got nothing, want it")
	}
}
