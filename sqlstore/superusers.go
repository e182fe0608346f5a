package sqlstore

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// lockSuperusers locks the row that every removal of an active superuser holds.
const lockSuperusers = `SELECT 1 FROM guards WHERE name = 'superusers' FOR UPDATE`

// othersStay is true of a user who is no active superuser, and of one beside whom there is
// another.
const othersStay = ` AND (NOT (users.is_active AND users.is_superuser) OR EXISTS (` +
	`SELECT 1 FROM users AS other WHERE other.is_active AND other.is_superuser AND other.id <> users.id))`

func leavesSuperusers(update user.Update) bool {
	return update.IsActive != nil && !*update.IsActive || update.IsSuperuser != nil && !*update.IsSuperuser
}

// leaveSuperusers is an update that may take a superuser away.
func (s *Store) leaveSuperusers(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	const operation = "update superuser"
	var change statement
	if err := s.change(&change, id, update); err != nil {
		return nil, failed(operation, err)
	}
	change.add(othersStay + ` RETURNING ` + userList)
	for {
		var after *user.User
		err := s.locked(ctx, lockSuperusers, nil, func(in runner) (err error) {
			after, err = only(rowsOf(ctx, in, change.String(), change.args, s.scanUser))
			return err
		})
		if !isNotFound(err) {
			return after, takenError(failed(operation, err))
		}
		if err := s.whyNot(ctx, id, update.If); err != nil {
			return nil, err
		}
	}
}

// Delete implements [user.Store].
func (s *Store) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	const operation, remove = "delete user", `DELETE FROM users WHERE id = $1`
	if !isID(id) {
		return user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	if !options.KeepSuperuser {
		deleted, err := s.write(ctx, operation, remove, string(id))
		return oneOf(deleted, err)
	}
	for {
		var deleted int64
		err := s.locked(ctx, lockSuperusers, nil, func(in runner) (err error) {
			deleted, err = execute(ctx, in, remove+othersStay, []any{string(id)})
			return err
		})
		if err != nil || deleted == 1 {
			return failed(operation, err)
		}
		if err := s.whyNot(ctx, id, user.Conditions{}); err != nil {
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
func (s *Store) whyNot(ctx context.Context, id user.ID, c user.Conditions) error {
	type state struct{ holds, stays bool }
	var ask statement
	ask.add(`SELECT EXISTS (SELECT 1 FROM users WHERE id = ?`, string(id))
	where(&ask, c)
	ask.add(`), EXISTS (SELECT 1 FROM users WHERE id = ?`+othersStay+`)`, string(id))
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
