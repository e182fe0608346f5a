package mongostore_test

import (
	"context"
	"fmt"
	"log"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// The store is opened once, when the application starts. The client stays the
// application's own.
func ExampleOpen() {
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://localhost:27017"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(ctx)

	store, err := mongostore.Open(ctx, client.Database("app"))
	if err != nil {
		log.Fatal(err) // no server, or documents that contradict a unique index
	}
	fmt.Println(store.Ping(ctx))
}

// Fields of the application's own are a struct that is named once, at the store.
func ExampleWithProfile() {
	type Profile struct {
		FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
		Plan      string  `json:"plan" bson:"plan" ginauth:"readonly"`
	}
	var ctx context.Context
	var db *mongo.Database

	store, err := mongostore.Open(ctx, db, mongostore.WithProfile[Profile]())
	if err != nil {
		log.Fatal(err)
	}
	u, err := store.ByEmail(ctx, email.Email{Key: "king.arthur@camelot.bt"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(user.ProfileOf[Profile](u).Plan)
}
