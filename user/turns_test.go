package user

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	var all turns
	inside, most := 0, 0
	var mu sync.Mutex
	var done sync.WaitGroup
	for range 50 {
		done.Go(func() {
			leave, err := all.take(t.Context(), "key")
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
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

func TestTurnsGiveUp(t *testing.T) {
	t.Parallel()
	var all turns
	leave, err := all.take(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := all.take(ctx, "key"); !errors.Is(err, context.Canceled) {
		t.Errorf("taken by another: got %v, want Canceled", err)
	}
	if free, err := all.take(t.Context(), "other key"); err != nil {
		t.Errorf("another key: got %v", err)
	} else {
		free()
	}
	leave()
	if len(all.keys) != 0 {
		t.Errorf("got %d keys left, want none", len(all.keys))
	}
}
