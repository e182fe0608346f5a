package mongostore_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// TestLookUpsHaveIndexes checks that every look-up on the way of a request asks for
// fields that begin an index [mongostore.Open] has built, so that its cost does not
// grow with the number of users. On a server that has a planner it asks that, too.
func TestLookUpsHaveIndexes(t *testing.T) {
	t.Parallel()
	var sent recorder
	client, err := mongo.Connect(options.Client().ApplyURI(mongotest.URI(t)).SetMonitor(&event.CommandMonitor{Started: sent.started}))
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	db := mongotest.Database(t) // by a client of its own, for what the store does not send
	s, err := mongostore.Open(t.Context(), client.Database(db.Name()))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	token := records.Token{Hash: tokenHash, UserID: arthurID, Backend: "cookie", CreatedAt: created}
	if err := s.CreateToken(t.Context(), token); err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
	indexes := map[string]map[string]string{}
	for _, collection := range []string{"users", "access_tokens", "oauth_accounts", "limits"} {
		indexes[collection] = firstFields(t, db.Collection(collection))
	}
	sent.take()

	tests := []struct {
		name, collection, field string
		lookUp                  func(ctx context.Context) error
	}{
		{"a guard's user", "users", "_id", func(ctx context.Context) error { _, err := s.ByID(ctx, arthurID); return err }},
		{"a login's user", "users", "email_key", func(ctx context.Context) error {
			_, err := s.ByEmail(ctx, email.Email{Key: "arthur@camelot.bt"})
			return err
		}},
		{"a stored token", "access_tokens", "_id", func(ctx context.Context) error { _, err := s.TokenByHash(ctx, tokenHash); return err }},
		{"the use of a token", "access_tokens", "_id", func(ctx context.Context) error { return s.TouchToken(ctx, tokenHash, changed, changed) }},
		{"a user's sessions", "access_tokens", "user_id", func(ctx context.Context) error {
			_, err := s.TokensOf(ctx, arthurID, records.TokenQuery{Backend: "cookie", Limit: 100})
			return err
		}},
		{"a user's sessions that are too many", "access_tokens", "user_id", func(ctx context.Context) error { return s.TrimTokens(ctx, token, 100) }},
		{"a page of users", "users", "_id", func(ctx context.Context) error {
			_, err := s.List(ctx, user.ListQuery{Limit: 1, After: arthurID})
			return err
		}},
		{"an account with a provider", "oauth_accounts", "provider", func(ctx context.Context) error { _, err := s.Account(ctx, "google", "1"); return err }},
		{"a counter", "limits", "_id", func(ctx context.Context) error { _, err := s.Limit(ctx, "login:arthur"); return err }},
	}
	for _, test := range tests {
		_ = test.lookUp(t.Context()) // what is looked up need not be there
		commands := sent.take()
		if len(commands) == 0 {
			t.Errorf("%s: no command was sent", test.name)
			continue
		}
		first, _ := commands[0].IndexErr(0)
		filter := filterOf(commands[0])
		if got := first.Value().StringValue(); got != test.collection || filter.Lookup(test.field).Type == 0 {
			t.Errorf("%s: got %s with filter %v, want %s by %s", test.name, got, filter, test.collection, test.field)
		}
		if !slices.Contains(slices.Collect(maps.Values(indexes[test.collection])), test.field) {
			t.Errorf("%s: %s has indexes that begin with %q, want one with %q", test.name, test.collection, indexes[test.collection], test.field)
		}
		t.Run("plan of "+test.name, func(t *testing.T) {
			for _, access := range planOf(t, db, commands[0]) {
				if got := indexes[test.collection][access.Index]; access.Whole || got != test.field {
					t.Errorf("got %+v, want an index that begins with %s", access, test.field)
				}
			}
		})
	}
}

// TestTokenAndUserHaveIndexes is the same for the look-up of both at once, which goes
// by _id in both collections.
func TestTokenAndUserHaveIndexes(t *testing.T) {
	t.Parallel()
	var sent recorder
	db := mongotest.Database(t)
	s := openOver(t, mongotest.WithLookup(t, db, noting(&sent)))
	sent.take()
	if _, _, err := s.TokenWithUser(t.Context(), tokenHash); err != nil {
		t.Fatalf("TokenWithUser: %v", err)
	}
	command := sent.take()[0]
	if got := command.Lookup("pipeline", "0", "$match"); fmt.Sprint(got) != fmt.Sprintf(`{"_id": %q}`, tokenHash) {
		t.Errorf("got tokens by %v, want them by _id", got)
	}
	if got := command.Lookup("pipeline", "1", "$lookup", "foreignField"); fmt.Sprint(got) != `"_id"` {
		t.Errorf("got users by %v, want them by _id", got)
	}
	t.Run("plan", func(t *testing.T) {
		plan := planOf(t, db, command)
		for _, access := range plan {
			if access.Whole || access.Index != "_id_" {
				t.Errorf("got %+v, want an index over _id", access)
			}
		}
		if len(plan) < 2 {
			t.Errorf("got %+v, want the token and its user", plan)
		}
	})
}

// filterOf returns what a command looks for.
func filterOf(command bson.Raw) bson.Raw {
	for _, path := range [][]string{{"filter"}, {"updates", "0", "q"}} {
		if filter, ok := command.Lookup(path...).DocumentOK(); ok {
			return filter
		}
	}
	return nil
}

// firstFields returns the first field of every index by its name.
func firstFields(t *testing.T, in *mongo.Collection) map[string]string {
	t.Helper()
	cursor, err := in.Indexes().List(t.Context())
	if err != nil {
		t.Fatalf("list indexes of %s: %v", in.Name(), err)
	}
	defer cursor.Close(t.Context())
	fields := map[string]string{"_id_": "_id"} // always there
	for cursor.Next(t.Context()) {
		name, _ := cursor.Current.Lookup("name").StringValueOK()
		if key, err := cursor.Current.Lookup("key").Document().IndexErr(0); err == nil {
			fields[name] = key.Key()
		}
	}
	return fields
}

// planOf returns how the server runs a command. The test is skipped if the server
// is the embedded one, which has no planner.
func planOf(t *testing.T, db *mongo.Database, command bson.Raw) []mongotest.Access {
	t.Helper()
	if mongotest.Embedded() {
		t.Skip("the embedded engine has no planner: MONGODB_URI names no server")
	}
	return mongotest.Explain(t, db, command)
}
