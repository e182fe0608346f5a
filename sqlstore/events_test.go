package sqlstore_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestEventStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		audittest.TestEventStore(t, func(t *testing.T) audit.EventStore { return w.open(t) })
	})
}

func TestListStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestListStore(t, w.store) })
}

// No event is lost for what a client has sent, and no question fails for a time or a text.
func TestOddEvents(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	onEach(t, func(t *testing.T, w world) {
		s := w.open(t)
		stored := user.Event{
			ID: "odd", At: at, Kind: "login", Outcome: user.OutcomeOK, User: "u\x00\x01", UserAgent: "caf\xe9\x00", RequestID: "\x00",
			Fields: []string{}, Note: map[string]string{"\x00": "\x01\xff"},
		}
		if err := s.AddEvent(t.Context(), audit.Record{Event: stored, ExpiresAt: at.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		want := stored
		want.UserAgent, want.Note = "caf\uFFFD\x00", map[string]string{"\x00": "\x01\uFFFD"}
		for _, test := range []struct {
			name  string
			q     audit.Query
			found bool
		}{
			{"all", audit.Query{}, true},
			{"user", audit.Query{User: stored.User}, true},
			{"user that is no text", audit.Query{User: "\xff"}, false},
			{"kind that is no text", audit.Query{Kinds: []user.EventKind{"\xff"}}, false},
			{"one kind that is no text", audit.Query{Kinds: []user.EventKind{"\xff", "login"}}, true},
			{"since the end of time", audit.Query{Since: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, false},
			{"since before the beginning", audit.Query{Since: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}, true},
			{"until the end of time", audit.Query{Until: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, true},
			{"since a part of a millisecond later", audit.Query{Since: at.Add(1)}, false},
			{"until a part of a millisecond later", audit.Query{Until: at.Add(1)}, true},
		} {
			test.q.Now, test.q.Limit = at, 1
			got, more, err := s.Events(t.Context(), test.q)
			if err != nil || more || test.found != (len(got) == 1) {
				t.Errorf("%s: got %d events, %v, %v", test.name, len(got), more, err)
			} else if test.found && !reflect.DeepEqual(got[0], want) {
				t.Errorf("%s: got %+v, want %+v", test.name, got[0], want)
			}
		}
	})
}
