package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	pendingList   = `id, kind, user_id, tries, data, created_at, expires_at`
	insertPending = `INSERT INTO pending (` + pendingList + `) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO `
	setPending    = `UPDATE SET kind = excluded.kind, user_id = excluded.user_id, tries = excluded.tries, data = excluded.data,` +
		` created_at = excluded.created_at, expires_at = excluded.expires_at`
	// isAlive is true of a record of that kind that has not expired.
	isAlive = `id = $1 AND kind = $2 AND expires_at > $3`
)

// PutPending implements [records.PendingStore].
func (s *Store) PutPending(ctx context.Context, p records.Pending) error {
	const operation = "put pending"
	args, err := s.pendingArgs(p)
	if err != nil {
		return failed(operation, err)
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	inserted, err := s.write(ctx, operation, insertPending+`NOTHING`, args...)
	s.tidySometimes()
	if err != nil || inserted == 1 {
		return err
	}
	there, err := readOne(ctx, s, operation, `SELECT `+pendingList+` FROM pending WHERE id = $1`, []any{name(p.ID)}, scanPending)
	switch {
	case err == nil && isPut(there, p):
		return nil
	case err != nil && !isNotFound(err):
		return err
	}
	return user.ErrExists
}

// isPut reports whether there came from putting p.
func isPut(there, p records.Pending) bool {
	return there.Kind == p.Kind && there.UserID == p.UserID && bytes.Equal(there.Data, p.Data) &&
		there.CreatedAt.Equal(millisecond(p.CreatedAt)) && there.ExpiresAt.Equal(millisecond(p.ExpiresAt))
}

// SetPending implements [records.PendingStore].
func (s *Store) SetPending(ctx context.Context, p records.Pending) error {
	const operation = "set pending"
	args, err := s.pendingArgs(p)
	if err != nil {
		return failed(operation, err)
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	_, err = s.write(ctx, operation, insertPending+setPending, args...)
	s.tidySometimes()
	return err
}

func (s *Store) pendingArgs(p records.Pending) ([]any, error) {
	if p.UserID != "" && !isID(p.UserID) || p.ExpiresAt.IsZero() {
		return nil, errors.New("it is not valid")
	}
	return []any{
		name(p.ID), name(p.Kind), nullable(string(p.UserID)), int64(p.Tries), blob(p.Data),
		s.engine.at(p.CreatedAt), s.engine.at(p.ExpiresAt),
	}, nil
}

func scanPending(in row) (records.Pending, error) {
	var p records.Pending
	var owner sql.NullString
	var tries int64
	var createdAt, expiresAt stamp
	err := in.Scan(nameIn(&p.ID), nameIn(&p.Kind), &owner, &tries, &p.Data, &createdAt, &expiresAt)
	p.UserID, p.Tries = user.ID(owner.String), int(min(tries, math.MaxInt32))
	p.CreatedAt, p.ExpiresAt = createdAt.Time, expiresAt.Time
	return p, err
}

// Pending implements [records.PendingStore].
func (s *Store) Pending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (records.Pending, error) {
	if !isName(string(kind), id) {
		return records.Pending{}, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return readOne(ctx, s, "find pending", `SELECT `+pendingList+` FROM pending WHERE `+isAlive, []any{name(id), name(kind), s.engine.at(now)}, scanPending)
}

// TryPending implements [records.PendingStore].
func (s *Store) TryPending(ctx context.Context, kind records.PendingKind, id string, most int, now time.Time) (records.Pending, error) {
	if !isName(string(kind), id) {
		return records.Pending{}, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return writeOne(ctx, s, "try pending", `UPDATE pending SET tries = tries + 1 WHERE `+isAlive+` AND tries < $4 RETURNING `+pendingList,
		[]any{name(id), name(kind), s.engine.at(now), int64(most)}, scanPending)
}

// TakePending implements [records.PendingStore].
func (s *Store) TakePending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (taken bool, err error) {
	if !isName(string(kind), id) {
		return false, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	removed, err := s.write(ctx, "take pending", `DELETE FROM pending WHERE `+isAlive, name(id), name(kind), s.engine.at(now))
	return removed == 1, err
}

// DeletePendingOf implements [records.PendingStore].
func (s *Store) DeletePendingOf(ctx context.Context, id user.ID) error {
	if !isID(id) {
		return nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	_, err := s.write(ctx, "delete pending", `DELETE FROM pending WHERE user_id = $1`, string(id))
	return err
}
