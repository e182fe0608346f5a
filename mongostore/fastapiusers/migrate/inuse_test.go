package migrate_test

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// TestRunAfterCutOver lets an application work on the target after the copy. A run
// refuses then: it would bring back deleted users and ended tokens.
func TestRunAfterCutOver(t *testing.T) {
	t.Parallel()
	later := now.Add(time.Minute)
	id := user.ID(objectID(0, 1).Hex())
	tests := []struct {
		name string
		use  func(t *testing.T, s *mongostore.Store) error
	}{
		{"a user is deleted", func(t *testing.T, s *mongostore.Store) error {
			return s.Delete(t.Context(), id, user.DeleteOptions{})
		}},
		{"a user is deleted and another registers", func(t *testing.T, s *mongostore.Store) error {
			u := user.User{ID: s.NewID(), Email: "merlin@camelot.bt", EmailKey: "merlin@camelot.bt", CreatedAt: later, UpdatedAt: later}
			return errors.Join(s.Delete(t.Context(), id, user.DeleteOptions{}), s.Create(t.Context(), &u))
		}},
		{"a copied token ends", func(t *testing.T, s *mongostore.Store) error {
			return s.DeleteToken(t.Context(), records.HashToken("young"))
		}},
		{"a token that ginauth issued before the copy ends", func(t *testing.T, s *mongostore.Store) error {
			return s.DeleteToken(t.Context(), records.HashToken("own"))
		}},
		{"a token is used", func(t *testing.T, s *mongostore.Store) error {
			return s.TouchToken(t.Context(), records.HashToken("young"), later, later)
		}},
		{"an account is unlinked", func(t *testing.T, s *mongostore.Store) error {
			return s.UnlinkAccountsOf(t.Context(), user.ID(objectID(0, 3).Hex()), records.EveryOwner)
		}},
		{"a user changes", func(t *testing.T, s *mongostore.Store) error {
			yes := true
			_, err := s.Update(t.Context(), id, user.Update{IsVerified: &yes, UpdatedAt: later})
			return err
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, s := cutOver(t)
			if err := test.use(t, s); err != nil {
				t.Fatal(err)
			}
			c.KeepProviderTokens = true // which makes it no other target
			report, err := migrate.Run(t.Context(), c)
			if !errors.Is(err, migrate.ErrInUse) || report.Copied+report.There != 0 {
				t.Errorf("Run: got %+v, %v, want %v", report, err, migrate.ErrInUse)
			}
			c.ReviveDeleted = true
			if report, err = migrate.Run(t.Context(), c); err != nil || report.Missing != 0 {
				t.Errorf("Run with ReviveDeleted: got %+v, %v", report, err)
			}
			c.ReviveDeleted = false
			c.Now = func() time.Time { return now.Add(2 * time.Minute) }
			if _, err = migrate.Run(t.Context(), c); test.name == "a user is deleted" && err != nil {
				t.Errorf("Run once more: got %v, want none: nothing has happened since", err)
			}
		})
	}
}

// TestRunBeforeCutOver repeats a run whose source has grown while the target was not
// used: that is a rehearsal, and goes on.
func TestRunBeforeCutOver(t *testing.T) {
	t.Parallel()
	c, s := cutOver(t)
	insert(t, c.From.Collection("User"), generated(migrate.Beanie, 8))
	c.Now = func() time.Time { return now.Add(59*time.Minute + time.Second) }      // the token has expired
	if err := s.DeleteToken(t.Context(), records.HashToken("young")); err != nil { // as a TTL index does
		t.Fatal(err)
	}
	if report, err := migrate.Run(t.Context(), c); err != nil || report.Copied != 1 {
		t.Errorf("Run: got %+v, %v, want one user copied", report, err)
	}
}

// cutOver returns a store over a target that was just filled.
func cutOver(t *testing.T) (migrate.Config, *mongostore.Store) {
	t.Helper()
	c, source, _ := config(t, migrate.Beanie)
	c.Tokens = migrate.Tokens{Backend: "web", Lifetime: time.Hour}
	fill(t, source, migrate.Beanie, 6)
	insert(t, c.From.Collection("AccessToken"), bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "token", Value: "young"},
		{Key: "user_id", Value: objectID(0, 1)}, {Key: "created_at", Value: now.Add(-time.Minute)}})
	insert(t, c.From.Collection("access_tokens"), bson.D{{Key: "_id", Value: records.HashToken("own")}, {Key: "user_id", Value: objectID(0, 1)},
		{Key: "created_at", Value: now.Add(-time.Minute)}, {Key: "expires_at", Value: now.Add(time.Hour)}})
	if report, err := migrate.Run(t.Context(), c); err != nil || !report.Clean() {
		t.Fatalf("Run: got %+v, %v", report, err)
	}
	s, err := mongostore.Open(t.Context(), c.To, mongostore.WithObjectIDs())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return c, s
}
