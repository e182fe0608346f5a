package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/example/embedded"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
)

// Profile are fields that the documents have anyway.
type Profile struct {
	Name string `json:"name" bson:"name"`
}

// quoted is an ID as it is told.
func quoted(id string) string { return `{"$oid":"` + id + `"}` }

func TestMapUsers(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	db := client.Database("app")
	users := db.Collection("users")
	add := func(fields ...bson.E) string {
		t.Helper()
		id := bson.NewObjectID()
		if _, err := users.InsertOne(t.Context(), append(bson.D{{Key: "_id", Value: id}}, fields...)); err != nil {
			t.Fatal(err)
		}
		return id.Hex()
	}
	e := func(key string, value any) bson.E { return bson.E{Key: key, Value: value} }
	arthur := add(e("mail", "King.Arthur@Camelot.bt"), e("pw", "sha256$salt$42a90bc358b7a6c511c5ac50b07af28017a3bf6beddede4332f921f7b5ea1e39"),
		e("admin", true), e("name", "Arthur"), e("shield", bson.D{e("colour", "red")}))
	lady := add(e("mail", "lake.lady@camelot.bt"), e("pw", "$2a$10$Ksp68CCsNzBpRJ9dz17JdOoh2UZ.eAjrQqthlpOdc071NEY6YFRcu"), e("blocked", true))
	add(e("mail", "galahad@camelot.bt"))
	bad := []string{
		quoted(add(e("mail", "mordred"))) + ": user: invalid email: The address needs one @-sign with text on both sides",
		quoted(add(e("mail", "bors@camelot.bt"), e("pw", "plain"))) + ": pw has an unknown form",
		quoted(add(e("mail", 5))) + ": error decoding key mail: cannot decode 32-bit integer into a string type",
		quoted(add(e("mail", "king.arthur@camelot.bt"))) + ": has the address of " + arthur,
	}
	var said []string
	run := func(apply bool) (string, error) {
		said = nil
		good, bad, err := mapUsers(t.Context(), users, apply, func(line string) { said = append(said, line) })
		return fmt.Sprint(good, bad), err
	}
	for _, apply := range []bool{false, true} {
		if got, err := run(apply); got != "3 4" || err != nil || !slices.Equal(said, bad) {
			t.Errorf("apply %v: got %s, %v, %v, want %v", apply, got, err, said, bad)
		}
		if n, err := users.CountDocuments(t.Context(), bson.D{e("email_key", bson.D{e("$exists", true)})}); n != 0 || err != nil {
			t.Errorf("apply %v: got %d users with a key, %v, want none", apply, n, err)
		}
	}
	for _, line := range bad {
		id, err := bson.ObjectIDFromHex(line[9:33])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := users.DeleteOne(t.Context(), bson.D{e("_id", id)}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if got, err := run(true); got != "3 0" || err != nil {
			t.Fatalf("got %s, %v", got, err)
		}
	}
	store, err := mongostore.Open(t.Context(), db, mongostore.WithObjectIDs(), mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	auth, _, err := newAuth(store, "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	u, err := auth.Manager().Authenticate(t.Context(), "lake.lady@camelot.bt", "excalibur")
	if err != nil || string(u.ID) != lady || u.IsActive {
		t.Errorf("lady: got %v, %v, want the inactive %s", u, err, lady)
	}
	u, err = auth.Manager().Authenticate(t.Context(), "king.arthur@camelot.bt", "guinevere")
	if err != nil || string(u.ID) != arthur || !u.IsSuperuser || user.ProfileOf[Profile](u).Name != "Arthur" {
		t.Fatalf("arthur: got %v, %v", u, err)
	}
	if !strings.HasPrefix(u.HashedPassword, "$argon2id$") {
		t.Error("the hash was not replaced")
	}
	if raw, err := users.FindOne(t.Context(), bson.D{e("name", "Arthur")}).Raw(); err != nil || raw.Lookup("shield", "colour").StringValue() != "red" {
		t.Errorf("got %v, %v, want what ginauth does not know as it was", raw, err)
	}
}
