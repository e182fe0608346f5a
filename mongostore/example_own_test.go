package mongostore_test

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// A feature with a collection of its own says what of it goes with a user.
func Example_owned() {
	var (
		auth   *ginauth.Auth
		events *mongo.Collection
	)
	auth.Manager().Own(user.Owned{Name: "events", Delete: func(ctx context.Context, id user.ID, _ int64) error {
		_, err := events.DeleteMany(ctx, bson.D{{Key: "user_id", Value: string(id)}})
		return err
	}})
}
