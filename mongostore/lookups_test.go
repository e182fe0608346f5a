package mongostore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
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
	db := client.Database(mongotest.Database(t).Name())
	s, err := mongostore.Open(t.Context(), db)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	token := user.Token{Hash: tokenHash, UserID: arthurID, Backend: "cookie", CreatedAt: created}
	if err := s.CreateToken(t.Context(), token); err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
	indexes := map[string][]string{}
	for _, collection := range []string{"users", "access_tokens", "oauth_accounts", "limits"} {
		indexes[collection] = firstFields(t, db.Collection(collection))
	}
	sent.take()

	tests := []struct {
		name, collection, field string
		lookUp                  func(ctx context.Context) error
	}{
		{"a guard's user", "users", "_id", func(ctx context.Context) error { _, err := s.ByID(ctx, arthurID); return err }},
		{"a login's user", "users", "email_key", func(ctx context.Context) error { _, err := s.ByEmailKey(ctx, "arthur@camelot.bt"); return err }},
		{"a stored token", "access_tokens", "_id", func(ctx context.Context) error { _, err := s.TokenByHash(ctx, tokenHash); return err }},
		{"the use of a token", "access_tokens", "_id", func(ctx context.Context) error { return s.TouchToken(ctx, tokenHash, changed, changed) }},
		{"a user's sessions", "access_tokens", "user_id", func(ctx context.Context) error { _, err := s.TokensOf(ctx, arthurID); return err }},
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
		if !slices.Contains(indexes[test.collection], test.field) {
			t.Errorf("%s: %s has indexes that begin with %q, want one with %q", test.name, test.collection, indexes[test.collection], test.field)
		}
		if plan := planOf(t, db, test.collection, filter); strings.Contains(plan, "COLLSCAN") {
			t.Errorf("%s: the whole collection is scanned: %s", test.name, plan)
		}
	}
}

// TestTokenAndUserHaveIndexes is the same for the look-up of both at once, which goes
// by _id in both collections.
func TestTokenAndUserHaveIndexes(t *testing.T) {
	t.Parallel()
	var sent recorder
	db := mongotest.WithLookup(t, mongotest.Database(t), noting(&sent))
	s := openOver(t, db)
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
	if mongotest.Embedded() {
		return // it has no planner
	}
	explain := bson.D{
		{Key: "aggregate", Value: "access_tokens"}, {Key: "pipeline", Value: command.Lookup("pipeline")}, {Key: "cursor", Value: bson.D{}},
	}
	var explained bson.Raw
	err := db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: explain}, {Key: "verbosity", Value: "queryPlanner"}}).Decode(&explained)
	if err != nil {
		t.Fatalf("explain: %v", err)
	}
	for _, scan := range []string{"COLLSCAN", "NestedLoopJoin"} {
		if strings.Contains(fmt.Sprint(explained), scan) {
			t.Errorf("a whole collection is scanned: %v", explained)
		}
	}
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

// firstFields returns the first field of every index.
func firstFields(t *testing.T, in *mongo.Collection) []string {
	t.Helper()
	cursor, err := in.Indexes().List(t.Context())
	if err != nil {
		t.Fatalf("list indexes of %s: %v", in.Name(), err)
	}
	defer cursor.Close(t.Context())
	fields := []string{"_id"} // has its index always
	for cursor.Next(t.Context()) {
		if key, err := cursor.Current.Lookup("key").Document().IndexErr(0); err == nil {
			fields = append(fields, key.Key())
		}
	}
	return fields
}

// planOf returns how the server would find what filter asks for; nothing where it
// is the embedded one, which has no planner.
func planOf(t *testing.T, db *mongo.Database, collection string, filter bson.Raw) string {
	t.Helper()
	if mongotest.Embedded() {
		return ""
	}
	var explained bson.Raw
	err := db.RunCommand(t.Context(), bson.D{
		{Key: "explain", Value: bson.D{{Key: "find", Value: collection}, {Key: "filter", Value: filter}}},
		{Key: "verbosity", Value: "queryPlanner"},
	}).Decode(&explained)
	if err != nil {
		t.Fatalf("explain: %v", err)
	}
	return fmt.Sprint(explained.Lookup("queryPlanner", "winningPlan"))
}
