package telemetry

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

var (
	_ user.TokenUserStore = (*store)(nil)
	_ limits.Store        = (*store)(nil)
	_ user.UsernameStore  = (*store)(nil)
	_ records.UsedStore   = (*store)(nil)
)

// TokenWithUser implements [user.TokenUserStore].
func (s *store) TokenWithUser(ctx context.Context, hash string) (first records.Token, second *user.User, err error) {
	first, err = run(ctx, s, "TokenWithUser", func(ctx context.Context) (found records.Token, err error) {
		found, second, err = ability[user.TokenUserStore](s).TokenWithUser(ctx, hash)
		return found, err
	})
	return first, second, err
}

// Limit implements [limits.Store].
func (s *store) Limit(ctx context.Context, key string) (string, error) {
	return run(ctx, s, "Limit", func(ctx context.Context) (string, error) { return ability[limits.Store](s).Limit(ctx, key) })
}

// SwapLimit implements [limits.Store].
func (s *store) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (bool, error) {
	return run(ctx, s, "SwapLimit", func(ctx context.Context) (bool, error) {
		return ability[limits.Store](s).SwapLimit(ctx, key, before, after, keep)
	})
}

// ByUsernameKey implements [user.UsernameStore].
func (s *store) ByUsernameKey(ctx context.Context, key string) (*user.User, error) {
	return run(ctx, s, "ByUsernameKey", func(ctx context.Context) (*user.User, error) {
		return ability[user.UsernameStore](s).ByUsernameKey(ctx, key)
	})
}

// Use implements [records.UsedStore].
func (s *store) Use(ctx context.Context, id string, expiresAt time.Time) error {
	return do(ctx, s, "Use", func(ctx context.Context) error { return ability[records.UsedStore](s).Use(ctx, id, expiresAt) })
}
