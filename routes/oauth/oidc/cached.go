package oidc

import (
	"context"
	"sync"
	"time"
)

// How long a document that a provider publishes is kept.
const (
	freshFor = time.Hour
	// keptFor is how long it serves while the provider cannot be asked.
	keptFor = 24 * time.Hour
	// pause is the least time between two attempts to replace it.
	pause = time.Minute
	// refreshTime is how long a request may wait for a document to be replaced: it
	// can go on without.
	refreshTime = 3 * time.Second
)

// cached keeps one document. It is safe for concurrent use.
type cached[T any] struct {
	now func() time.Time
	// turn is taken by the one request that fetches.
	turn chan struct{}

	mu             *sync.Mutex
	value          T
	fetched, tried time.Time // zero: never
}

func newCached[T any](now func() time.Time) cached[T] {
	return cached[T]{now: now, turn: make(chan struct{}, 1), mu: new(sync.Mutex)}
}

// get returns the document. It fetches it where there is none or it is old; an old
// one serves where it cannot be fetched, or somebody else is fetching it.
func (c *cached[T]) get(ctx context.Context, fetch func(context.Context) (T, error)) (T, error) {
	value, age := c.read()
	if age < freshFor {
		return value, nil
	}
	if age < keptFor {
		if renewed, ok := c.renew(ctx, fetch); ok {
			return renewed, nil
		}
		return value, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if value, age := c.read(); age < freshFor {
		return value, nil
	}
	return c.fetch(ctx, fetch)
}

// renew replaces the document. It does nothing within a minute of the last attempt,
// or while somebody else is at it.
func (c *cached[T]) renew(ctx context.Context, fetch func(context.Context) (T, error)) (value T, ok bool) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	default:
		return value, false
	}
	if c.sinceTried() < pause {
		return value, false
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	value, err := c.fetch(ctx, fetch)
	return value, err == nil
}

// fetch is called by whoever has the turn.
func (c *cached[T]) fetch(ctx context.Context, fetch func(context.Context) (T, error)) (T, error) {
	value, err := fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tried = c.now()
	if err == nil {
		c.value, c.fetched = value, c.tried
	}
	return value, err
}

// read returns the document and its age, keptFor or more where there is none.
func (c *cached[T]) read() (T, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fetched.IsZero() {
		return c.value, keptFor
	}
	return c.value, c.now().Sub(c.fetched)
}

func (c *cached[T]) sinceTried() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Sub(c.tried)
}
