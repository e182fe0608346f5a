package user

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// StoreBudget is the time that all store calls of one request may take together.
const StoreBudget = 4 * time.Second

type budgetKey struct{}

// WithStoreBudget returns a context in which all calls made through
// [StoreCall] share one budget of [StoreBudget]. Hooks and hashing do not use it up.
func WithStoreBudget(ctx context.Context) context.Context {
	left := new(atomic.Int64)
	left.Store(int64(StoreBudget))
	return context.WithValue(ctx, budgetKey{}, left)
}

// StoreCall runs one call of a store. The call gets what is left of the request's
// budget, or [StoreBudget] outside a request. Errors that a store's contract
// names are returned as they are, all others wrapped in [ErrUnavailable]. When
// ctx was cancelled by its owner, the error also Is context.Canceled.
func StoreCall[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	left, shared := ctx.Value(budgetKey{}).(*atomic.Int64)
	limit := StoreBudget
	if shared {
		limit = time.Duration(left.Load())
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	started := time.Now()
	result, err := call(limited)
	if shared {
		left.Add(-int64(time.Since(started)))
	}
	if err != nil && !named(err) {
		var none T
		return none, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return result, err
}

// storeDo is StoreCall for calls that only return an error.
func storeDo(ctx context.Context, call func(context.Context) error) error {
	_, err := StoreCall(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}

// named reports whether err is an answer of a store rather than its failure.
func named(err error) bool {
	for _, sentinel := range []error{ErrNotFound, ErrExists, ErrInvalidID, ErrLastSuperuser, ErrUsed, ErrLinked, ErrLastLoginMethod, ErrBadFactor} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}
