package main

import (
	"context"

	"github.com/ginauth/ginauth/mongostore"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// openCopy is what application calls instead of fastapiusers.Open once
// ginauth-migrate has copied the users into db.
func openCopy(ctx context.Context, db *mongo.Database) (*mongostore.Store, error) {
	return mongostore.Open(ctx, db, mongostore.WithObjectIDs(), mongostore.WithProfile[Profile]())
}
