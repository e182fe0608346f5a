package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// ownerField is where an aggregation puts the user of a token; records have no such
// field.
const ownerField = "owner"

// TokenWithUser implements [user.TokenUserStore] with one aggregation: the record by
// its _id, and with $lookup the user by the _id it names. Where the engine refuses
// that, it finds the record alone.
func (s *Store) TokenWithUser(ctx context.Context, hash string) (user.Token, *user.User, error) {
	tried := s.lookups.There()
	if tried {
		t, owner, err := s.tokenAndOwner(ctx, hash)
		if isAnswer(err) {
			return t, owner, err
		}
	}
	t, err := s.TokenByHash(ctx, hash)
	if tried && isAnswer(err) {
		s.lookups.Missing()
	}
	return t, nil, err
}

// isAnswer reports whether err says something about what is stored.
func isAnswer(err error) bool {
	return err == nil || errors.Is(err, user.ErrNotFound) || errors.Is(err, user.ErrDamaged)
}

func (s *Store) tokenAndOwner(ctx context.Context, hash string) (user.Token, *user.User, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	cursor, err := s.tokens.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "_id", Value: hash}}}},
		{{Key: "$lookup", Value: bson.D{
			{Key: "from", Value: s.users.Name()},
			{Key: "localField", Value: "user_id"},
			{Key: "foreignField", Value: "_id"},
			{Key: "as", Value: ownerField},
		}}},
	})
	if err != nil {
		return user.Token{}, nil, mongodb.Failed("find token and user", err)
	}
	defer cursor.Close(ctx)
	if !cursor.Next(ctx) {
		if err := cursor.Err(); err != nil {
			return user.Token{}, nil, mongodb.Failed("find token and user", err)
		}
		return user.Token{}, nil, user.ErrNotFound
	}
	t, err := s.readToken(cursor.Current)
	if err != nil {
		return user.Token{}, nil, err
	}
	return t, s.readOwner(cursor.Current), nil
}

// readOwner returns the user in a token's document, nil where [Store.ByID] has to say
// what is the matter.
func (s *Store) readOwner(document bson.Raw) *user.User {
	array, ok := document.Lookup(ownerField).ArrayOK()
	if !ok {
		return nil
	}
	first, err := array.IndexErr(0)
	if err != nil {
		return nil
	}
	stored, ok := first.DocumentOK()
	if !ok {
		return nil
	}
	u, err := s.readUser(stored)
	if err != nil {
		return nil
	}
	return u
}
