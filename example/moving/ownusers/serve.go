package main

import (
	"context"

	"github.com/gin-gonic/gin"
	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/secrets"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Profile are those of your fields that clients should see.
type Profile struct {
	Name string `json:"name" bson:"name"`
}

// application is ginauth over the users that were mapped.
func application(db *mongo.Database, secret secrets.Secret) (*gin.Engine, error) {
	store, err := mongostore.Open(context.Background(), db, mongostore.WithObjectIDs(), mongostore.WithProfile[Profile]())
	if err != nil {
		return nil, err
	}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{
		Store:    store,
		Secret:   secret,
		Backends: []backends.Backend{api},
		Hasher:   password.Config{Verifiers: []password.Verifier{saltedSHA256{}}},
	})
	if err != nil {
		return nil, err
	}

	r := gin.Default()
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	return r, nil
}
