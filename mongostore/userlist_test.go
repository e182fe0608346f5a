package mongostore_test

import (
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user/listing"
)

// listWorld is a store that can list users, with one user, a watch of what it sends, and
// the database by another client.
func listWorld(t *testing.T) (*mongostore.Store, *recorder, *mongo.Database) {
	t.Helper()
	s, sent, db, _ := watchedStore(t)
	if err := s.Create(t.Context(), arthur()); err != nil {
		t.Fatalf("Create: %v", err)
	}
	sent.take()
	return s, sent, db
}

// watchedStore is an empty store that can list users, a watch of what it sends, the
// database by another client, and what was sent so far.
func watchedStore(t *testing.T) (s *mongostore.Store, sent *recorder, db *mongo.Database, opened []bson.Raw) {
	t.Helper()
	sent = &recorder{}
	db = mongotest.Database(t)
	o := options.Client().ApplyURI(mongotest.URI(t))
	noting(sent)(o)
	client, err := mongo.Connect(o)
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	s, err = mongostore.Open(t.Context(), client.Database(db.Name()), mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if err := s.Ensure(t.Context(), mongostore.UserList); err != nil {
		t.Fatalf("Ensure: %v", err)
	}
	return s, sent, db, sent.take()
}

// TestListsHaveIndexes checks what each filter and order of ListUsers sends: one find,
// whose filter and order are those of one index that Ensure has built. What no index
// answers is not sent: the store decides it.
func TestListsHaveIndexes(t *testing.T) {
	t.Parallel()
	s, sent, db := listWorld(t)
	there := indexes(t, db.Collection("users"))
	sent.take()
	const (
		byID      = `{"_id": {"$numberInt":"1"}}`
		byEmail   = `{"email_key": {"$numberInt":"1"}}`
		byCreated = `{"created_at": {"$numberInt":"1"},"_id": {"$numberInt":"1"}}`
		byNewest  = `{"created_at": {"$numberInt":"-1"},"_id": {"$numberInt":"-1"}}`
		since     = `{"$date":{"$numberLong":"-9223372036854775808"}}`
		noon      = `{"$date":{"$numberLong":"1767268800000"}}`
	)
	yes, no := true, false
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	after := listing.Place{ID: arthurID, Created: at, EmailKey: "arthur@camelot.bt"}
	const id = `{"$binary":{"base64":"xDCw/rovSqWeMKARTym9Sw==","subType":"04"}}` // arthurID
	tests := []struct {
		name                string
		query               listing.Query
		filter, sort, index string
	}{
		{"all", listing.Query{}, `{}`, byID, "_id_"},
		{"next page", listing.Query{After: after}, `{"_id": {"$gt": ` + id + `}}`, byID, "_id_"},
		{"role", listing.Query{Role: "editor"}, `{"roles": "editor"}`, byID, "roles_1__id_1"},
		{"role, next page", listing.Query{Role: "editor", After: after}, `{"_id": {"$gt": ` + id + `},"roles": "editor"}`, byID, "roles_1__id_1"},
		{"banned", listing.Query{Banned: &yes}, `{"ban.at": {"$exists": true}}`, byID, "_id_1_ban.until_1"},
		{"superusers", listing.Query{IsSuperuser: &yes}, `{"is_superuser": true}`, byID, "is_superuser_1"},
		{"inactive", listing.Query{IsActive: &no}, `{"is_active": false}`, byID, "is_active_1__id_1"},
		{"created", listing.Query{Sort: listing.SortCreated}, `{"created_at": {"$gte": ` + since + `}}`, byCreated, "created_at_1__id_1"},
		{"created after", listing.Query{Sort: listing.SortCreated, CreatedAfter: at}, `{"created_at": {"$gte": ` + noon + `}}`, byCreated, "created_at_1__id_1"},
		{"newest before", listing.Query{Sort: listing.SortNewest, CreatedBefore: at}, `{"created_at": {"$gte": ` + since + `,"$lt": ` + noon + `}}`, byNewest, "created_at_1__id_1"},
		{
			"newest, next page", listing.Query{Sort: listing.SortNewest, After: after},
			`{"created_at": {"$gte": ` + since + `,"$lte": ` + noon + `},"$or": [{"created_at": {"$lt": ` + noon + `}},{"created_at": ` + noon + `,"_id": {"$lt": ` + id + `}}]}`,
			byNewest, "created_at_1__id_1",
		},
		{"email", listing.Query{Sort: listing.SortEmail}, `{"email_key": {"$gte": ""}}`, byEmail, "email_key_1"},
		{"q", listing.Query{Sort: listing.SortEmail, EmailPrefix: "a.*"}, `{"email_key": {"$gte": "a.*","$lt": "a.+"}}`, byEmail, "email_key_1"},
		{"q, next page", listing.Query{Sort: listing.SortEmail, EmailPrefix: "a", After: after}, `{"email_key": {"$gt": "arthur@camelot.bt","$lt": "b"}}`, byEmail, "email_key_1"},
		{"q with all others", listing.Query{Sort: listing.SortEmail, EmailPrefix: "a", Role: "editor", Banned: &yes, IsActive: &no, IsVerified: &yes, IsSuperuser: &no}, `{"email_key": {"$gte": "a","$lt": "b"}}`, byEmail, "email_key_1"},
		{"the others", listing.Query{Banned: &no, IsActive: &yes, IsVerified: &no, IsSuperuser: &no}, `{}`, byID, "_id_"},
	}
	// The embedded engine has no indexes over a part of the documents.
	partial := []string{"_id_1_ban.until_1", "is_superuser_1", "is_active_1__id_1"}
	for _, test := range tests {
		test.query.Limit, test.query.Now = 50, at
		if _, err := s.ListUsers(t.Context(), test.query); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		commands := sent.take()
		if got := names(commands); got != "[find users]" {
			t.Errorf("%s: got commands %s, want one find", test.name, got)
			continue
		}
		command := commands[0]
		filter, sort := command.Lookup("filter").String(), command.Lookup("sort").String()
		if filter != test.filter || sort != test.sort || command.Lookup("limit").AsInt64() != 51 {
			t.Errorf("%s: got %s by %s, %v documents, want %s by %s, 51", test.name, filter, sort, command.Lookup("limit"), test.filter, test.sort)
		}
		expected := test.index != "_id_" && (!mongotest.Embedded() || !slices.Contains(partial, test.index))
		if expected && !slices.ContainsFunc(there, func(name string) bool { return name == test.index || name == test.index+" unique" }) {
			t.Errorf("%s: users has the indexes %q, want %s", test.name, there, test.index)
		}
		t.Run("plan of "+test.name, func(t *testing.T) {
			for _, access := range planOf(t, db, command) {
				if access.Index != test.index {
					t.Errorf("got %+v, want %s", access, test.index)
				}
			}
		})
	}
}
