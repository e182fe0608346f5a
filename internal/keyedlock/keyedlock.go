// Package keyedlock has a lock for each key.
package keyedlock

import (
	"context"
	"sync"
	"time"
)

// Locks lets one goroutine at a time, or as many as there are places, do what
// concerns one key. The zero value is ready.
type Locks struct {
	// Places is how many may hold the lock of one key. Set before use. Defaults to 1.
	Places int
	// Busy is the error of [Locks.LockWithin]. Set before use. Defaults to
	// [context.DeadlineExceeded].
	Busy error

	mu   sync.Mutex
	keys map[string]lock
}

// lock is the places of a key, and how many goroutines have one or wait for one.
type lock struct {
	place chan struct{}
	users int
}

// Lock waits for a place of key until ctx ends. The caller calls unlock once.
func (l *Locks) Lock(ctx context.Context, key string) (unlock func(), err error) {
	l.mu.Lock()
	one, known := l.keys[key]
	if l.keys == nil {
		l.keys = map[string]lock{}
	}
	if !known {
		one.place = make(chan struct{}, max(1, l.Places))
	}
	one.users++
	l.keys[key] = one
	l.mu.Unlock()
	place := one.place
	part := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		one := l.keys[key]
		if one.users--; one.users == 0 {
			delete(l.keys, key)
		} else {
			l.keys[key] = one
		}
	}
	select {
	case place <- struct{}{}:
		return func() {
			<-place
			part()
		}, nil
	case <-ctx.Done():
		part()
		return nil, ctx.Err()
	}
}

// LockWithin is [Locks.Lock] that gives up with l.Busy after patience.
func (l *Locks) LockWithin(ctx context.Context, patience time.Duration, key string) (unlock func(), err error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unlock, err = l.Lock(limited, key)
	if err != nil && ctx.Err() == nil && l.Busy != nil {
		err = l.Busy
	}
	return unlock, err
}
