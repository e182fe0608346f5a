package records_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func TestStoreCallErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		err         error
		unavailable bool
	}{
		{"success", nil, false},
		{"an answer", user.ErrNotFound, false},
		{"a wrapped answer", fmt.Errorf("store: %w", user.ErrExists), false},
		{"a damaged document", user.ErrDamaged, false},
		{"a failure", errors.New("connection refused"), true},
		{"a timeout", context.DeadlineExceeded, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := records.StoreCall(context.Background(), func(context.Context) (int, error) { return 0, test.err })
			if got := errors.Is(err, user.ErrUnavailable); got != test.unavailable {
				t.Errorf("got %v, want unavailable: %v", err, test.unavailable)
			}
			if !errors.Is(err, test.err) {
				t.Errorf("got %v, want it to wrap %v", err, test.err)
			}
		})
	}
}

// budgetOf returns the time a call is given, and lets the call take some of it.
func budgetOf(t *testing.T, ctx context.Context) time.Duration {
	t.Helper()
	started := time.Now()
	given, err := records.StoreCall(ctx, func(ctx context.Context) (time.Duration, error) {
		end, ok := ctx.Deadline()
		if !ok {
			return 0, errors.New("no deadline")
		}
		for time.Since(started) < 20*time.Millisecond {
			runtime.Gosched()
		}
		return end.Sub(started), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return given
}

// Calls of one request share the budget; a call outside a request has its own.
func TestStoreBudget(t *testing.T) {
	t.Parallel()
	if given := budgetOf(t, context.Background()); given < 4*time.Second {
		t.Errorf("got %v for a call outside a request, want 4s", given)
	}
	ctx := &user.RequestContext{}
	ctx.Begin(t.Context(), user.Request{})
	budgetOf(t, ctx)
	if given := budgetOf(t, ctx); given > 3990*time.Millisecond {
		t.Errorf("got %v for the second call of a request, want less than the first", given)
	}
}
