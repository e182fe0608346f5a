package oidc

import (
	"context"
	"fmt"
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
	// moment is how long a failure is remembered where there is nothing to serve.
	moment = 5 * time.Second
	// refreshTime is how long a request may wait for a document to be replaced: it
	// can go on without.
	refreshTime = 3 * time.Second
	// fetchTime is how long one attempt may take.
	fetchTime = 10 * time.Second
)

// cached keeps one document. It is safe for concurrent use.
type cached[T any] struct {
	now func() time.Time

	mu             *sync.Mutex
	value          T
	fetched, tried time.Time // zero: never
	failure        error     // of the last attempt
	running        *attempt[T]
}

// attempt is one fetch, for all requests that wait for it.
type attempt[T any] struct {
	done  chan struct{} // closed when value and err are there
	value T
	err   error
}

func newCached[T any](now func() time.Time) cached[T] {
	return cached[T]{now: now, mu: new(sync.Mutex)}
}

// get returns the document. It fetches it if there is none or it is old; an old one
// serves if it cannot be fetched, or another request is fetching it.
func (c *cached[T]) get(ctx context.Context, fetch func(context.Context) (T, error)) (T, error) {
	c.mu.Lock()
	value, age := c.value, c.age()
	if age < freshFor {
		c.mu.Unlock()
		return value, nil
	}
	if age < keptFor {
		busy := c.running != nil || c.sinceTried() < pause
		if busy {
			c.mu.Unlock()
			return value, nil
		}
		a := c.attempt(ctx, fetch)
		c.mu.Unlock()
		if renewed, err := a.wait(ctx, refreshTime); err == nil {
			return renewed, nil
		}
		return value, nil
	}
	if c.running == nil && c.failure != nil && c.sinceTried() < moment {
		defer c.mu.Unlock()
		var none T
		return none, c.failure
	}
	a := c.attempt(ctx, fetch)
	c.mu.Unlock()
	return a.wait(ctx, fetchTime)
}

// renew replaces the document. It does nothing within a minute of the last attempt.
func (c *cached[T]) renew(ctx context.Context, fetch func(context.Context) (T, error)) (value T, ok bool) {
	c.mu.Lock()
	if c.running == nil && c.sinceTried() < pause {
		c.mu.Unlock()
		return value, false
	}
	a := c.attempt(ctx, fetch)
	c.mu.Unlock()
	value, err := a.wait(ctx, refreshTime)
	return value, err == nil
}

// attempt returns the fetch under way, or begins one. It is called with the lock. A
// fetch is for everybody: it neither ends with the request that began it, nor with
// the time that request has left.
func (c *cached[T]) attempt(ctx context.Context, fetch func(context.Context) (T, error)) *attempt[T] {
	if c.running != nil {
		return c.running
	}
	a := &attempt[T]{done: make(chan struct{})}
	c.running = a
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer cancel()
		a.value, a.err = contained(ctx, fetch)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.running, c.tried, c.failure = nil, c.now(), a.err
		if a.err == nil {
			c.value, c.fetched = a.value, c.tried
		}
		close(a.done)
	}()
	return a
}

// contained turns a panic of the application's transport into an error: outside of a
// request it would end the process.
func contained[T any](ctx context.Context, fetch func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("oidc: the transport panicked: %v", cause)
		}
	}()
	return fetch(ctx)
}

// wait returns what the attempt ends in, or an error when ctx or the patience ends first.
func (a *attempt[T]) wait(ctx context.Context, patience time.Duration) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-a.done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// age returns how old the document is, keptFor or more if there is none.
func (c *cached[T]) age() time.Duration {
	if c.fetched.IsZero() {
		return keptFor
	}
	return c.now().Sub(c.fetched)
}

func (c *cached[T]) sinceTried() time.Duration { return c.now().Sub(c.tried) }
