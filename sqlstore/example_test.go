package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/sqlstore"
)

// The driver "pgx" is registered by importing github.com/jackc/pgx/v5/stdlib.
func ExampleOpen() {
	type Profile struct {
		FirstName string `json:"first_name"`
	}
	ctx := context.Background()

	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	store, err := sqlstore.Open(ctx, db, sqlstore.WithProfile[Profile]())
	if err != nil {
		log.Fatal(err)
	}
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{Store: store, Secret: "from a secret manager, 32 bytes or more", Backends: []backends.Backend{web}})
	fmt.Println(auth, err)
}

// The driver "sqlite" is registered by importing modernc.org/sqlite.
func ExampleOpen_sqlite() {
	db, err := sql.Open("sqlite", "file:users.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		log.Fatal(err)
	}
	store, err := sqlstore.Open(context.Background(), db)
	fmt.Println(store, err)
}

// An application with migrations of its own adds these statements to them.
func ExampleSchema() {
	statements, err := sqlstore.Schema(sqlstore.Postgres)
	if err != nil {
		log.Fatal(err)
	}
	_ = os.WriteFile("0007_ginauth.sql", []byte(statements), 0o600)
}
