package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// superusersGuard is the guard of the last active superuser.
const superusersGuard = "superusers"

// notSuperuser is true of users that are not active superusers. Whatever happens
// to them, no superuser is lost.
func notSuperuser() bson.D {
	return bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "is_active", Value: bson.D{{Key: "$ne", Value: true}}}},
		bson.D{{Key: "is_superuser", Value: bson.D{{Key: "$ne", Value: true}}}},
	}}}
}

// leaveSuperusers runs a write that deletes, demotes or deactivates a user, where
// another active superuser stays. The write is given a condition, and returns
// ErrNotFound where it or its own conditions, which are c, do not hold.
//
// Any number of these may run at once, in any number of processes: A takes X
// away, B takes Y away, nobody else is a superuser.
//   - A is admitted before B reads the guard: B settles A's removal. Either A's
//     write came first, then B sees that X is gone and is refused; or B's touch
//     of X came first, then A's write does not match any more, and A begins again
//     and sees that Y is gone.
//   - A is admitted after B read the guard: B is not admitted and begins again.
//   - A stalls or dies after it was admitted: the same as the first; a write of
//     A's that arrives ever so late does not match.
//   - X is promoted, changed or removed by a write that is not guarded: A's write
//     does not match, and A begins again.
//
// There is no list of superusers: whether another stays is read from the users
// themselves, so that one made in any other way is found.
func (s *Store) leaveSuperusers(
	ctx context.Context, key any, c user.Conditions, at time.Time, write func(ctx context.Context, second bson.D) error,
) error {
	for {
		err := write(ctx, notSuperuser())
		if !errors.Is(err, user.ErrNotFound) || errors.Is(err, user.ErrDamaged) {
			return err
		}
		again, err := s.leaveInTurn(ctx, key, c, at, write)
		if !again {
			return err
		}
	}
}

// leaveInTurn is one attempt of a user who seems to be an active superuser.
func (s *Store) leaveInTurn(
	ctx context.Context, key any, c user.Conditions, at time.Time, write func(ctx context.Context, second bson.D) error,
) (again bool, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return false, mongodb.Failed("wait for other superusers", ctx.Err())
	}
	g, err := s.guard(ctx, superusersGuard)
	if err != nil {
		return false, err
	}
	if err := s.settleSuperuser(ctx, g.Leaving); err != nil {
		return false, err
	}
	u, l, err := s.leavingUser(ctx, key)
	switch {
	case err != nil:
		return false, err
	case !holds(u, c):
		return false, user.ErrNotFound
	case !u.IsActive || !u.IsSuperuser:
		return true, nil
	}
	stays, err := s.anotherSuperuser(ctx, key, at)
	if err != nil {
		return false, err
	}
	if !stays {
		return false, user.ErrLastSuperuser
	}
	if admitted, err := s.admit(ctx, g, l); err != nil || !admitted {
		return err == nil, err
	}
	err = write(ctx, asItWas(l))
	if errors.Is(err, user.ErrExists) {
		s.clear(ctx, g) // nothing was written and nothing will be
	}
	return errors.Is(err, user.ErrNotFound) && !errors.Is(err, user.ErrDamaged), err
}

// leavingUser reads a user together with what identifies its present state.
func (s *Store) leavingUser(ctx context.Context, key any) (*user.User, *leaving, error) {
	document, err := s.users.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil, user.ErrNotFound
	}
	if err != nil {
		return nil, nil, mongodb.Failed("find superuser", err)
	}
	u, err := s.readUser(document)
	return u, leavingOf(document), err
}

// asItWas is true of a superuser that has not changed since it was admitted.
func asItWas(l *leaving) bson.D {
	return append(l.filter(), bson.E{Key: "is_active", Value: true}, bson.E{Key: "is_superuser", Value: true})
}

// settleSuperuser makes sure that a removal which was admitted earlier is done or
// will never be: it moves the user's updated_at by a millisecond if the user is
// still as it was.
func (s *Store) settleSuperuser(ctx context.Context, l *leaving) error {
	if l == nil {
		return nil
	}
	at, _ := l.UpdatedAt.DateTimeOK() // 0 if the user has none
	touched := bson.DateTime(at + 1)
	_, err := s.users.UpdateOne(ctx, asItWas(l),
		bson.D{{Key: "$set", Value: bson.D{{Key: "updated_at", Value: touched}}}})
	if err != nil {
		return mongodb.Failed("settle superuser", err)
	}
	return nil
}

// anotherSuperuser reports whether another user is an active superuser without a ban at
// that time.
func (s *Store) anotherSuperuser(ctx context.Context, key any, at time.Time) (bool, error) {
	cursor, err := s.users.Latest.Find(ctx, bson.D{
		{Key: "is_superuser", Value: true},
		{Key: "is_active", Value: true},
		{Key: "_id", Value: bson.D{{Key: "$ne", Value: key}}},
	}, options.Find().SetBatchSize(10))
	if err != nil {
		return false, mongodb.Failed("find another superuser", err)
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		if u, err := s.readUser(cursor.Current); err == nil && !u.Banned(at) { // a damaged account cannot be used
			return true, nil
		}
	}
	if err := cursor.Err(); err != nil {
		return false, mongodb.Failed("find another superuser", err)
	}
	return false, nil
}
