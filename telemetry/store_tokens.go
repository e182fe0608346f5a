package telemetry

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

var (
	_ records.TokenStore         = (*store)(nil)
	_ records.PlainTokenStore    = (*store)(nil)
	_ records.RotatingTokenStore = (*store)(nil)
)

// CreateToken implements [records.TokenStore].
func (s *store) CreateToken(ctx context.Context, t records.Token) error {
	return do(ctx, s, "CreateToken", func(ctx context.Context) error { return ability[records.TokenStore](s).CreateToken(ctx, t) })
}

// TokenByHash implements [records.TokenStore].
func (s *store) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	return run(ctx, s, "TokenByHash", func(ctx context.Context) (records.Token, error) {
		return ability[records.TokenStore](s).TokenByHash(ctx, hash)
	})
}

// TouchToken implements [records.TokenStore].
func (s *store) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	return do(ctx, s, "TouchToken", func(ctx context.Context) error {
		return ability[records.TokenStore](s).TouchToken(ctx, hash, lastSeen, expiresAt)
	})
}

// DeleteToken implements [records.TokenStore].
func (s *store) DeleteToken(ctx context.Context, hash string) error {
	return do(ctx, s, "DeleteToken", func(ctx context.Context) error { return ability[records.TokenStore](s).DeleteToken(ctx, hash) })
}

// TokensOf implements [records.TokenStore].
func (s *store) TokensOf(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	return run(ctx, s, "TokensOf", func(ctx context.Context) ([]records.Token, error) {
		return ability[records.TokenStore](s).TokensOf(ctx, id, query)
	})
}

// TrimTokens implements [records.TokenStore].
func (s *store) TrimTokens(ctx context.Context, newest records.Token, keep int) error {
	return do(ctx, s, "TrimTokens", func(ctx context.Context) error { return ability[records.TokenStore](s).TrimTokens(ctx, newest, keep) })
}

// DeleteTokensOf implements [records.TokenStore].
func (s *store) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	return do(ctx, s, "DeleteTokensOf", func(ctx context.Context) error { return ability[records.TokenStore](s).DeleteTokensOf(ctx, id, keep) })
}

// TokenByPlain implements [records.PlainTokenStore].
func (s *store) TokenByPlain(ctx context.Context, token string) (records.Token, error) {
	return run(ctx, s, "TokenByPlain", func(ctx context.Context) (records.Token, error) {
		return ability[records.PlainTokenStore](s).TokenByPlain(ctx, token)
	})
}

// DeletePlain implements [records.PlainTokenStore].
func (s *store) DeletePlain(ctx context.Context, token string) error {
	return do(ctx, s, "DeletePlain", func(ctx context.Context) error { return ability[records.PlainTokenStore](s).DeletePlain(ctx, token) })
}

// RotateToken implements [records.RotatingTokenStore].
func (s *store) RotateToken(ctx context.Context, before, after records.Token, now time.Time) (first records.Token, second bool, err error) {
	first, err = run(ctx, s, "RotateToken", func(ctx context.Context) (found records.Token, err error) {
		found, second, err = ability[records.RotatingTokenStore](s).RotateToken(ctx, before, after, now)
		return found, err
	})
	return first, second, err
}

// TakeToken implements [records.RotatingTokenStore].
func (s *store) TakeToken(ctx context.Context, hash string) (bool, error) {
	return run(ctx, s, "TakeToken", func(ctx context.Context) (bool, error) {
		return ability[records.RotatingTokenStore](s).TakeToken(ctx, hash)
	})
}
