package app

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Operators read metrics, users and superusers the events.
func TestSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(arthur)
	c := w.client()
	c.logIn("cookie", arthur)
	var own string
	for range 100 { // events are stored off the request
		if own = c.wantStatus("GET", "/users/me/events?kind=login", nil, http.StatusOK).body; strings.Contains(own, `"kind":"login"`) {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
	if !strings.Contains(own, `"kind":"login"`) || !strings.Contains(own, `"backend":"cookie"`) {
		t.Errorf("own events: got %s", own)
	}
	c.wantStatus("GET", "/events", nil, http.StatusForbidden)
	text := w.client().wantStatus("GET", "/metrics", nil, http.StatusOK).body
	for _, want := range []string{
		`ginauth_logins_total\{backend="cookie",code="",method="pwd",outcome="ok"\} 1`, `ginauth_guard_duration_seconds_count\{backend="cookie",outcome="ok"\} [1-9]`,
		`ginauth_store_duration_seconds_bucket\{db_operation_name="CreateToken",outcome="ok",le="5"\} [1-9]`, `ginauth_queue_length\{queue="events"\} 0`,
		`ginauth_events_dropped_total 0`, `ginauth_hash_busy 0`, `ginauth_hash_wait_seconds_count\{scheme="argon2id"\} [1-9]`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("metrics: got %s\nwant %s", text, want)
		}
	}
	if strings.Contains(text, "camelot") || strings.Contains(text, "127.0.0.1") {
		t.Error("metrics: they name a person or an address")
	}
}
