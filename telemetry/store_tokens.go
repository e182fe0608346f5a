package telemetry

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
)

var (
	_ user.TokenStore         = (*store)(nil)
	_ user.PlainTokenStore    = (*store)(nil)
	_ user.RotatingTokenStore = (*store)(nil)
)

// CreateToken implements [user.TokenStore].
func (s *store) CreateToken(ctx context.Context, t user.Token) error {
	return do(ctx, s, "CreateToken", func(ctx context.Context) error { return ability[user.TokenStore](s).CreateToken(ctx, t) })
}

// TokenByHash implements [user.TokenStore].
func (s *store) TokenByHash(ctx context.Context, hash string) (user.Token, error) {
	return run(ctx, s, "TokenByHash", func(ctx context.Context) (user.Token, error) {
		return ability[user.TokenStore](s).TokenByHash(ctx, hash)
	})
}

// TouchToken implements [user.TokenStore].
func (s *store) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	return do(ctx, s, "TouchToken", func(ctx context.Context) error {
		return ability[user.TokenStore](s).TouchToken(ctx, hash, lastSeen, expiresAt)
	})
}

// DeleteToken implements [user.TokenStore].
func (s *store) DeleteToken(ctx context.Context, hash string) error {
	return do(ctx, s, "DeleteToken", func(ctx context.Context) error { return ability[user.TokenStore](s).DeleteToken(ctx, hash) })
}

// TokensOf implements [user.TokenStore].
func (s *store) TokensOf(ctx context.Context, id user.ID, query user.TokenQuery) ([]user.Token, error) {
	return run(ctx, s, "TokensOf", func(ctx context.Context) ([]user.Token, error) {
		return ability[user.TokenStore](s).TokensOf(ctx, id, query)
	})
}

// TrimTokens implements [user.TokenStore].
func (s *store) TrimTokens(ctx context.Context, newest user.Token, keep int) error {
	return do(ctx, s, "TrimTokens", func(ctx context.Context) error { return ability[user.TokenStore](s).TrimTokens(ctx, newest, keep) })
}

// DeleteTokensOf implements [user.TokenStore].
func (s *store) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	return do(ctx, s, "DeleteTokensOf", func(ctx context.Context) error { return ability[user.TokenStore](s).DeleteTokensOf(ctx, id, keep) })
}

// TokenByPlain implements [user.PlainTokenStore].
func (s *store) TokenByPlain(ctx context.Context, token string) (user.Token, error) {
	return run(ctx, s, "TokenByPlain", func(ctx context.Context) (user.Token, error) {
		return ability[user.PlainTokenStore](s).TokenByPlain(ctx, token)
	})
}

// DeletePlain implements [user.PlainTokenStore].
func (s *store) DeletePlain(ctx context.Context, token string) error {
	return do(ctx, s, "DeletePlain", func(ctx context.Context) error { return ability[user.PlainTokenStore](s).DeletePlain(ctx, token) })
}

// RotateToken implements [user.RotatingTokenStore].
func (s *store) RotateToken(ctx context.Context, before, after user.Token, now time.Time) (first user.Token, second bool, err error) {
	first, err = run(ctx, s, "RotateToken", func(ctx context.Context) (found user.Token, err error) {
		found, second, err = ability[user.RotatingTokenStore](s).RotateToken(ctx, before, after, now)
		return found, err
	})
	return first, second, err
}

// TakeToken implements [user.RotatingTokenStore].
func (s *store) TakeToken(ctx context.Context, hash string) (bool, error) {
	return run(ctx, s, "TakeToken", func(ctx context.Context) (bool, error) {
		return ability[user.RotatingTokenStore](s).TakeToken(ctx, hash)
	})
}
