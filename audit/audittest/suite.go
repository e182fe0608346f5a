package audittest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/user"
)

// now is far in the future: a store that removes expired events by the time of its own must
// take none away that is expected to be there.
var now = time.Date(2126, 1, 2, 3, 4, 5, 678e6, time.UTC)

// TestEventStore checks every clause of the comments on [audit.EventStore]. newStore
// returns an empty store; it is called once for each subtest.
func TestEventStore(t *testing.T, newStore func(t *testing.T) audit.EventStore) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s audit.EventStore)
	}{
		{"AddEvent", testAdd},
		{"AddEvent twice", testAddTwice},
		{"Events in order", testOrder},
		{"Events by filter", testFilters},
		{"Events by page", testPages},
		{"expiry", testExpiry},
		{"ForgetEvents", testForget},
		{"at once", testAtOnce},
		{"ended context", testEnded},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newStore(t)) })
	}
}

// event returns one that is n seconds younger than the first.
func event(n int, id user.ID, kind user.EventKind) user.Event {
	return user.Event{
		ID: fmt.Sprintf("019b7c00-0000-7000-8000-%012d", n), Kind: kind, Outcome: user.OutcomeOK,
		At: now.Add(time.Duration(n) * time.Second), User: id,
	}
}

func whole() user.Event {
	e := event(1, "someone", user.EventFlagChanged)
	e.Code, e.Actor, e.Email, e.Backend, e.Session = "CODE", "actor", "arthur@camelot.bt", "web", "handle"
	e.Methods = []user.Method{user.MethodPassword, user.MethodTOTP}
	e.IP, e.UserAgent, e.RequestID = "2001:db8::1", "grail/1 (Ёж; 騎士)", "r-1"
	e.Fields = []string{"is_active", "plan"}
	e.Before, e.After = map[string]string{"is_active": "true"}, map[string]string{"is_active": "false"}
	e.Note = map[string]string{"reason": "$set.it: {\"a\": 1}", "provider": "github", "$odd.key": "1"}
	return e
}

func add(t *testing.T, s audit.EventStore, events ...user.Event) {
	t.Helper()
	for _, e := range events {
		if err := s.AddEvent(t.Context(), audit.Record{Event: e, ExpiresAt: now.Add(time.Hour)}); err != nil {
			t.Fatalf("AddEvent: %v", err)
		}
	}
}

func ask(t *testing.T, s audit.EventStore, q audit.Query) ([]user.Event, bool) {
	t.Helper()
	q.Now = now
	if q.Limit == 0 {
		q.Limit = 100
	}
	events, more, err := s.Events(t.Context(), q)
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	return events, more
}

// names are the last digits of IDs.
func names(events []user.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, strings.TrimLeft(e.ID[24:], "0"))
	}
	return strings.Join(all, " ")
}

func testAdd(t *testing.T, s audit.EventStore) {
	add(t, s, whole(), event(2, "", user.EventLoginFailed))
	got, more := ask(t, s, audit.Query{})
	if len(got) != 2 || more || !reflect.DeepEqual(got[1], whole()) || !reflect.DeepEqual(got[0], event(2, "", user.EventLoginFailed)) {
		t.Errorf("got %+v, %v", got, more)
	}
}

func testAddTwice(t *testing.T, s audit.EventStore) {
	other := whole()
	other.Code = "OTHER"
	add(t, s, whole(), other)
	if got, _ := ask(t, s, audit.Query{}); len(got) != 1 || !reflect.DeepEqual(got[0], whole()) {
		t.Errorf("got %+v, want the first", got)
	}
	if err := s.AddEvent(t.Context(), audit.Record{Event: other, ExpiresAt: now.Add(time.Hour), Required: true}); err != nil {
		t.Errorf("required: %v", err)
	}
}

func testOrder(t *testing.T, s audit.EventStore) {
	same := event(4, "a", user.EventLogin)
	same.At = event(2, "a", user.EventLogin).At
	add(t, s, event(2, "a", user.EventLogin), event(1, "a", user.EventLogin), event(3, "a", user.EventLogin), same)
	if got, _ := ask(t, s, audit.Query{}); names(got) != "3 4 2 1" {
		t.Errorf("got %s, want 3 4 2 1", names(got))
	}
}

func testFilters(t *testing.T, s audit.EventStore) {
	refused := event(3, "b", user.EventLogin)
	refused.Outcome = user.OutcomeRefused
	add(t, s, event(1, "a", user.EventLogin), event(2, "a", user.EventLogout), refused, event(4, "", user.EventRegisterRefused))
	for _, test := range []struct {
		name string
		q    audit.Query
		want string
	}{
		{"all", audit.Query{}, "4 3 2 1"},
		{"user", audit.Query{User: "a"}, "2 1"},
		{"unknown user", audit.Query{User: "c"}, ""},
		{"kind", audit.Query{Kinds: []user.EventKind{user.EventLogin}}, "3 1"},
		{"kinds", audit.Query{Kinds: []user.EventKind{user.EventLogin, user.EventLogout}}, "3 2 1"},
		{"outcome", audit.Query{Outcome: user.OutcomeRefused}, "3"},
		{"since", audit.Query{Since: now.Add(2 * time.Second)}, "4 3 2"},
		{"until", audit.Query{Until: now.Add(2 * time.Second)}, "1"},
		{"everything", audit.Query{
			User: "a", Kinds: []user.EventKind{user.EventLogout}, Outcome: user.OutcomeOK,
			Since: now.Add(time.Second), Until: now.Add(3 * time.Second),
		}, "2"},
	} {
		if got, more := ask(t, s, test.q); names(got) != test.want || more {
			t.Errorf("%s: got %s, %v, want %s", test.name, names(got), more, test.want)
		}
	}
}

func testPages(t *testing.T, s audit.EventStore) {
	for n := range 7 {
		e := event(n+1, "a", user.EventLogin)
		e.At = now.Add(time.Duration(n/3) * time.Second) // several at one time
		add(t, s, e)
	}
	var got []string
	q := audit.Query{User: "a", Limit: 2}
	for range 4 {
		events, more := ask(t, s, q)
		got = append(got, fmt.Sprint(names(events), " ", more))
		q.After = audit.Position{At: events[len(events)-1].At, ID: events[len(events)-1].ID}
	}
	if want := []string{"7 6 true", "5 4 true", "3 2 true", "1 false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func testExpiry(t *testing.T, s audit.EventStore) {
	for n, expires := range []time.Duration{-time.Second, 0, time.Millisecond} {
		if err := s.AddEvent(t.Context(), audit.Record{Event: event(n+1, "a", user.EventLogin), ExpiresAt: now.Add(expires)}); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := ask(t, s, audit.Query{}); names(got) != "3" {
		t.Errorf("got %s, want 3, which has not expired", names(got))
	}
}

func testForget(t *testing.T, s audit.EventStore) {
	other := whole()
	other.ID, other.User = event(9, "", "").ID, "other"
	add(t, s, whole(), other)
	for range 2 {
		if err := s.ForgetEvents(t.Context(), "someone"); err != nil {
			t.Fatal(err)
		}
	}
	want := whole()
	want.Email, want.IP, want.UserAgent = "", "", ""
	if got, _ := ask(t, s, audit.Query{User: "someone"}); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, _ := ask(t, s, audit.Query{User: "other"}); len(got) != 1 || !reflect.DeepEqual(got[0], other) {
		t.Errorf("got %+v of another user, want %+v", got, other)
	}
	if err := s.ForgetEvents(t.Context(), "unknown"); err != nil {
		t.Errorf("of no events: %v", err)
	}
}

func testAtOnce(t *testing.T, s audit.EventStore) {
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if err := s.AddEvent(t.Context(), audit.Record{Event: event(n%5+1, "a", user.EventLogin), ExpiresAt: now.Add(time.Hour)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, _ := ask(t, s, audit.Query{}); names(got) != "5 4 3 2 1" {
		t.Errorf("got %s, want each once", names(got))
	}
}

func testEnded(t *testing.T, s audit.EventStore) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.Events(ctx, audit.Query{Limit: 1, Now: now})
	for name, err := range map[string]error{
		"AddEvent": s.AddEvent(ctx, audit.Record{Event: whole(), ExpiresAt: now}), "Events": err, "ForgetEvents": s.ForgetEvents(ctx, "a"),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", name, err)
		}
	}
}
