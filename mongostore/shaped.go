package mongostore

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// updateShaped changes a user whom another program has stored. What its document
// lacks follows from what it has, so it is read first, and the one atomic write
// demands that this is still so.
func (s *Store) updateShaped(ctx context.Context, key any, update user.Update, changes, second bson.D) (*user.User, error) {
	var before bson.Raw
	for {
		stored, err := s.stored(ctx, key)
		if err != nil {
			return nil, err
		}
		u, err := s.readUser(stored)
		if err != nil {
			return nil, err
		}
		if !holds(u, update.If) || bytes.Equal(stored, before) {
			return nil, user.ErrNotFound
		}
		if update.Email != nil {
			if taken, err := s.shape.Taken(ctx, update.Email.Key, key); err != nil || taken {
				return nil, unless(err, user.ErrExists)
			}
		}
		after, err := s.writeShaped(ctx, key, stored, update, changes, second)
		if !errors.Is(err, user.ErrNotFound) || errors.Is(err, user.ErrDamaged) {
			return after, err
		}
		before = stored
	}
}

func (s *Store) stored(ctx context.Context, key any) (bson.Raw, error) {
	stored, err := s.users.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, user.ErrNotFound
	}
	if err != nil {
		return nil, mongodb.Failed("find user to update", err)
	}
	return stored, nil
}

// writeShaped is one attempt. The fields that ginauth adds can wait for another update if
// they cannot be written.
func (s *Store) writeShaped(
	ctx context.Context, key any, stored bson.Raw, update user.Update, changes, second bson.D,
) (*user.User, error) {
	filter := matching(key, update.If)
	for _, e := range s.shape.Filter(stored) {
		filter = slices.DeleteFunc(filter, func(own bson.E) bool { return own.Key == e.Key })
		filter = append(filter, e)
	}
	filter = also(filter, second)
	if update.ChangeOwner {
		changes = withSet(changes, s.shape.ChangeOwner(stored))
	}
	if update.Email != nil {
		return s.updateWhere(ctx, filter, withSet(changes, s.shape.Address(*update.Email)), update.Username)
	}
	besides := s.shape.Set(stored)
	if len(besides) == 0 {
		return s.updateWhere(ctx, filter, changes, update.Username)
	}
	after, err := s.updateWhere(ctx, filter, withSet(changes, besides), update.Username)
	if errors.Is(err, user.ErrExists) {
		return s.updateWhere(ctx, filter, changes, update.Username)
	}
	return after, err
}

// withSet returns changes that set more fields.
func withSet(changes, more bson.D) bson.D {
	changes = slices.Clone(changes)
	set, _ := changes[0].Value.(bson.D)
	changes[0].Value = append(slices.Clone(set), more...)
	return changes
}
