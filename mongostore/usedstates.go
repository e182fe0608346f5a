package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// Use implements [records.UsedStore].
func (s *Store) Use(ctx context.Context, id string, expiresAt time.Time) error {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	_, err := s.states.InsertOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "expires_at", Value: nullable(expiresAt)}})
	if _, used := mongodb.Duplicate(err); used {
		return user.ErrUsed
	}
	if err != nil {
		return mongodb.Failed("use state", err)
	}
	return nil
}
