package mongostore_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestLimitStore(t *testing.T) {
	t.Parallel()
	usertest.TestLimitStore(t, func(t *testing.T) limits.Store {
		s, err := mongostore.Open(t.Context(), mongotest.Database(t))
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		return s
	})
}

// The collection's TTL index tidies up by expires_at, which so must be a date.
func TestLimitDocument(t *testing.T) {
	t.Parallel()
	s, db := openProfile(t)
	earliest := time.Now().Add(time.Hour)
	if swapped, err := s.SwapLimit(t.Context(), "login:1", "", `{"n":1}`, time.Hour); !swapped || err != nil {
		t.Fatalf("SwapLimit: got %v, %v", swapped, err)
	}
	document := only(t, db, "limits")
	expires, ok := document.Lookup("expires_at").TimeOK()
	if !ok || expires.Before(earliest.Add(-time.Millisecond)) || expires.After(time.Now().Add(time.Hour)) {
		t.Errorf("got expires_at %v, want a date in an hour", document.Lookup("expires_at"))
	}
	checkDocument(t, "limit", db, "limits", bson.D{
		{Key: "_id", Value: "login:1"},
		{Key: "record", Value: `{"n":1}`},
		{Key: "expires_at", Value: bson.NewDateTimeFromTime(expires)},
	})
}
