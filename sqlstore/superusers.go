package sqlstore

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
)

// lockSuperusers locks the row that every removal of an active superuser holds.
const lockSuperusers = `SELECT 1 FROM guards WHERE name = 'superusers' FOR UPDATE`

// othersStay adds the condition that a user is no active superuser, or that there is
// another one without a ban at that time.
func (s *Store) othersStay(b *statement, at time.Time) {
	b.add(` AND (NOT (users.is_active AND users.is_superuser) OR EXISTS (SELECT 1 FROM users AS other`+
		` WHERE other.is_active AND other.is_superuser AND other.id <> users.id AND (other.ban_at IS NULL OR other.ban_until <= ?)))`, s.engine.at(at))
}

// leaveSuperusers is an update that may take a superuser away.
func (s *Store) leaveSuperusers(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	const operation = "update superuser"
	var change statement
	if err := s.change(&change, id, update); err != nil {
		return nil, failed(operation, err)
	}
	s.othersStay(&change, update.UpdatedAt)
	change.add(` RETURNING ` + userList)
	for {
		var after *user.User
		err := s.locked(ctx, lockSuperusers, nil, func(in runner) (err error) {
			after, err = only(rowsOf(ctx, in, change.String(), change.args, s.scanUser))
			return err
		})
		if !isNotFound(err) {
			return after, takenError(failed(operation, err))
		}
		if err := s.whyNot(ctx, id, update.If, update.UpdatedAt); err != nil {
			return nil, err
		}
	}
}

// Delete implements [user.Store].
func (s *Store) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	const operation = "delete user"
	if !isID(id) {
		return user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	var remove statement
	remove.add(`DELETE FROM users WHERE id = ?`, string(id))
	if !options.KeepSuperuser {
		return oneOf(s.write(ctx, operation, remove.String(), remove.args...))
	}
	s.othersStay(&remove, options.At)
	for {
		var deleted int64
		err := s.locked(ctx, lockSuperusers, nil, func(in runner) (err error) {
			deleted, err = execute(ctx, in, remove.String(), remove.args)
			return err
		})
		if err != nil || deleted == 1 {
			return failed(operation, err)
		}
		if err := s.whyNot(ctx, id, user.Conditions{}, options.At); err != nil {
			return err
		}
	}
}

// oneOf returns [user.ErrNotFound] where a statement has changed nothing.
func oneOf(changed int64, err error) error {
	if err == nil && changed == 0 {
		return user.ErrNotFound
	}
	return err
}

// whyNot returns why a user could not leave, or nil where that is no longer so and it is
// worth another try.
func (s *Store) whyNot(ctx context.Context, id user.ID, c user.Conditions, at time.Time) error {
	type state struct{ holds, stays bool }
	var ask statement
	ask.add(`SELECT EXISTS (SELECT 1 FROM users WHERE id = ?`, string(id))
	where(&ask, c)
	ask.add(`), EXISTS (SELECT 1 FROM users WHERE id = ?`, string(id))
	s.othersStay(&ask, at)
	ask.add(`)`)
	now, err := readOne(ctx, s, "find another superuser", ask.String(), ask.args, func(in row) (now state, err error) {
		return now, in.Scan(&now.holds, &now.stays)
	})
	switch {
	case err != nil:
		return err
	case !now.holds:
		return user.ErrNotFound
	case !now.stays:
		return user.ErrLastSuperuser
	}
	return nil
}
