package sqlstore

import (
	"context"

	"github.com/ginauth/ginauth/user/records"
)

// TrimTokens implements [records.TokenStore]. Where nothing is too many it is one look-up
// that the index answers by itself.
func (s *Store) TrimTokens(ctx context.Context, newest records.Token, keep int) error {
	if !isID(newest.UserID) || !isText(newest.Backend, newest.Hash) {
		return nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	beyond, err := s.firstBeyond(ctx, newest, keep-1)
	if err != nil || beyond == nil {
		return err
	}
	var expired statement
	others(&expired, `DELETE FROM access_tokens`, newest)
	// What has expired, and need not be there any more, takes no place.
	expired.add(` AND expires_at <= ?`, s.engine.at(newest.CreatedAt))
	removed, err := s.write(ctx, "trim tokens", expired.String(), expired.args...)
	if err == nil && removed > 0 {
		beyond, err = s.firstBeyond(ctx, newest, keep-1)
	}
	if err != nil || beyond == nil {
		return err
	}
	var older statement
	others(&older, `DELETE FROM access_tokens`, newest)
	older.add(` AND (created_at, hash) <= (?, ?)`, s.engine.at(beyond.createdAt.Time), beyond.hash)
	_, err = s.write(ctx, "trim tokens", older.String(), older.args...)
	return err
}

// others begins a statement about the tokens of newest's user and backend but newest.
func others(b *statement, begin string, newest records.Token) {
	b.add(begin+` WHERE user_id = ? AND backend = ? AND hash <> ?`, string(newest.UserID), newest.Backend, newest.Hash)
}

// place is where a token is among those of its user, which are in the order of their
// creation.
type place struct {
	createdAt stamp
	hash      string
}

// firstBeyond returns the newest of the other tokens after so many of them, nil where they
// are not that many.
func (s *Store) firstBeyond(ctx context.Context, newest records.Token, keep int) (*place, error) {
	var b statement
	others(&b, `SELECT created_at, hash FROM access_tokens`, newest)
	b.add(` ORDER BY created_at DESC, hash DESC LIMIT 1 OFFSET ?`, int64(max(0, keep)))
	found, err := readOne(ctx, s, "trim tokens", b.String(), b.args, func(in row) (*place, error) {
		var p place
		return &p, in.Scan(&p.createdAt, &p.hash)
	})
	if isNotFound(err) {
		return nil, nil
	}
	return found, err
}
