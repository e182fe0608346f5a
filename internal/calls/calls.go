// Package calls bounds calls of what may not answer in time, and recognises failures of
// stores.
package calls

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Budget is the time that all store calls of one request may take together.
const Budget = 4 * time.Second

// ErrUnavailable is [github.com/ginauth/ginauth/user.ErrUnavailable].
var ErrUnavailable = errors.New("user: store unavailable")

// Key is the key of a context's *[Left]: the calls below the context share it.
type Key struct{}

// Left is the rest of a [Budget]. It is safe for concurrent use.
type Left struct{ nanoseconds atomic.Int64 }

// Fill makes l the whole [Budget].
func (l *Left) Fill() { l.nanoseconds.Store(int64(Budget)) }

// Apart returns a context whose calls do not use the budget of the request that ctx
// belongs to.
func Apart(ctx context.Context) context.Context { return context.WithValue(ctx, Key{}, nil) }

// Run runs one call of a store. The call gets what is left of the request's budget, or
// [Budget] outside a request. Errors that match one of answers are returned as they
// are, all others wrapped in [ErrUnavailable].
func Run[T any](ctx context.Context, answers []error, call func(context.Context) (T, error)) (T, error) {
	left, shared := ctx.Value(Key{}).(*Left)
	limit := Budget
	if shared {
		limit = time.Duration(left.nanoseconds.Load())
	}
	started := time.Now()
	limited := NewContext(ctx, started.Add(limit))
	defer limited.End()
	result, err := call(limited)
	if shared {
		left.nanoseconds.Add(-int64(time.Since(started)))
	}
	if err != nil && !slices.ContainsFunc(answers, func(answer error) bool { return errors.Is(err, answer) }) {
		var none T
		return none, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return result, err
}

// Context is the context of one call: it ends at its deadline, with its parent, or by
// [Context.End]. Where nobody asks for Done, it costs no timer: stores in memory, and sinks
// of events, seldom wait. It is safe for concurrent use.
type Context struct {
	parent   context.Context
	deadline time.Time

	mu     sync.Mutex
	timed  context.Context // nil until someone waits
	cancel context.CancelFunc
	ended  bool
}

var _ context.Context = (*Context)(nil)

// NewContext returns a context that ends at deadline at the latest. End must be called.
func NewContext(parent context.Context, deadline time.Time) *Context {
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
