// Ownusers is the program of the guide "From your own users collection": it adds to
// documents of your own what ginauth needs.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// OldUser is what your documents have. Pointers distinguish a missing flag from false:
// what a missing flag means must be your decision, not an accident.
type OldUser struct {
	ID       bson.ObjectID `bson:"_id"`
	Mail     string        `bson:"mail"`
	Password string        `bson:"pw"`
	Admin    *bool         `bson:"admin"`
	Blocked  *bool         `bson:"blocked"`
}

// fields returns what ginauth needs, made from what there is.
func (old OldUser) fields(now time.Time) (bson.D, error) {
	address, err := email.Parse(old.Mail)
	if err != nil {
		return nil, err
	}
	if old.Admin == nil || old.Blocked == nil {
		return nil, errors.New("admin or blocked is missing or null")
	}
	if old.Password != "" && password.CheckHash(old.Password) != nil && !(saltedSHA256{}).Recognizes(old.Password) {
		return nil, errors.New("pw has an unknown form")
	}
	return bson.D{
		{Key: "email", Value: address.Address},
		{Key: "email_key", Value: address.Key},
		{Key: "hashed_password", Value: old.Password}, // empty: no password
		{Key: "is_active", Value: !*old.Blocked},
		{Key: "is_superuser", Value: *old.Admin},
		{Key: "is_verified", Value: false},
		{Key: "token_version", Value: int64(0)},
		{Key: "created_at", Value: old.ID.Timestamp()},
		{Key: "updated_at", Value: now},
	}, nil
}

func main() {
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URI")))
	check(err)
	db := client.Database(os.Getenv("DATABASE"))
	step := ""
	if len(os.Args) > 1 {
		step = os.Args[1]
	}
	if step == "serve" {
		r, err := application(db, secrets.Secret(os.Getenv("SECRET")))
		check(err)
		check(r.Run("127.0.0.1:8081"))
	}
	good, bad, err := mapUsers(context.Background(), db.Collection("users"), step == "apply", func(line string) { fmt.Println(line) })
	check(err)
	fmt.Printf("%d users can be used as they are mapped, %d cannot\n", good, bad)
	if bad > 0 {
		os.Exit(3)
	}
}

// mapUsers goes through all users twice: the first time it only looks, and says what
// is wrong by ID. It writes only where everything is right, and only to users that
// have no key yet, so that it can be run again.
func mapUsers(ctx context.Context, users *mongo.Collection, apply bool, say func(line string)) (good, bad int, err error) {
	ids := map[string]string{} // by key
	err = eachUser(ctx, users, func(u mapped) error {
		if u.err == nil {
			if first, taken := ids[u.key]; taken {
				u.err = fmt.Errorf("has the address of %s", first)
			} else {
				ids[u.key] = u.id.String()
			}
		}
		if u.err != nil {
			bad++
			say(u.id.String() + ": " + u.err.Error())
			return nil
		}
		good++
		return nil
	})
	if err != nil || bad > 0 || !apply {
		return good, bad, err
	}
	return good, bad, eachUser(ctx, users, func(u mapped) error {
		if u.err != nil || u.fields == nil {
			return u.err
		}
		unmapped := bson.D{{Key: "_id", Value: u.id}, {Key: "email_key", Value: bson.D{{Key: "$exists", Value: false}}}}
		_, err := users.UpdateOne(ctx, unmapped, bson.D{{Key: "$set", Value: u.fields}})
		return err
	})
}

// mapped is a user with what ginauth needs.
type mapped struct {
	id     bson.RawValue
	key    string // of the address
	fields bson.D // nil where the user has them already
	err    error
}

func eachUser(ctx context.Context, users *mongo.Collection, f func(u mapped) error) error {
	now := time.Now()
	cursor, err := users.Find(ctx, bson.D{})
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		if err := f(mapOne(cursor, now)); err != nil {
			return err
		}
	}
	return cursor.Err()
}

// mapOne leaves users alone that were mapped before or created by ginauth.
func mapOne(cursor *mongo.Cursor, now time.Time) mapped {
	u := mapped{id: cursor.Current.Lookup("_id")}
	key, isMapped := cursor.Current.Lookup("email_key").StringValueOK()
	if isMapped {
		u.key = key
		return u
	}
	var old OldUser
	if u.err = cursor.Decode(&old); u.err != nil {
		return u
	}
	if u.fields, u.err = old.fields(now); u.err == nil {
		u.key = u.fields[1].Value.(string)
	}
	return u
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
