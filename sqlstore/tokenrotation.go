package sqlstore

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// RotateToken implements [records.RotatingTokenStore]: one update decides.
func (s *Store) RotateToken(ctx context.Context, before, after records.Token, now time.Time) (records.Token, bool, error) {
	if !isText(before.Hash, before.Backend) {
		return records.Token{}, false, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	e, r := s.engine, after.Rotation
	var b statement
	b.add(`UPDATE access_tokens SET token_version = ?, expires_at = ?, last_seen_at = ?, ip = ?, user_agent = ?`,
		after.TokenVersion, e.at(after.ExpiresAt), e.at(after.LastSeenAt), described(after.IP), described(after.UserAgent))
	b.add(`, generation = ?, parent = ?, rotated_at = ?, lost = ?`, int64(r.Generation), int64(r.Parent), e.orNull(r.RotatedAt), r.Lost)
	if after.Methods != nil {
		b.add(`, methods = ?`, list(after.Methods))
	}
	if !after.AuthenticatedAt.IsZero() {
		b.add(`, authenticated_at = ?`, e.at(after.AuthenticatedAt))
	}
	b.add(` WHERE hash = ? AND backend = ? AND generation = ?`, before.Hash, before.Backend, int64(before.Rotation.Generation))
	b.add(` AND expires_at > ? AND absolute_at > ? RETURNING `+tokenList, e.at(now), e.at(now))
	stored, err := writeOne(ctx, s, "rotate token", b.String(), b.args, scanToken)
	if !isNotFound(err) {
		return stored, err == nil, err
	}
	stored, err = s.TokenByHash(ctx, before.Hash)
	return stored, false, err
}

// TakeToken implements [records.RotatingTokenStore].
func (s *Store) TakeToken(ctx context.Context, hash string) (bool, error) {
	if !isText(hash) {
		return false, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	deleted, err := s.write(ctx, "delete token", `DELETE FROM access_tokens WHERE hash = $1`, hash)
	return deleted == 1, err
}
