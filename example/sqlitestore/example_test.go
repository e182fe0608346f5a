package sqlitestore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/example/sqlitestore"
	"github.com/ginauth/ginauth/profile"
)

// Tokens are JWTs, because this store keeps none.
func ExampleNew() {
	type Profile struct {
		FirstName string `json:"first_name"`
	}
	ctx := context.Background()

	db, err := sql.Open("sqlite", "file:users.db?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		log.Fatal(err)
	}
	fields, err := profile.TypeOf[Profile]()
	if err != nil {
		log.Fatal(err)
	}
	store, err := sqlitestore.New(ctx, db, fields)
	if err != nil {
		log.Fatal(err)
	}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: store, Secret: "from a secret manager, 32 bytes or more", Backends: []backends.Backend{api}})
	fmt.Println(auth, err)
}
