// Fastapi is the program of the guide "From FastAPI Users": ginauth over the
// database of a FastAPI Users application that goes on running.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/user/secrets"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Profile are the fields that your User class adds to those of FastAPI Users.
type Profile struct {
	FirstName     *string `json:"first_name" bson:"first_name"`
	LoyaltyPoints int     `json:"loyalty_points" bson:"loyalty_points" ginauth:"readonly"`
}

func main() {
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URI")))
	check(err)
	r, err := application(client.Database(os.Getenv("DATABASE")), secrets.Secret(os.Getenv("SECRET")), secrets.Secret(os.Getenv("OLD_SECRET")))
	check(err)
	check(r.Run("127.0.0.1:8081"))
}

func application(db *mongo.Database, secret, oldSecret secrets.Secret) (*gin.Engine, error) {
	store, err := fastapiusers.Open(context.Background(), db,
		fastapiusers.WithProfile[Profile](),
		fastapiusers.WithAccessTokens(fastapiusers.AccessTokens{Lifetime: time.Hour}))
	if err != nil {
		return nil, err
	}
	jwt := backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{
		Secret:       oldSecret,
		Audiences:    []string{"fastapi-users:auth", "ginauth:auth"},
		LegacyUserID: true,
	}}
	cookie := backends.Backend{Name: "cookie", Transport: backends.Cookie{Name: "fastapiusersauth"}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{
		Store:    store,
		Secret:   secret,
		Backends: []backends.Backend{jwt, cookie},
		Wire:     ginauth.WireV15,
	})
	if err != nil {
		return nil, err
	}

	r := gin.Default()
	auth.AuthRoutes(jwt).Attach(r.Group("/auth/jwt"))
	auth.AuthRoutes(cookie).Attach(r.Group("/auth/cookie"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	r.GET("/hello", auth.ActiveUser(), func(c *gin.Context) { c.String(200, "Hello, %s\n", ginauth.UserFrom(c).Email) })
	return r, nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
