package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

var logAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func stored(t *testing.T, l *audit.Log) []user.Event {
	t.Helper()
	events, _, err := l.Events(t.Context(), audit.Query{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestLogConfig(t *testing.T) {
	t.Parallel()
	_, err := audit.NewLog(nil, audit.Config{Retention: time.Second, IP: "half", Kinds: []user.EventKind{""}})
	for _, want := range []string{"the store is missing", "Config.Retention is 1s", `Config.IP is "half"`, "Config.Kinds[0] is empty"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Retention is by the clock of the configuration.
func TestRetention(t *testing.T) {
	t.Parallel()
	now := logAt
	l, err := audit.NewLog(&audittest.Store{}, audit.Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	l.Sink(t.Context(), user.Event{ID: "1", Kind: user.EventLogin, At: logAt})
	now = logAt.Add(400*24*time.Hour - 1)
	if got := stored(t, l); len(got) != 1 {
		t.Errorf("got %v before 400 days are over", got)
	}
	now = logAt.Add(400 * 24 * time.Hour)
	if got := stored(t, l); len(got) != 0 {
		t.Errorf("got %v after 400 days", got)
	}
}

func TestLogKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		kinds []user.EventKind
		want  string
	}{
		{"by default", nil, "login"},
		{"chosen", []user.EventKind{user.EventRefreshed}, "refreshed"},
	} {
		l, err := audit.NewLog(&audittest.Store{}, audit.Config{Kinds: test.kinds, Now: func() time.Time { return logAt }})
		if err != nil {
			t.Fatal(err)
		}
		l.Sink(t.Context(), user.Event{ID: "1", Kind: user.EventLogin, At: logAt})
		l.Sink(t.Context(), user.Event{ID: "2", Kind: user.EventRefreshed, At: logAt})
		if got := stored(t, l); len(got) != 1 || string(got[0].Kind) != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
		if err := l.Record(t.Context(), user.Event{ID: "3", Kind: user.EventDeleted, At: logAt}); err != nil || len(stored(t, l)) != 2 {
			t.Errorf("%s: required: got %v, %v", test.name, stored(t, l), err)
		}
	}
}

func TestLogIPs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ip         audit.IPs
		from, want string
	}{
		{audit.Full, "192.0.2.77", "192.0.2.77"},
		{audit.Truncated, "192.0.2.77", "192.0.2.0"},
		{audit.Truncated, "::ffff:192.0.2.77", "192.0.2.0"},
		{audit.Truncated, "2001:db8:1:2::3", "2001:db8:1::"},
		{audit.Truncated, "fe80::1%eth0", "fe80::"},
		{audit.Truncated, "nonsense", ""},
		{audit.None, "192.0.2.77", ""},
	} {
		l, err := audit.NewLog(&audittest.Store{}, audit.Config{IP: test.ip, Now: func() time.Time { return logAt }})
		if err != nil {
			t.Fatal(err)
		}
		l.Sink(t.Context(), user.Event{ID: "1", Kind: user.EventLogin, At: logAt, IP: test.from})
		if got := stored(t, l); len(got) != 1 || got[0].IP != test.want {
			t.Errorf("%q of %s: got %v, want %s", test.ip, test.from, got[0].IP, test.want)
		}
	}
}

// After a deletion nothing of the person is left, also of what was in the queue then.
func TestForgetDeleted(t *testing.T) {
	t.Parallel()
	l, err := audit.NewLog(&audittest.Store{}, audit.Config{Now: func() time.Time { return logAt }})
	if err != nil {
		t.Fatal(err)
	}
	event := func(id string, kind user.EventKind) user.Event {
		return user.Event{ID: id, Kind: kind, At: logAt, Outcome: user.OutcomeOK, User: "u", Email: "a@camelot.bt", IP: "192.0.2.1", UserAgent: "grail/1"}
	}
	l.Sink(t.Context(), event("1", user.EventLogin))
	owned := l.Owned()
	if err := owned.Delete(t.Context(), "u", 3); err != nil || stored(t, l)[0].IP == "" {
		t.Errorf("got %v, %v: a change of hands forgets nothing", stored(t, l), err)
	}
	if err := owned.Delete(t.Context(), "u", records.EveryOwner); err != nil {
		t.Fatal(err)
	}
	l.Sink(t.Context(), event("2", user.EventLogout)) // was in the queue
	l.Sink(t.Context(), event("3", user.EventDeleted))
	got := stored(t, l)
	if len(got) != 3 {
		t.Fatalf("got %v", got)
	}
	for _, e := range got {
		if e.Email != "" || e.IP != "" || e.UserAgent != "" || e.User != "u" {
			t.Errorf("got %+v, want the ID alone", e)
		}
	}
}

type broken struct{ audit.EventStore }

func (broken) AddEvent(context.Context, audit.Record) error { return errors.New("disk full") }

func TestLogOfBrokenStore(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	l, err := audit.NewLog(broken{}, audit.Config{Logger: slog.New(slog.NewTextHandler(&text, nil))})
	if err != nil {
		t.Fatal(err)
	}
	e := user.Event{ID: "1", Kind: user.EventLogin, At: logAt, Email: "a@camelot.bt"}
	l.Sink(t.Context(), e)
	if got := text.String(); !strings.Contains(got, "event was not stored") || strings.Contains(got, "camelot") {
		t.Errorf("got %s", got)
	}
	if err := l.Record(t.Context(), e); err == nil {
		t.Error("got no error of what is required")
	}
}
