package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

var _ limits.Store = (*Store)(nil)

// Limit implements [limits.Store].
func (s *Store) Limit(ctx context.Context, key string) (record string, err error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	document, err := s.limits.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return "", nil
	}
	if err != nil {
		return "", mongodb.Failed("read limit", err)
	}
	f := fields{collection: s.limits.Name(), document: document, secretID: true}
	record = f.text("record")
	return record, f.err
}

// SwapLimit implements [limits.Store]. The server's clock removes what is old; the time
// runs from this process's clock.
func (s *Store) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (swapped bool, err error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	where := bson.D{{Key: "_id", Value: key}, {Key: "record", Value: before}}
	set := bson.D{{Key: "record", Value: after}, {Key: "expires_at", Value: millisecond(time.Now().Add(keep))}}
	var changed int64
	switch {
	case before == "" && after == "":
		record, err := s.Limit(ctx, key)
		return record == "" && err == nil, err
	case before == "":
		_, err = s.limits.InsertOne(ctx, append(bson.D{{Key: "_id", Value: key}}, set...))
		if _, taken := mongodb.Duplicate(err); taken {
			return false, nil
		}
		changed = 1
	case after == "":
		var result *mongo.DeleteResult
		if result, err = s.limits.DeleteOne(ctx, where); err == nil {
			changed = result.DeletedCount
		}
	default:
		var result *mongo.UpdateResult
		if result, err = s.limits.UpdateOne(ctx, where, bson.D{{Key: "$set", Value: set}}); err == nil {
			changed = result.MatchedCount
		}
	}
	if err != nil {
		return false, mongodb.Failed("swap limit", err)
	}
	return changed == 1, nil
}
