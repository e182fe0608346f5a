package mongostore_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

func TestOpenBuildsIndexes(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	want := map[string][]string{
		"users":          {"email_key_1 unique"},
		"oauth_accounts": {"provider_1_account_id_1 unique", "user_id_1"},
		"access_tokens":  {"user_id_1_backend_1_created_at_1__id_1"},
		"used_states":    nil,
	}
	if !mongotest.Embedded() {
		want["users"] = append(want["users"], "is_superuser_1")
		want["access_tokens"] = append(want["access_tokens"], "expires_at_1 ttl")
		want["used_states"] = []string{"expires_at_1 ttl"}
	}
	for range 2 { // opening again changes nothing
		for collection, want := range want {
			got := indexes(t, db.Collection(collection))
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: got indexes %q, want %q", collection, got, want)
			}
		}
		if _, err := mongostore.Open(t.Context(), db); err != nil {
			t.Fatalf("Open again: %v", err)
		}
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func indexes(t *testing.T, c *mongo.Collection) []string {
	t.Helper()
	specs, err := c.Indexes().ListSpecifications(t.Context())
	if err != nil {
		var server mongo.ServerError
		if errors.As(err, &server) && server.HasErrorCode(26) { // no such collection
			return nil
		}
		t.Fatalf("ListSpecifications: %v", err)
	}
	var names []string
	for _, spec := range specs {
		name := spec.Name
		if spec.Unique != nil && *spec.Unique {
			name += " unique"
		}
		if spec.ExpireAfterSeconds != nil && *spec.ExpireAfterSeconds == 0 {
			name += " ttl"
		}
		if name != "_id_" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	stores := make([]*mongostore.Store, 8)
	var opened sync.WaitGroup
	for i := range stores {
		opened.Go(func() {
			s, err := mongostore.Open(t.Context(), db)
			if err != nil {
				t.Errorf("Open: %v", err)
			}
			stores[i] = s
		})
	}
	opened.Wait()
	if t.Failed() {
		return
	}
	var winners int
	for _, s := range stores {
		u := &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt"}
		if err := s.Create(t.Context(), u); err == nil {
			winners++
		} else if !errors.Is(err, user.ErrExists) {
			t.Errorf("Create: %v", err)
		}
	}
	if winners != 1 {
		t.Errorf("Create with one key in %d instances: %d succeeded, want 1", len(stores), winners)
	}
}

func TestOpenNamesConflicts(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	insert := func(collection string, documents ...any) {
		t.Helper()
		if _, err := db.Collection(collection).InsertMany(t.Context(), documents); err != nil {
			t.Fatalf("InsertMany: %v", err)
		}
	}
	ids := make([]string, 8)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	slices.Sort(ids)
	insert("users",
		bson.D{{Key: "_id", Value: binary(ids[0])}, {Key: "email_key", Value: "arthur@camelot.bt"}},
		bson.D{{Key: "_id", Value: binary(ids[1])}, {Key: "email_key", Value: "merlin@camelot.bt"}},
		bson.D{{Key: "_id", Value: binary(ids[2])}, {Key: "email_key", Value: "arthur@camelot.bt"}},
		bson.D{{Key: "_id", Value: binary(ids[3])}},
		bson.D{{Key: "_id", Value: binary(ids[4])}, {Key: "email", Value: "mordred@camelot.bt"}},
	)
	_, err := mongostore.Open(t.Context(), db)
	conflict := checkConflict(t, err, "users", "email_key", 2)
	if want := [][]string{{ids[0], ids[2]}}; len(conflict.IDs) != 1 || !slices.Equal(conflict.IDs[0], want[0]) {
		t.Errorf("got IDs %v, want %v", conflict.IDs, want)
	}
	if want := []string{ids[3], ids[4]}; !slices.Equal(conflict.Missing, want) {
		t.Errorf("got documents without key %v, want %v", conflict.Missing, want)
	}
	for _, id := range []int{0, 2, 3, 4} {
		if !strings.Contains(err.Error(), ids[id]) {
			t.Errorf("got error %q, want one that names %s", err, ids[id])
		}
	}

	if err := db.Collection("users").Drop(t.Context()); err != nil {
		t.Fatalf("Drop: %v", err)
	}
	account := func(id int, provider, account string) bson.D {
		return bson.D{{Key: "_id", Value: binary(ids[id])}, {Key: "provider", Value: provider}, {Key: "account_id", Value: account}}
	}
	insert("oauth_accounts", account(0, "google", "camelot-1"), account(1, "google", "camelot-2"),
		account(2, "github", "camelot-1"), account(3, "google", "camelot-2"))
	_, err = mongostore.Open(t.Context(), db)
	conflict = checkConflict(t, err, "oauth_accounts", "provider, account_id", 1)
	if want := [][]string{{ids[1], ids[3]}}; len(conflict.IDs) != 1 || !slices.Equal(conflict.IDs[0], want[0]) {
		t.Errorf("got IDs %v, want %v", conflict.IDs, want)
	}

	if _, err := db.Collection("oauth_accounts").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: binary(ids[3])}}); err != nil {
		t.Fatalf("DeleteOne: %v", err)
	}
	if _, err := mongostore.Open(t.Context(), db); err != nil {
		t.Errorf("Open after the conflict was mended: %v", err)
	}
}

func checkConflict(t *testing.T, err error, collection, fields string, count int) *mongostore.ConflictError {
	t.Helper()
	var conflict *mongostore.ConflictError
	if !errors.As(err, &conflict) {
		t.Fatalf("Open: got %v, want a ConflictError", err)
	}
	if conflict.Collection != collection || strings.Join(conflict.Fields, ", ") != fields || conflict.Count != count {
		t.Errorf("Open: got conflict %s, %v, %d, want %s, %s, %d",
			conflict.Collection, conflict.Fields, conflict.Count, collection, fields, count)
	}
	text := err.Error()
	if !strings.Contains(text, collection) || !strings.Contains(text, fields) {
		t.Errorf("Open: got error %q, want one that names %s and %s", text, collection, fields)
	}
	if strings.Contains(text, "camelot") {
		t.Errorf("Open: got error %q, want one without values", text)
	}
	return conflict
}

func TestOpenRefusesIndexThatIsNotUnique(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	_, err := db.Collection("users").Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "email_key", Value: 1}}})
	if err != nil {
		t.Fatalf("CreateOne: %v", err)
	}
	if _, err := mongostore.Open(t.Context(), db); err == nil || !strings.Contains(err.Error(), "email_key_1") {
		t.Errorf("Open: got %v, want an error that names the index email_key_1", err)
	}
}

func TestOpenTakesUniqueIndexOfAnotherName(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	_, err := db.Collection("people").Indexes().CreateOne(t.Context(), mongo.IndexModel{
		Keys: bson.D{{Key: "email_key", Value: 1}}, Options: options.Index().SetUnique(true).SetName("one_per_address"),
	})
	if err != nil {
		t.Fatalf("CreateOne: %v", err)
	}
	s, err := mongostore.Open(t.Context(), db, mongostore.WithCollectionNames(mongostore.CollectionNames{Users: "people"}))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	arthur, merlin := &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt"}, &user.User{ID: s.NewID(), EmailKey: "merlin@camelot.bt"}
	for _, u := range []*user.User{arthur, merlin} {
		if err := s.Create(t.Context(), u); err != nil {
			t.Fatalf("Create: %v", err)
		}
	}
	taken := &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt"}
	if err := s.Create(t.Context(), taken); !errors.Is(err, user.ErrExists) {
		t.Errorf("Create: got %v, want %v", err, user.ErrExists)
	}
	update := user.Update{Email: &email.Email{Key: "arthur@camelot.bt"}, UpdatedAt: changed}
	if _, err := s.Update(t.Context(), merlin.ID, update); !errors.Is(err, user.ErrExists) {
		t.Errorf("Update: got %v, want %v", err, user.ErrExists)
	}
}

func TestOpenMistakes(t *testing.T) {
	t.Parallel()
	if _, err := mongostore.Open(t.Context(), nil); err == nil {
		t.Error("Open without database: got no error")
	}
	db := mongotest.Database(t)
	if _, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[int]()); err == nil {
		t.Error("Open with a profile that is no struct: got no error")
	}
	s, err := mongostore.Open(t.Context(), db)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if err := s.Create(t.Context(), arthur()); err == nil {
		t.Error("Create with a profile the store does not have: got no error")
	}
	u := arthur()
	u.ID, u.Profile = "65a1b2c3d4e5f60718293a4b", nil
	if err := s.Create(t.Context(), u); !errors.Is(err, user.ErrInvalidID) {
		t.Errorf("Create with an ID of another kind: got %v, want %v", err, user.ErrInvalidID)
	}
}

// TestOpenWithoutServer: F01.
func TestOpenWithoutServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	defer listener.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	closed.Close()
	addresses := map[string]string{
		"a closed port":         closed.Addr().String(),
		"nobody accepts":        listener.Addr().String(),
		"a set without members": closed.Addr().String() + "/?replicaSet=rs0",
	}
	var tried sync.WaitGroup // at once, as they only wait
	for name, address := range addresses {
		tried.Go(func() { checkUnreachable(t, name, "mongodb://"+address) })
	}
	tried.Wait()
}

func checkUnreachable(t *testing.T, what, uri string) {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri)) // the driver alone would wait 30 s
	if err != nil {
		t.Errorf("%s: Connect: %v", what, err)
		return
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	started := time.Now()
	_, err = mongostore.Open(t.Context(), client.Database("camelot"))
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("%s: Open took %v, want at most 5s", what, took)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: Open: got %v, want %v", what, err, context.DeadlineExceeded)
	}
}
