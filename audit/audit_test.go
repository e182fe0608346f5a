package audit

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
)

func TestSlog(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	tests := []struct {
		name  string
		event user.Event
		want  string
	}{
		{"login", user.Event{
			ID: "7", Kind: user.EventLogin, At: at, Outcome: user.OutcomeOK, User: "1", Backend: "web",
			Methods: []user.Method{user.MethodPassword}, IP: "192.0.2.1", UserAgent: "grail/1", RequestID: "r",
		}, `{"level":"INFO","msg":"ginauth: login","ginauth":{"id":"7","kind":"login","outcome":"ok","user":"1","backend":"web",` +
			`"ip":"192.0.2.1","request_id":"r","methods":["pwd"],"user_agent":"grail/1","at":"2026-03-04T05:06:07Z"}}`},
		{"refused", user.Event{
			ID: "7", Kind: user.EventLoginFailed, At: at, Outcome: user.OutcomeRefused, Code: "LOGIN_BAD_CREDENTIALS", Email: "a@camelot.bt",
		}, `{"level":"INFO","msg":"ginauth: login_failed","ginauth":{"id":"7","kind":"login_failed","outcome":"refused",` +
			`"code":"LOGIN_BAD_CREDENTIALS","email":"a@camelot.bt","at":"2026-03-04T05:06:07Z"}}`},
		{"limited", user.Event{ID: "7", Kind: user.EventLoginLimited, At: at, Outcome: user.OutcomeLimited, Code: "TOO_MANY_REQUESTS"},
			`{"level":"WARN","msg":"ginauth: login_limited","ginauth":{"id":"7","kind":"login_limited","outcome":"limited",` +
				`"code":"TOO_MANY_REQUESTS","at":"2026-03-04T05:06:07Z"}}`},
		{"dropped", user.Event{
			ID: "7", Kind: user.EventsDropped, At: at, Outcome: user.OutcomeFailed, Note: map[string]string{"count": "3"},
		}, `{"level":"WARN","msg":"ginauth: events_dropped","ginauth":{"id":"7","kind":"events_dropped","outcome":"failed",` +
			`"note":{"count":"3"},"at":"2026-03-04T05:06:07Z"}}`},
		{"flags", user.Event{
			ID: "7", Kind: user.EventFlagChanged, At: at, Outcome: user.OutcomeOK, User: "1", Actor: "2", Fields: []string{"is_active", "is_verified"},
			Before: map[string]string{"is_active": "true"}, After: map[string]string{"is_active": "false"},
		}, `{"level":"INFO","msg":"ginauth: flag_changed","ginauth":{"id":"7","kind":"flag_changed","outcome":"ok","user":"1","actor":"2",` +
			`"fields":"is_active is_verified","before":{"is_active":"true"},"after":{"is_active":"false"},"at":"2026-03-04T05:06:07Z"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if len(groups) == 0 && a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			}}))
			Slog(logger)(t.Context(), test.event)
			if got := strings.TrimSpace(log.String()); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestTee(t *testing.T) {
	t.Parallel()
	var got []string
	sink := func(name string) func(context.Context, user.Event) {
		return func(_ context.Context, e user.Event) { got = append(got, name+" "+string(e.Kind)) }
	}
	broken := func(_ context.Context, e user.Event) { panic("no room for " + e.Email) }
	defer func() {
		if text := fmt.Sprint(recover()); text != "audit: a sink panicked with a string" {
			t.Errorf("got the panic %q", text)
		}
		if want := "first login, last login"; strings.Join(got, ", ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}()
	Tee(sink("first"), nil, broken, sink("last"))(t.Context(), user.Event{Kind: user.EventLogin, Email: "a@camelot.bt"})
}
