package mongostore_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
)

// A store that makes IDs of one kind over users of the other would refuse all of them,
// and create users whom the application refuses.
func TestOpenRefusesIDsOfTheOtherKind(t *testing.T) {
	t.Parallel()
	uuids, objectIDs := []mongostore.Option{}, []mongostore.Option{mongostore.WithObjectIDs()}
	tests := []struct {
		name        string
		right, left []mongostore.Option
		stray       any
		want        string
	}{
		{"users have UUIDs", uuids, objectIDs, bson.NewObjectID(),
			`mongostore: open: the IDs of the users in "users" are UUIDs, not ObjectIDs: open the store without WithObjectIDs`},
		{"users have ObjectIDs", objectIDs, uuids, bson.Binary{Subtype: bson.TypeBinaryUUID, Data: make([]byte, 16)},
			`mongostore: open: the IDs of the users in "users" are ObjectIDs, not UUIDs: open the store WithObjectIDs`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, db := open(t, test.right...)
			if _, err := mongostore.Open(t.Context(), db, test.left...); err != nil {
				t.Errorf("Open without users: %v", err)
			}
			if err := s.Create(t.Context(), &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt"}); err != nil {
				t.Fatalf("Create: %v", err)
			}
			if _, err := mongostore.Open(t.Context(), db, test.left...); err == nil || err.Error() != test.want {
				t.Errorf("Open: got %v, want %s", err, test.want)
			}
			if _, err := mongostore.Open(t.Context(), db, test.right...); err != nil {
				t.Errorf("Open as before: %v", err)
			}
			// One that strayed in is damaged, as ever, and keeps nobody else out.
			if _, err := db.Collection("users").InsertOne(t.Context(), bson.D{{Key: "_id", Value: test.stray}, {Key: "email_key", Value: "stray@camelot.bt"}}); err != nil {
				t.Fatalf("InsertOne: %v", err)
			}
			if _, err := mongostore.Open(t.Context(), db, test.right...); err != nil {
				t.Errorf("Open beside a stray document: %v", err)
			}
		})
	}
}
