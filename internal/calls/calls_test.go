package calls_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ginauth/ginauth/internal/calls"
)

// The two ways to ask, which must agree: by Err alone no timer is made.
var asks = map[string]func(ctx context.Context) error{
	"Err": context.Context.Err,
	"Done": func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		default:
			return nil
		}
	},
	"a context made from it": func(ctx context.Context) error {
		below, cancel := context.WithCancel(ctx)
		defer cancel()
		return below.Err()
	},
}

func TestContextEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(ctx *calls.Context, cancelParent context.CancelFunc)
		want error
	}{
		{"not at all", func(*calls.Context, context.CancelFunc) { <-time.After(time.Minute - 1) }, nil},
		{"at its deadline", func(*calls.Context, context.CancelFunc) { <-time.After(time.Minute) }, context.DeadlineExceeded},
		{"with its parent", func(_ *calls.Context, cancelParent context.CancelFunc) { cancelParent() }, context.Canceled},
		{"by End", func(ctx *calls.Context, _ context.CancelFunc) { ctx.End() }, context.Canceled},
	}
	for _, tt := range tests {
		for before := range asks {
			for after := range asks {
				t.Run(tt.name+", "+before+" before, "+after+" after", func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						parent, cancel := context.WithCancel(t.Context())
						defer cancel()
						ctx := calls.NewContext(parent, time.Now().Add(time.Minute))
						defer ctx.End()
						if err := asks[before](ctx); err != nil {
							t.Fatalf("at the start: got %v, want no error", err)
						}
						tt.end(ctx, cancel)
						synctest.Wait()
						if err := asks[after](ctx); !errors.Is(err, tt.want) {
							t.Errorf("at the end: got %v, want %v", err, tt.want)
						}
					})
				})
			}
		}
	}
}

func TestContextWakesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx := calls.NewContext(t.Context(), start.Add(time.Minute))
		defer ctx.End()
		<-ctx.Done()
		if waited := time.Since(start); waited != time.Minute || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("waited %v until %v, want 1m0s until %v", waited, ctx.Err(), context.DeadlineExceeded)
		}
	})
}

func TestContextOfParentWithDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		early := time.Now().Add(time.Second)
		parent, cancel := context.WithDeadline(t.Context(), early)
		defer cancel()
		ctx := calls.NewContext(parent, early.Add(time.Second))
		defer ctx.End()
		if got, ok := ctx.Deadline(); !ok || !got.Equal(early) {
			t.Errorf("Deadline: got %v, %v, want %v", got, ok, early)
		}
	})
}

// A context that is made from one of another type than those of package context starts a
// goroutine, unless Value leads to one of them.
func TestContextsBelowStartNoGoroutine(t *testing.T) {
	type key struct{}
	ctx := calls.NewContext(context.WithValue(t.Context(), key{}, "kept"), time.Now().Add(time.Hour))
	defer ctx.End()
	before := runtime.NumGoroutine()
	for range 100 {
		below, cancel := context.WithCancel(ctx)
		defer cancel()
		if below.Value(key{}) != "kept" {
			t.Fatal("the parent's value is lost")
		}
	}
	if after := runtime.NumGoroutine(); after-before >= 100 {
		t.Errorf("%d goroutines were started", after-before)
	}
}
