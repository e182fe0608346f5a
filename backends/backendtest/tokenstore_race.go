package backendtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// together runs so many calls at once and waits for all.
func together(count int, call func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range count {
		group.Go(func() {
			<-start
			call(i)
		})
	}
	close(start)
	group.Wait()
}

func testConcurrentCreate(t *testing.T, f tokenFixture) {
	const count = 20
	tokens := make([]records.Token, count)
	together(count, func(i int) {
		tokens[i] = f.token(time.Duration(i) * time.Second)
		if err := f.store.CreateToken(t.Context(), tokens[i]); err != nil {
			t.Errorf("CreateToken: %v", err)
		}
		f.wantStored(t, tokens[i])
	})
	f.wantList(t, f.owner, tokens...)
}

func testTouchAgainstDelete(t *testing.T, f tokenFixture) {
	f.raceTouch(t, func(ctx context.Context, token records.Token) error { return f.store.DeleteToken(ctx, token.Hash) })
}

func testTouchAgainstDeleteAll(t *testing.T, f tokenFixture) {
	f.raceTouch(t, func(ctx context.Context, token records.Token) error {
		return f.store.DeleteTokensOf(ctx, token.UserID, "")
	})
}

// raceTouch ends tokens while their use is noted: a slow request must not write
// a dead session back.
func (f tokenFixture) raceTouch(t *testing.T, end func(context.Context, records.Token) error) {
	const rounds, callers = 10, 8
	for range rounds {
		token := f.created(t, time.Hour)
		together(callers, func(i int) {
			if i == callers/2 {
				if err := end(t.Context(), token); err != nil {
					t.Errorf("end: %v", err)
				}
				return
			}
			seen := f.now.Add(time.Duration(i) * time.Second)
			err := f.store.TouchToken(t.Context(), token.Hash, seen, seen.Add(time.Hour))
			if err != nil && !errors.Is(err, user.ErrNotFound) {
				t.Errorf("TouchToken: got %v, want none or user.ErrNotFound", err)
			}
		})
		f.wantMissing(t, token.Hash)
	}
	f.wantList(t, f.owner)
}
