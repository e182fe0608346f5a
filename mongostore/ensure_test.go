package mongostore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// allNeeds are the needs that the store knows.
func allNeeds(s *Store) (needs []records.Need) {
	for _, o := range s.optionals() {
		needs = append(needs, o.need)
	}
	return needs
}

func TestEnsure(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	names := WithCollectionNames(CollectionNames{Credentials: "keys"})
	collections := func() []string {
		t.Helper()
		all, err := db.ListCollectionNames(t.Context(), bson.D{})
		if err != nil {
			t.Fatalf("ListCollectionNames: %v", err)
		}
		return all
	}
	var stores []*Store
	for range 4 {
		s, err := Open(t.Context(), db, names)
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		stores = append(stores, s)
	}
	first := stores[0]
	_, err := first.CredentialByKey(t.Context(), "passkey", "1")
	_, pendingErr := first.TakePending(t.Context(), "login", "1", time.Now())
	for need, err := range map[records.Need]error{Credentials: err, Pending: pendingErr} {
		if err == nil || !strings.Contains(err.Error(), `Store.Ensure(ctx, "`+string(need)+`")`) {
			t.Errorf("before Ensure: got %v, want an error that says what to do", err)
		}
	}
	// Deletion of a user tidies up what another instance may have created.
	if err := first.DeleteCredentialsOf(t.Context(), first.NewID()); err != nil {
		t.Errorf("DeleteCredentialsOf before Ensure: %v", err)
	}
	if err := first.DeletePendingOf(t.Context(), first.NewID()); err != nil {
		t.Errorf("DeletePendingOf before Ensure: %v", err)
	}
	if all := collections(); slices.Contains(all, "keys") || slices.Contains(all, "pending") {
		t.Errorf("before Ensure: got collections %v", all)
	}

	var instances sync.WaitGroup
	for _, s := range stores {
		instances.Go(func() {
			if err := s.Ensure(t.Context(), Credentials, Pending, Credentials); err != nil {
				t.Errorf("Ensure at once: %v", err)
			}
		})
	}
	instances.Wait()
	if err := first.Ensure(t.Context(), allNeeds(first)...); err != nil {
		t.Errorf("Ensure again: %v", err)
	}
	if all := collections(); !slices.Contains(all, "keys") || !slices.Contains(all, "pending") || slices.Contains(all, "credentials") {
		t.Errorf("after Ensure: got collections %v", all)
	}
	if _, err := first.CredentialsOf(t.Context(), first.NewID()); err != nil {
		t.Errorf("after Ensure: %v", err)
	}
	if err := first.Ensure(t.Context(), Pending, "carrier_pigeons"); err == nil || !strings.Contains(err.Error(), "carrier_pigeons") {
		t.Errorf("Ensure of an unknown need: got %v, want an error that names it", err)
	}
}

// TestOwnedIsComplete compares the list of what a user owns with the collections that
// have an index on user_id, and deletes a user with something in each.
func TestOwnedIsComplete(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s, err := Open(t.Context(), db)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if err := s.Ensure(t.Context(), allNeeds(s)...); err != nil {
		t.Fatalf("Ensure: %v", err)
	}
	keys, err := secrets.NewKeys(secrets.Secret(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatalf("NewKeys: %v", err)
	}
	m, err := user.NewManager(user.ManagerConfig{Store: s, Keys: keys, Tokens: []records.TokenStore{s}})
	if err != nil {
		t.Fatalf("NewManager: %v", err)
	}
	defer m.Shutdown(context.WithoutCancel(t.Context()))
	var listed []string
	for _, kind := range m.Owned() {
		listed = append(listed, kind.Name)
	}
	slices.Sort(listed)
	owned := ownedCollections(t, s)
	if !slices.Equal(listed, owned) {
		t.Errorf("the list of what a user owns is %v, but the collections with an index on user_id are %v", listed, owned)
	}

	u, other := createSuperusers(t, s, 2)[0], s.NewID()
	for _, name := range owned {
		for i, id := range []user.ID{u.ID, other} {
			owner, _ := s.ids.value(string(id))
			document := bson.D{{Key: "_id", Value: i}, {Key: "user_id", Value: owner}, {Key: "kind", Value: name}, {Key: "key", Value: i},
				{Key: "provider", Value: "google"}, {Key: "account_id", Value: i}}
			if _, err := db.Collection(name).InsertOne(t.Context(), document); err != nil {
				t.Fatalf("InsertOne: %v", err)
			}
		}
	}
	if err := m.Delete(t.Context(), u); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for _, name := range owned {
		if left, err := db.Collection(name).CountDocuments(t.Context(), bson.D{}); err != nil || left != 1 {
			t.Errorf("%s: got %d documents, %v, want the other user's alone", name, left, err)
		}
	}
}

// ownedCollections are the collections with an index on user_id, sorted.
func ownedCollections(t *testing.T, s *Store) (owned []string) {
	t.Helper()
	all, err := s.db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatalf("ListCollectionNames: %v", err)
	}
	for _, name := range all {
		cursor, err := s.db.Collection(name).Indexes().List(t.Context())
		var specs []indexSpec
		if err == nil {
			err = cursor.All(t.Context(), &specs)
		}
		if err != nil {
			t.Fatalf("list the indexes of %s: %v", name, err)
		}
		if slices.ContainsFunc(specs, func(spec indexSpec) bool { return !spec.Key.Lookup("user_id").IsZero() }) {
			owned = append(owned, name)
		}
	}
	slices.Sort(owned)
	return owned
}
