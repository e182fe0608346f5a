package app

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/mails"
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
	var text string
	for range 100 { // until the event of the refusal is stored, too
		if text = w.client().wantStatus("GET", "/metrics", nil, http.StatusOK).body; strings.Contains(text, `ginauth_queue_length{queue="events"} 0`) {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
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

// NOTIFY_LOGINS=on mails users about the first login from a new device, in the language that
// their browser had when they registered.
func TestNotifyLogins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *Settings) { s.NotifyLogins = "on" })
	c := w.client()
	c.header = http.Header{"Accept-Language": {"de-CH,de;q=0.9"}, "User-Agent": {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}}
	c.wantStatus("POST", "/auth/register", `{"email":"`+arthur+`","password":"`+guinevere+`"}`, http.StatusCreated)
	mail := func(kind mails.Kind) mails.Message {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		got, err := w.app.Outbox.Wait(ctx, func(m mails.Message) bool { return m.Kind == kind && m.To == arthur })
		if err != nil || got.Language != "de" {
			t.Fatalf("got the %s mail %q in %q, %v, want one in German", kind, got.Subject, got.Language, err)
		}
		return got
	}
	c.wantStatus("POST", "/auth/request-verify-token", `{"email":"`+arthur+`"}`, http.StatusAccepted)
	c.wantStatus("POST", "/auth/verify", `{"token":"`+mail(mails.Verify).Token+`"}`, http.StatusOK) // others get no notices
	logIn := func(seen int) {                                                                       // and wait until the event is stored, with which the next login is compared
		t.Helper()
		c.logIn("cookie", arthur)
		for range 600 {
			if strings.Count(c.wantStatus("GET", "/users/me/events?kind=login", nil, http.StatusOK).body, `"kind":"login"`) == seen {
				return
			}
			<-time.After(50 * time.Millisecond)
		}
		t.Fatalf("there are no %d logins", seen)
	}
	logIn(1)
	c.header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1")
	logIn(2)
	logIn(3)
	if got := mail(mails.NewDevice); got.Token != "" {
		t.Error("the notice has a token")
	}
	if err := w.app.Auth.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, m := range w.app.Outbox.Messages() {
		if m.Kind == mails.NewDevice {
			all++
		}
	}
	if all != 1 {
		t.Errorf("got %d notices, want one", all)
	}
}
