package user

import (
	"context"
	"sync"
	"time"
)

// turns lets one goroutine at a time, or as many as there are places, do what
// concerns one key. The zero value is ready.
type turns struct {
	places int // 0 is 1; set before use

	mu   sync.Mutex
	keys map[string]*turn
}

// turn is the places of a key, and how many have one or wait for one.
type turn struct {
	place chan struct{}
	users int
}

// take waits for the turn of key until ctx ends. The caller calls leave once.
func (t *turns) take(ctx context.Context, key string) (leave func(), err error) {
	one := t.join(key)
	select {
	case one.place <- struct{}{}:
	case <-ctx.Done():
		t.part(key, one)
		return nil, ctx.Err()
	}
	return func() {
		<-one.place
		t.part(key, one)
	}, nil
}

// wait takes a turn, or gives up with [ErrBusy] after patience.
func (t *turns) wait(ctx context.Context, patience time.Duration, key string) (leave func(), err error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave, err = t.take(limited, key)
	if err != nil && ctx.Err() == nil {
		err = ErrBusy
	}
	return leave, err
}

func (t *turns) join(key string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		t.keys = map[string]*turn{}
	}
	one := t.keys[key]
	if one == nil {
		one = &turn{place: make(chan struct{}, max(1, t.places))}
		t.keys[key] = one
	}
	one.users++
	return one
}

func (t *turns) part(key string, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.keys, key)
	}
}
