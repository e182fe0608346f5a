package mongoaudit_test

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit/mongoaudit"
)

func watch(ctx context.Context, db *mongo.Database, config *ginauth.Config) error {
	log, err := mongoaudit.Open(ctx, db, mongoaudit.Config{})
	if err != nil {
		return err
	}
	config.OnEvent = log.Sink
	return nil
}

func ExampleOpen() {
	_ = watch // called before ginauth.New
}
