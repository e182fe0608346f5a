// Package lazytimeout has a [context.WithTimeout] that makes no timer until someone waits.
package lazytimeout

import (
	"context"
	"sync"
	"time"
)

// Context is a context that ends at its deadline, with its parent, or by [Context.End]. It
// is for calls that seldom wait: where nobody asks for Done, it costs no timer. It is safe
// for concurrent use.
type Context struct {
	parent   context.Context
	deadline time.Time

	mu     sync.Mutex
	timed  context.Context // nil until someone waits
	cancel context.CancelFunc
	ended  bool
}

var _ context.Context = (*Context)(nil)

// New returns a context that ends at deadline at the latest. End must be called.
func New(parent context.Context, deadline time.Time) *Context {
	if earlier, ok := parent.Deadline(); ok && earlier.Before(deadline) {
		deadline = earlier
	}
	return &Context{parent: parent, deadline: deadline}
}

// Deadline implements [context.Context].
func (c *Context) Deadline() (time.Time, bool) { return c.deadline, true }

// Done implements [context.Context].
func (c *Context) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil {
		c.timed, c.cancel = context.WithDeadline(c.parent, c.deadline)
		if c.ended {
			c.cancel()
		}
	}
	return c.timed.Done()
}

// Err implements [context.Context].
func (c *Context) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.timed != nil:
		return c.timed.Err()
	case c.parent.Err() != nil:
		return c.parent.Err()
	case c.ended:
		return context.Canceled
	case !time.Now().Before(c.deadline):
		return context.DeadlineExceeded
	}
	return nil
}

// Value implements [context.Context]. It is that of the context with the timer once there
// is one, so that contexts made from c join it without a goroutine.
func (c *Context) Value(key any) any {
	c.mu.Lock()
	timed := c.timed
	c.mu.Unlock()
	if timed == nil {
		return c.parent.Value(key)
	}
	return timed.Value(key)
}

// End ends c: the call has returned.
func (c *Context) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.cancel()
	}
}
