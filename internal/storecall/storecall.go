// Package storecall bounds calls of stores in time and recognises their failures.
package storecall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/internal/lazytimeout"
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
	limited := lazytimeout.New(ctx, started.Add(limit))
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
