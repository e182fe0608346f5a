package main

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
)

// oneFindOne finds an account as one writes it with the driver.
func oneFindOne(users *mongo.Collection) finder {
	return func(ctx context.Context, id string) (*account, error) {
		key, err := uuid.Parse(id)
		if err != nil {
			return nil, user.ErrNotFound
		}
		u := &account{ID: id}
		err = users.FindOne(ctx, bson.D{{Key: "_id", Value: bson.Binary{Subtype: bson.TypeBinaryUUID, Data: key[:]}}}).Decode(u)
		if err == mongo.ErrNoDocuments {
			return nil, user.ErrNotFound
		}
		return u, err
	}
}

func connect(uri string) *mongo.Client { return must(mongo.Connect(options.Client().ApplyURI(uri))) }

// userDocument is a user as mongostore stores him.
func userDocument(id uuid.UUID, email string) bson.Raw {
	now := bson.NewDateTimeFromTime(time.Now())
	return encoded(bson.D{
		{Key: "_id", Value: bson.Binary{Subtype: bson.TypeBinaryUUID, Data: id[:]}},
		{Key: "email", Value: email},
		{Key: "email_key", Value: email},
		{Key: "hashed_password", Value: "$argon2id$v=19$m=19456,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg"},
		{Key: "is_active", Value: true},
		{Key: "is_superuser", Value: false},
		{Key: "is_verified", Value: true},
		{Key: "token_version", Value: int64(1)},
		{Key: "created_at", Value: now},
		{Key: "updated_at", Value: now},
	})
}

// driverGuards are ginauth and the work by hand over the driver, with a server that
// answers at once.
func driverGuards() (contestants []contestant, end func()) {
	id := uuid.New()
	client := connect(newStub(map[string]bson.Raw{"users": userDocument(id, "arthur@camelot.bt")}))
	db := client.Database("benchmarks")
	store := must(mongostore.Open(context.Background(), db))
	u := must(store.ByID(context.Background(), user.ID(id.String())))
	auth := newAuth(ginauth.Config{Store: store})
	token, _ := logIn(auth, api(), u)
	contestants = []contestant{
		{"ginauth", serve(guarded(auth.ActiveUser()), bearer(token), http.StatusNoContent)},
		{"by hand, one FindOne", serve(guarded(byHand(jwtKey(), oneFindOne(db.Collection("users")))), bearer(token), http.StatusNoContent)},
	}
	return contestants, func() { _ = client.Disconnect(context.Background()) }
}

func mongoRows(out *report) {
	contestants, end := driverGuards()
	defer end()
	timings := compare(out.rounds, contestants...)
	out.add("guard, JWT, user by mongo-driver from a server that answers at once", "≤ 1.05, allocations + 3", timings[0], timings[1])
}
