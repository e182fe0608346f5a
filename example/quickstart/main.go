package main

import (
	"context"
	"log"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user/secrets"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func main() {
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URI")))
	check(err)
	store, err := mongostore.Open(context.Background(), client.Database("app"))
	check(err)
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: store, Secret: secrets.Secret(os.Getenv("SECRET")), Backends: []backends.Backend{api}})
	check(err)

	r := gin.Default()
	auth.AuthRoutes(api).Attach(r.Group("/auth"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	r.GET("/hello", auth.ActiveUser(), func(c *gin.Context) { c.String(200, "Hello, %s\n", ginauth.UserFrom(c).Email) })
	check(r.Run("127.0.0.1:8081"))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
