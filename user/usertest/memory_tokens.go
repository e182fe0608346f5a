package usertest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// CreateToken implements [records.TokenStore].
func (s *Store) CreateToken(ctx context.Context, t records.Token) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	if stored, ok := s.tokens[t.Hash]; ok && stored.UserID != t.UserID {
		return errors.New("usertest: create token: the hash is in use")
	}
	s.tokens[t.Hash] = t
	return nil
}

// TokenByHash implements [records.TokenStore].
func (s *Store) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Token{}, err
	}
	defer end()
	t, ok := s.tokens[hash]
	if !ok {
		return records.Token{}, user.ErrNotFound
	}
	return t, nil
}

// TokenWithUser implements [user.TokenUserStore].
func (s *Store) TokenWithUser(ctx context.Context, hash string) (records.Token, *user.User, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Token{}, nil, err
	}
	defer end()
	t, ok := s.tokens[hash]
	if !ok {
		return records.Token{}, nil, user.ErrNotFound
	}
	if u := s.users[t.UserID]; u != nil {
		return t, s.copied(u), nil
	}
	return t, nil, nil
}

// TouchToken implements [records.TokenStore].
func (s *Store) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	t, ok := s.tokens[hash]
	if !ok {
		return user.ErrNotFound
	}
	t.LastSeenAt, t.ExpiresAt = lastSeen, expiresAt
	s.tokens[hash] = t
	return nil
}

// DeleteToken implements [records.TokenStore].
func (s *Store) DeleteToken(ctx context.Context, hash string) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	delete(s.tokens, hash)
	return nil
}

// TokensOf implements [records.TokenStore].
func (s *Store) TokensOf(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	tokens := s.tokensOf(id, query.Backend)
	if query.Limit > 0 && len(tokens) > query.Limit {
		tokens = tokens[:query.Limit]
	}
	return tokens, nil
}

// TrimTokens implements [records.TokenStore].
func (s *Store) TrimTokens(ctx context.Context, newest records.Token, keep int) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	for _, t := range s.tokensOf(newest.UserID, newest.Backend) {
		switch {
		case t.Hash == newest.Hash:
		case !t.ExpiresAt.IsZero() && !newest.CreatedAt.Before(t.ExpiresAt), keep <= 1:
			delete(s.tokens, t.Hash)
		default:
			keep--
		}
	}
	return nil
}

// tokensOf returns a user's tokens of a backend, or of all, newest first.
func (s *Store) tokensOf(id user.ID, backend string) []records.Token {
	var tokens []records.Token
	for _, t := range s.tokens {
		if t.UserID == id && (backend == "" || t.Backend == backend) {
			tokens = append(tokens, t)
		}
	}
	slices.SortFunc(tokens, func(a, b records.Token) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.Hash, a.Hash))
	})
	return tokens
}

// DeleteTokensOf implements [records.TokenStore].
func (s *Store) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	for hash, t := range s.tokens {
		if t.UserID == id && hash != keep {
			delete(s.tokens, hash)
		}
	}
	return nil
}
