package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
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

// opaque is a stored token that the server which answers at once knows.
const opaque = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// tokenDocument is a token as mongostore stores it.
func tokenDocument(token string, owner uuid.UUID) bson.D {
	now := bson.NewDateTimeFromTime(time.Now())
	return bson.D{
		{Key: "_id", Value: records.HashToken(token)},
		{Key: "user_id", Value: bson.Binary{Subtype: bson.TypeBinaryUUID, Data: owner[:]}},
		{Key: "backend", Value: "mobile"},
		{Key: "token_version", Value: int64(1)},
		{Key: "created_at", Value: now},
		{Key: "expires_at", Value: nil},
		{Key: "last_seen_at", Value: now},
		{Key: "ip", Value: "203.0.113.7"},
		{Key: "user_agent", Value: "benchmarks"},
	}
}

// tokensBy finds a stored token as one writes it with the driver.
func tokensBy(tokens *mongo.Collection) recordReader {
	return func(ctx context.Context, hash string) (string, int64, error) {
		var t struct {
			Owner   bson.Binary `bson:"user_id"`
			Version int64       `bson:"token_version"`
			Expires *time.Time  `bson:"expires_at"`
		}
		if err := tokens.FindOne(ctx, bson.D{{Key: "_id", Value: hash}}).Decode(&t); err != nil {
			return "", 0, err
		}
		if t.Expires != nil && !time.Now().Before(*t.Expires) {
			return "", 0, user.ErrNotFound
		}
		owner, err := uuid.FromBytes(t.Owner.Data)
		return owner.String(), t.Version, err
	}
}

// tokenWithUser finds a stored token and its user as one writes it with the driver in
// one aggregation.
func tokenWithUser(tokens *mongo.Collection) bearers {
	type joined struct {
		Version int64      `bson:"token_version"`
		Expires *time.Time `bson:"expires_at"`
		Owner   []account  `bson:"owner"`
	}
	return func(ctx context.Context, hash string) (int64, *account, error) {
		cursor, err := tokens.Aggregate(ctx, mongo.Pipeline{
			{{Key: "$match", Value: bson.D{{Key: "_id", Value: hash}}}},
			{{Key: "$lookup", Value: bson.D{
				{Key: "from", Value: "users"}, {Key: "localField", Value: "user_id"}, {Key: "foreignField", Value: "_id"}, {Key: "as", Value: "owner"},
			}}},
		})
		if err != nil {
			return 0, nil, err
		}
		var found []joined
		if err := cursor.All(ctx, &found); err != nil {
			return 0, nil, err
		}
		if len(found) == 0 || len(found[0].Owner) == 0 || found[0].Expires != nil && !time.Now().Before(*found[0].Expires) {
			return 0, nil, user.ErrNotFound
		}
		return found[0].Version, &found[0].Owner[0], nil
	}
}

// driverGuards are ginauth and the work by hand over the driver, with a server that
// answers at once: two with a JWT, then three with a stored token, the last of which
// asks twice.
func driverGuards() (contestants []contestant, end func()) {
	id := uuid.New()
	client := connect(newStub(map[string]bson.Raw{
		"users": userDocument(id, "arthur@camelot.bt"), "access_tokens": encoded(tokenDocument(opaque, id)),
	}))
	db := client.Database("benchmarks")
	store := must(mongostore.Open(context.Background(), db, mongostore.WithLogger(slog.New(slog.DiscardHandler))))
	u := must(store.ByID(context.Background(), user.ID(id.String())))
	auth := newAuth(ginauth.Config{Store: store, Backends: []backends.Backend{api(), stored("mobile")}})
	token, _ := logIn(auth, api(), u)
	find := oneFindOne(db.Collection("users"))
	tokens := db.Collection("access_tokens")
	for _, c := range []struct {
		name, token string
		guard       gin.HandlerFunc
	}{
		{"ginauth", token, auth.ActiveUser(ginauth.Via("api"))},
		{"by hand, one FindOne", token, byHand(jwtKey(), find)},
		{"ginauth", opaque, auth.ActiveUser(ginauth.Via("mobile"))},
		{"by hand, one aggregation", opaque, byHandStored(tokenWithUser(tokens))},
		{"by hand, two FindOne", opaque, byHandStored(oneAfterTheOther(tokensBy(tokens), find))},
	} {
		contestants = append(contestants, contestant{c.name, serve(guarded(c.guard), bearer(c.token), http.StatusNoContent)})
	}
	return contestants, func() { _ = client.Disconnect(context.Background()) }
}

func mongoRows(out *report) {
	contestants, end := driverGuards()
	defer end()
	timings := compare(out.rounds, contestants...)
	out.add("guard, JWT, user by mongo-driver from a server that answers at once", "≤ 1.05, allocations + 3", timings[0], timings[1])
	for _, byHand := range timings[3:] {
		out.add("guard, Database, token and user by mongo-driver from a server that answers at once", "", timings[2], byHand)
	}
}
