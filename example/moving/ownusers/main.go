// Ownusers is the program of the guide "From your own users collection": it adds to
// documents of your own what ginauth needs.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/ginauth/ginauth/user"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// OldUser is what your documents have. Pointers tell what is missing from what is
// false: a flag that is missing must be your decision, not an accident.
type OldUser struct {
	ID       bson.ObjectID `bson:"_id"`
	Mail     string        `bson:"mail"`
	Password string        `bson:"pw"`
	Admin    *bool         `bson:"admin"`
	Blocked  *bool         `bson:"blocked"`
}

// fields returns what ginauth needs, made from what there is.
func (old OldUser) fields(now time.Time) (bson.D, error) {
	email, err := user.ParseEmail(old.Mail)
	if err != nil {
		return nil, err
	}
	if old.Password != "" && user.CheckHash(old.Password) != nil && !(saltedSHA256{}).Recognizes(old.Password) {
		return nil, fmt.Errorf("pw has an unknown form")
	}
	return bson.D{
		{Key: "email", Value: email.Address},
		{Key: "email_key", Value: email.Key},
		{Key: "hashed_password", Value: old.Password}, // empty: no password
		{Key: "is_active", Value: old.Blocked == nil || !*old.Blocked},
		{Key: "is_superuser", Value: old.Admin != nil && *old.Admin},
		{Key: "is_verified", Value: false},
		{Key: "token_version", Value: int64(0)},
		{Key: "created_at", Value: old.ID.Timestamp()},
		{Key: "updated_at", Value: now},
	}, nil
}

func main() {
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URI")))
	check(err)
	users := client.Database(os.Getenv("DATABASE")).Collection("users")
	apply := len(os.Args) > 1 && os.Args[1] == "apply"
	good, bad, err := mapUsers(context.Background(), users, apply, func(line string) { fmt.Println(line) })
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
	keys := map[string]bson.ObjectID{}
	err = eachUser(ctx, users, func(id string, old OldUser, mapped bson.D, err error) error {
		if err == nil {
			key := mapped[1].Value.(string)
			if first, taken := keys[key]; taken {
				err = fmt.Errorf("has the address of %s", first.Hex())
			} else {
				keys[key] = old.ID
			}
		}
		if err != nil {
			bad++
			say(id + ": " + err.Error())
			return nil
		}
		good++
		return nil
	})
	if err != nil || bad > 0 || !apply {
		return good, bad, err
	}
	return good, bad, eachUser(ctx, users, func(_ string, old OldUser, mapped bson.D, err error) error {
		if err != nil {
			return err
		}
		unmapped := bson.D{{Key: "_id", Value: old.ID}, {Key: "email_key", Value: bson.D{{Key: "$exists", Value: false}}}}
		_, err = users.UpdateOne(ctx, unmapped, bson.D{{Key: "$set", Value: mapped}})
		return err
	})
}

func eachUser(ctx context.Context, users *mongo.Collection, f func(id string, old OldUser, mapped bson.D, err error) error) error {
	now := time.Now()
	cursor, err := users.Find(ctx, bson.D{})
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		var old OldUser
		var mapped bson.D
		err := cursor.Decode(&old)
		if err == nil {
			mapped, err = old.fields(now)
		}
		if err := f(cursor.Current.Lookup("_id").String(), old, mapped, err); err != nil {
			return err
		}
	}
	return cursor.Err()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
