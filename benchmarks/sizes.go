package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// sizes are how many users, and tokens, there are.
var sizes = []int{1_000, 10_000, 100_000, 1_000_000}

// sizeRows compares look-ups among few users with those among many, by the clock on
// the wall. They need a server with indexes, named by MONGODB_URI, in which they
// make a database for each size and drop it at the end.
func sizeRows(out *report) {
	uri := os.Getenv("MONGODB_URI")
	if uri == "" {
		fmt.Fprintln(os.Stderr, "no sizes: MONGODB_URI names no server")
		return
	}
	ctx := context.Background()
	client := connect(uri)
	defer func() { _ = client.Disconnect(ctx) }()
	var stores []*mongostore.Store
	for _, size := range sizes {
		db := client.Database(fmt.Sprint("ginauth_benchmarks_", size))
		check(db.Drop(ctx))
		defer func() { check(db.Drop(ctx)) }()
		stores = append(stores, must(mongostore.Open(ctx, db)))
		fill(ctx, db, size)
	}
	lookUps := []struct {
		name string
		do   func(s *mongostore.Store, n int) error
	}{
		{"e-mail", func(s *mongostore.Store, n int) error {
			_, err := s.ByEmail(ctx, email.Email{Key: knight(n)})
			return err
		}},
		{"id", func(s *mongostore.Store, n int) error {
			_, err := s.ByID(ctx, user.ID(numbered(n).String()))
			return err
		}},
		{"token", func(s *mongostore.Store, n int) error {
			_, err := s.TokenByHash(ctx, records.HashToken(knight(n)))
			return err
		}},
		{"token, with its user", func(s *mongostore.Store, n int) error {
			_, _, err := s.TokenWithUser(ctx, records.HashToken(knight(n)))
			return err
		}},
	}
	for _, l := range lookUps {
		var contestants []contestant
		for i, size := range sizes {
			contestants = append(contestants, contestant{fmt.Sprintf("%d users", size), func() { check(l.do(stores[i], rand.IntN(size))) }})
		}
		timings := compareBy(wall, out.rounds, contestants...)
		for i := range sizes[1:] {
			out.add(fmt.Sprintf("look-up by %s among %d users", l.name, sizes[i+1]), "≤ 1.2", timings[i+1], timings[0])
		}
	}
}

func knight(n int) string { return fmt.Sprintf("knight%d@camelot.bt", n) }

// numbered is the ID of the n-th user, which looks like a random one.
func numbered(n int) uuid.UUID {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(knight(n)))
	id[6] = id[6]&0x0f | 0x40
	return id
}

// fill inserts users, each with a token.
func fill(ctx context.Context, db *mongo.Database, size int) {
	const atOnce = 1000
	for begin := 0; begin < size; begin += atOnce {
		var users, tokens []any
		for n := begin; n < min(size, begin+atOnce); n++ {
			id := numbered(n)
			users = append(users, userDocument(id, knight(n)))
			tokens = append(tokens, tokenDocument(knight(n), id))
		}
		must(db.Collection("users").InsertMany(ctx, users))
		must(db.Collection("access_tokens").InsertMany(ctx, tokens))
	}
}
