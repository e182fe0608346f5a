package usertest

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// tokens does a call of the store's tokens.
func (s *FaultyStore) tokens(ctx context.Context, method string, call func(records.TokenStore) error) error {
	return write(ctx, s, method, func() error {
		tokens, err := able[records.TokenStore](s)
		if err != nil {
			return err
		}
		return call(tokens)
	})
}

// CreateToken implements [records.TokenStore].
func (s *FaultyStore) CreateToken(ctx context.Context, t records.Token) error {
	return s.tokens(ctx, "CreateToken", func(tokens records.TokenStore) error { return tokens.CreateToken(ctx, t) })
}

// TokenByHash implements [records.TokenStore].
func (s *FaultyStore) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	return read(ctx, s, "TokenByHash", func() (records.Token, error) {
		tokens, err := able[records.TokenStore](s)
		if err != nil {
			return records.Token{}, err
		}
		return tokens.TokenByHash(ctx, hash)
	})
}

// TokenWithUser implements [user.TokenUserStore]: it is TokenByHash where the store
// within finds users apart from tokens.
func (s *FaultyStore) TokenWithUser(ctx context.Context, hash string) (records.Token, *user.User, error) {
	within, ok := s.Store.(user.TokenUserStore)
	if !ok {
		t, err := s.TokenByHash(ctx, hash)
		return t, nil, err
	}
	var owner *user.User
	t, err := read(ctx, s, "TokenWithUser", func() (t records.Token, err error) {
		t, owner, err = within.TokenWithUser(ctx, hash)
		return t, err
	})
	if err != nil {
		return t, nil, err
	}
	return t, owner, nil
}

// TouchToken implements [records.TokenStore].
func (s *FaultyStore) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	return s.tokens(ctx, "TouchToken", func(tokens records.TokenStore) error { return tokens.TouchToken(ctx, hash, lastSeen, expiresAt) })
}

// DeleteToken implements [records.TokenStore].
func (s *FaultyStore) DeleteToken(ctx context.Context, hash string) error {
	return s.tokens(ctx, "DeleteToken", func(tokens records.TokenStore) error { return tokens.DeleteToken(ctx, hash) })
}

// TokensOf implements [records.TokenStore].
func (s *FaultyStore) TokensOf(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	return read(ctx, s, "TokensOf", func() ([]records.Token, error) {
		tokens, err := able[records.TokenStore](s)
		if err != nil {
			return nil, err
		}
		return tokens.TokensOf(ctx, id, query)
	})
}

// TrimTokens implements [records.TokenStore].
func (s *FaultyStore) TrimTokens(ctx context.Context, newest records.Token, keep int) error {
	return s.tokens(ctx, "TrimTokens", func(tokens records.TokenStore) error { return tokens.TrimTokens(ctx, newest, keep) })
}

// DeleteTokensOf implements [records.TokenStore].
func (s *FaultyStore) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	return s.tokens(ctx, "DeleteTokensOf", func(tokens records.TokenStore) error { return tokens.DeleteTokensOf(ctx, id, keep) })
}

// TokenByPlain implements [records.PlainTokenStore]: there is none where the store
// within knows no such tokens.
func (s *FaultyStore) TokenByPlain(ctx context.Context, token string) (records.Token, error) {
	plain, ok := s.Store.(records.PlainTokenStore)
	if !ok {
		return records.Token{}, user.ErrNotFound
	}
	return read(ctx, s, "TokenByPlain", func() (records.Token, error) { return plain.TokenByPlain(ctx, token) })
}

// DeletePlain implements [records.PlainTokenStore].
func (s *FaultyStore) DeletePlain(ctx context.Context, token string) error {
	plain, ok := s.Store.(records.PlainTokenStore)
	if !ok {
		return nil
	}
	return write(ctx, s, "DeletePlain", func() error { return plain.DeletePlain(ctx, token) })
}
