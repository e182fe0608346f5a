package usertest

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// RotateToken implements [records.RotatingTokenStore].
func (s *Store) RotateToken(ctx context.Context, before, after records.Token, now time.Time) (records.Token, bool, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Token{}, false, err
	}
	defer end()
	t, ok := s.tokens[before.Hash]
	if !ok {
		return records.Token{}, false, user.ErrNotFound
	}
	if t.Backend != before.Backend || t.Rotation.Generation != before.Rotation.Generation ||
		!now.Before(t.ExpiresAt) || !now.Before(t.Rotation.AbsoluteAt) {
		return t, false, nil
	}
	t.TokenVersion, t.ExpiresAt, t.LastSeenAt = after.TokenVersion, after.ExpiresAt, after.LastSeenAt
	t.IP, t.UserAgent, t.Methods, t.AuthenticatedAt = after.IP, after.UserAgent, after.Methods, after.AuthenticatedAt
	t.Rotation.Generation, t.Rotation.Parent = after.Rotation.Generation, after.Rotation.Parent
	t.Rotation.RotatedAt, t.Rotation.Lost = after.Rotation.RotatedAt, after.Rotation.Lost
	s.tokens[t.Hash] = t
	return t, true, nil
}

// TakeToken implements [records.RotatingTokenStore].
func (s *Store) TakeToken(ctx context.Context, hash string) (bool, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	_, ok := s.tokens[hash]
	delete(s.tokens, hash)
	return ok, nil
}
