// Ginjwt is the program of the guide "From gin-jwt": an application that moves from
// gin-jwt to ginauth one route group at a time.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func main() {
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URI")))
	check(err)
	store, err := mongostore.Open(context.Background(), client.Database(os.Getenv("DATABASE")), mongostore.WithObjectIDs())
	check(err)
	r, err := application(store, secrets.Secret(os.Getenv("SECRET")), secrets.Secret(os.Getenv("JWT_KEY")), ginJWTGuard())
	check(err)
	check(r.Run("127.0.0.1:8081"))
}

// application has moved /orders; /reports waits for its turn behind legacy, which is
// what MiddlewareFunc of gin-jwt returns.
func application(store user.Store, secret, ginJWTKey secrets.Secret, legacy gin.HandlerFunc) (*gin.Engine, error) {
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.Database{
		Lifetime:         24 * time.Hour,      // after the last use
		AbsoluteLifetime: 30 * 24 * time.Hour, // after the login
	}}
	old := backends.Backend{Name: "old", Transport: backends.Bearer{}, Strategy: GinJWT{Key: ginJWTKey, IdentityKey: "id"}}
	auth, err := ginauth.New(ginauth.Config{Store: store, Secret: secret, Backends: []backends.Backend{api, old}})
	if err != nil {
		return nil, err
	}

	r := gin.Default()
	auth.AuthRoutes(api).Attach(r.Group("/auth")) // beside gin-jwt's LoginHandler, which stays for now
	orders := r.Group("/orders", auth.ActiveUser())
	orders.GET("", func(c *gin.Context) { c.String(200, "orders of %s\n", ginauth.UserFrom(c).Email) })
	reports := r.Group("/reports", legacy)
	reports.GET("", func(c *gin.Context) { c.String(200, "reports\n") })
	return r, nil
}

// ginJWTGuard stands for authMiddleware.MiddlewareFunc(), which this program does not
// link, and refuses every request.
func ginJWTGuard() gin.HandlerFunc {
	return func(c *gin.Context) { c.AbortWithStatus(401) }
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
