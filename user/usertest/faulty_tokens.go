package usertest

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
)

// tokens does a call of the store's tokens.
func (s *FaultyStore) tokens(ctx context.Context, method string, call func(user.TokenStore) error) error {
	return write(ctx, s, method, func() error {
		tokens, err := able[user.TokenStore](s)
		if err != nil {
			return err
		}
		return call(tokens)
	})
}

// CreateToken implements [user.TokenStore].
func (s *FaultyStore) CreateToken(ctx context.Context, t user.Token) error {
	return s.tokens(ctx, "CreateToken", func(tokens user.TokenStore) error { return tokens.CreateToken(ctx, t) })
}

// TokenByHash implements [user.TokenStore].
func (s *FaultyStore) TokenByHash(ctx context.Context, hash string) (user.Token, error) {
	return read(ctx, s, "TokenByHash", func() (user.Token, error) {
		tokens, err := able[user.TokenStore](s)
		if err != nil {
			return user.Token{}, err
		}
		return tokens.TokenByHash(ctx, hash)
	})
}

// TokenWithUser implements [user.TokenUserStore]: it is TokenByHash where the store
// within finds users apart from tokens.
func (s *FaultyStore) TokenWithUser(ctx context.Context, hash string) (user.Token, *user.User, error) {
	within, ok := s.Store.(user.TokenUserStore)
	if !ok {
		t, err := s.TokenByHash(ctx, hash)
		return t, nil, err
	}
	var owner *user.User
	t, err := read(ctx, s, "TokenWithUser", func() (t user.Token, err error) {
		t, owner, err = within.TokenWithUser(ctx, hash)
		return t, err
	})
	if err != nil {
		return t, nil, err
	}
	return t, owner, nil
}

// TouchToken implements [user.TokenStore].
func (s *FaultyStore) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	return s.tokens(ctx, "TouchToken", func(tokens user.TokenStore) error { return tokens.TouchToken(ctx, hash, lastSeen, expiresAt) })
}

// DeleteToken implements [user.TokenStore].
func (s *FaultyStore) DeleteToken(ctx context.Context, hash string) error {
	return s.tokens(ctx, "DeleteToken", func(tokens user.TokenStore) error { return tokens.DeleteToken(ctx, hash) })
}

// TokensOf implements [user.TokenStore].
func (s *FaultyStore) TokensOf(ctx context.Context, id user.ID, query user.TokenQuery) ([]user.Token, error) {
	return read(ctx, s, "TokensOf", func() ([]user.Token, error) {
		tokens, err := able[user.TokenStore](s)
		if err != nil {
			return nil, err
		}
		return tokens.TokensOf(ctx, id, query)
	})
}

// TrimTokens implements [user.TokenStore].
func (s *FaultyStore) TrimTokens(ctx context.Context, newest user.Token, keep int) error {
	return s.tokens(ctx, "TrimTokens", func(tokens user.TokenStore) error { return tokens.TrimTokens(ctx, newest, keep) })
}

// DeleteTokensOf implements [user.TokenStore].
func (s *FaultyStore) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	return s.tokens(ctx, "DeleteTokensOf", func(tokens user.TokenStore) error { return tokens.DeleteTokensOf(ctx, id, keep) })
}

// TokenByPlain implements [user.PlainTokenStore]: there is none where the store
// within knows no such tokens.
func (s *FaultyStore) TokenByPlain(ctx context.Context, token string) (user.Token, error) {
	plain, ok := s.Store.(user.PlainTokenStore)
	if !ok {
		return user.Token{}, user.ErrNotFound
	}
	return read(ctx, s, "TokenByPlain", func() (user.Token, error) { return plain.TokenByPlain(ctx, token) })
}

// DeletePlain implements [user.PlainTokenStore].
func (s *FaultyStore) DeletePlain(ctx context.Context, token string) error {
	plain, ok := s.Store.(user.PlainTokenStore)
	if !ok {
		return nil
	}
	return write(ctx, s, "DeletePlain", func() error { return plain.DeletePlain(ctx, token) })
}
