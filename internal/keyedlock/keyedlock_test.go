package keyedlock

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestLock(t *testing.T) {
	t.Parallel()
	var all Locks
	inside, most := 0, 0
	var mu sync.Mutex
	var done sync.WaitGroup
	for range 50 {
		done.Go(func() {
			unlock, err := all.Lock(t.Context(), "key")
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			mu.Lock()
			inside--
			mu.Unlock()
		})
	}
	done.Wait()
	if most != 1 || len(all.keys) != 0 {
		t.Errorf("got %d at once and %d keys left, want 1 and 0", most, len(all.keys))
	}
}

func TestLockGivesUp(t *testing.T) {
	t.Parallel()
	var all Locks
	unlock, err := all.Lock(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := all.Lock(ctx, "key"); !errors.Is(err, context.Canceled) {
		t.Errorf("taken by another: got %v, want Canceled", err)
	}
	if free, err := all.Lock(t.Context(), "other key"); err != nil {
		t.Errorf("another key: got %v", err)
	} else {
		free()
	}
	unlock()
	if len(all.keys) != 0 {
		t.Errorf("got %d keys left, want none", len(all.keys))
	}
}

func TestLockWithin(t *testing.T) {
	t.Parallel()
	busy := errors.New("busy")
	all := Locks{Busy: busy}
	unlock, err := all.LockWithin(t.Context(), time.Hour, "key")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := all.LockWithin(t.Context(), time.Millisecond, "key"); err != busy {
		t.Errorf("after its patience: got %v, want %v", err, busy)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := all.LockWithin(ctx, time.Hour, "key"); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that has gone: got %v, want Canceled", err)
	}
}
