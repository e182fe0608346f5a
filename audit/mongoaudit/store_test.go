package mongoaudit_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/audit/mongoaudit"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/user"
)

func TestStore(t *testing.T) {
	t.Parallel()
	audittest.TestEventStore(t, func(t *testing.T) audit.EventStore {
		store := mongoaudit.NewStore(mongotest.Database(t), mongoaudit.Config{FastWrites: true})
		for range 2 {
			if err := store.Ensure(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return store
	})
}

// What is stored is what the documents of other programs stand on.
func TestDocument(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	log, err := mongoaudit.Open(t.Context(), db, mongoaudit.Config{
		Config: audit.Config{Retention: time.Hour, IP: audit.Truncated}, Collection: "audit_log",
	})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	log.Sink(t.Context(), user.Event{
		ID: "7", Kind: user.EventFlagChanged, At: at, Outcome: user.OutcomeOK, User: "u", Actor: "a", Backend: "web", IP: "192.0.2.77", UserAgent: "grail/1",
		Fields: []string{"is_active"}, Before: map[string]string{"is_active": "true"}, After: map[string]string{"is_active": "false"},
	})
	got, err := db.Collection("audit_log").FindOne(t.Context(), bson.D{}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	text, err := bson.MarshalExtJSON(got, false, false)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"_id":"7","at":{"$date":"2026-01-02T03:04:05.678Z"},"kind":"flag_changed","outcome":"ok","user_id":"u","actor_id":"a",` +
		`"backend":"web","ip":"192.0.2.0","user_agent":"grail/1","fields":["is_active"],` +
		`"before":[{"key":"is_active","value":"true"}],"after":[{"key":"is_active","value":"false"}],` +
		`"expires_at":{"$date":"2026-01-02T04:04:05.678Z"}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// Each list is one scan of an index.
func TestIndexes(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	if _, err := mongoaudit.Open(t.Context(), db, mongoaudit.Config{}); err != nil {
		t.Fatal(err)
	}
	specs, err := db.Collection("events").Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]mongo.IndexSpecification{}
	for _, spec := range specs {
		names[spec.Name] = spec
	}
	for _, want := range []string{"user_id_1_at_1__id_1", "kind_1_at_1__id_1", "at_1__id_1"} {
		if names[want].Name == "" {
			t.Errorf("there is no index %s", want)
		}
	}
}
