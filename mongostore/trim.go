package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user/records"
)

// newestFirst is the order of a user's tokens, backwards through their index.
var newestFirst = bson.D{{Key: "created_at", Value: -1}, {Key: "_id", Value: -1}}

// tokenOrder is the index that has a user's tokens of a backend in the order of their
// creation.
var tokenOrder = plainIndex("user_id", "backend", "created_at", "_id")

// TrimTokens implements [records.TokenStore]. Where nothing is too many it is one look-up
// that the index answers by itself.
func (s *Store) TrimTokens(ctx context.Context, newest records.Token, keep int) error {
	owner, ok := s.ids.value(string(newest.UserID))
	if !ok {
		return nil
	}
	others := bson.D{
		{Key: "user_id", Value: owner},
		{Key: "backend", Value: newest.Backend},
		{Key: "_id", Value: bson.D{{Key: "$ne", Value: newest.Hash}}},
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if err := s.trim(ctx, others, keep-1, millisecond(newest.CreatedAt)); err != nil {
		return mongodb.Failed("trim tokens", err)
	}
	return nil
}

// trim removes all but the newest of some tokens.
func (s *Store) trim(ctx context.Context, tokens bson.D, keep int, now bson.DateTime) error {
	first, err := s.firstBeyond(ctx, tokens, keep)
	if err != nil || first == nil {
		return err
	}
	// What has expired, and need not be there any more, takes no place.
	removed, err := s.tokens.DeleteMany(ctx, with(tokens, "expires_at", bson.D{{Key: "$lte", Value: now}}))
	if err != nil {
		return err
	}
	if removed.DeletedCount > 0 {
		if first, err = s.firstBeyond(ctx, tokens, keep); err != nil || first == nil {
			return err
		}
	}
	hash, created := first.Lookup("_id"), first.Lookup("created_at")
	if created.Type != bson.TypeDateTime { // damaged, as are all that come after it
		_, err = s.tokens.DeleteOne(ctx, bson.D{{Key: "_id", Value: hash}})
		return err
	}
	_, err = s.tokens.DeleteMany(ctx, with(tokens, "$or", bson.A{
		bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: created}}}},
		bson.D{{Key: "created_at", Value: created}, {Key: "_id", Value: bson.D{{Key: "$lte", Value: hash}}}},
	}))
	return err
}

// with returns filter and one condition more.
func with(filter bson.D, key string, value any) bson.D {
	return append(filter[:len(filter):len(filter)], bson.E{Key: key, Value: value})
}

// firstBeyond returns _id and created_at of the newest of some tokens after so many of
// them, nil where they are not that many.
func (s *Store) firstBeyond(ctx context.Context, tokens bson.D, keep int) (bson.Raw, error) {
	first, err := s.tokens.FindOne(ctx, tokens, options.FindOne().SetSort(newestFirst).SetSkip(int64(max(0, keep))).
		SetProjection(bson.D{{Key: "created_at", Value: 1}})).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	return first, err
}
