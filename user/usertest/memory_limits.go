package usertest

import (
	"context"
	"time"
)

// Limit implements [limits.Store].
func (s *Store) Limit(ctx context.Context, key string) (record string, err error) {
	return s.limits.Limit(ctx, key)
}

// SwapLimit implements [limits.Store].
func (s *Store) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (swapped bool, err error) {
	return s.limits.SwapLimit(ctx, key, before, after, keep)
}
