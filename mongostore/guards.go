package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// guard is a document on which removals that depend on each other are decided: {_id, rev,
// leaving: {id, updated_at}}. A removal reads the guard, settles the one admitted before,
// looks whether it may go on, and admits itself by replacing that very revision, which is
// one atomic operation. So at most one removal is admitted and not done, and it is known
// which.
//
// What an admitted removal writes is conditional on the document's updated_at as it was
// then. Settling makes sure that this write has happened or never will, and so needs no
// clock: a process that stalls or dies between the two steps does no harm.
type guard struct {
	Name    string   `bson:"_id"`
	Rev     int64    `bson:"rev"`
	Leaving *leaving `bson:"leaving"`
}

// leaving names a document that may be about to go, as it was when that was
// decided.
type leaving struct {
	// Kind is what it is a document of, where several kinds have one guard.
	Kind      wayKind       `bson:"kind,omitempty"`
	ID        bson.RawValue `bson:"id"`
	UpdatedAt bson.RawValue `bson:"updated_at"`
}

func leavingOf(document bson.Raw) *leaving {
	l := &leaving{ID: document.Lookup("_id"), UpdatedAt: document.Lookup("updated_at")}
	if l.UpdatedAt.IsZero() {
		l.UpdatedAt.Type = bson.TypeNull // which a missing field equals
	}
	return l
}

// filter is true of the document only as long as it is as it was.
func (l *leaving) filter() bson.D {
	return bson.D{{Key: "_id", Value: l.ID}, {Key: "updated_at", Value: l.UpdatedAt}}
}

// guard reads a guard. One that was never used has revision 0.
func (s *Store) guard(ctx context.Context, name string) (guard, error) {
	g := guard{Name: name}
	err := s.guards.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: name}}).Decode(&g)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return guard{}, mongodb.Failed("read guard "+name, err)
	}
	return g, nil
}

// admit admits the removal l. It reports false, and has done nothing, if the guard has
// changed since it was read.
func (s *Store) admit(ctx context.Context, g guard, l *leaving) (bool, error) {
	next := guard{Name: g.Name, Rev: g.Rev + 1, Leaving: l}
	if g.Rev == 0 {
		_, err := s.guards.InsertOne(ctx, next)
		if _, taken := mongodb.Duplicate(err); taken {
			return false, nil
		}
		return err == nil, guardFailed(g, err)
	}
	result, err := s.guards.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: g.Name}, {Key: "rev", Value: g.Rev}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "rev", Value: next.Rev}, {Key: "leaving", Value: l}}}})
	return err == nil && result.MatchedCount == 1, guardFailed(g, err)
}

// clear records that the removal admitted over g is done or will never be, so that it
// need not be settled. If that fails, the next removal settles it.
func (s *Store) clear(ctx context.Context, g guard) {
	_, _ = s.admit(ctx, guard{Name: g.Name, Rev: g.Rev + 1}, nil)
}

func guardFailed(g guard, err error) error {
	if err == nil {
		return nil
	}
	return mongodb.Failed("write guard "+g.Name, err)
}
