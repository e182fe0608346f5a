package authtest

import (
	"sync"
	"time"
)

// Clock is a time that stands still until a test moves it. Its method Now is meant
// for ginauth.Config.Now. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows the present, to the second, in UTC. Session
// stores and databases, which have clocks of their own, agree with it so.
func NewClock() *Clock { return &Clock{now: time.Now().UTC().Truncate(time.Second)} }

// Now returns the time the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by d, back where d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set makes the clock show t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// moves reports whether now is this clock's time.
func (c *Clock) moves(now func() time.Time) bool {
	before := now()
	c.Advance(-time.Hour)
	defer c.Advance(time.Hour)
	return now().Equal(before.Add(-time.Hour)) && now().Equal(c.Now())
}
