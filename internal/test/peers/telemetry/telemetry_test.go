package telemetry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/usertest"
)

// story is a bit of everything that is measured.
func (w *world) story() {
	w.t.Helper()
	w.want(201, "POST", "/auth/register", `{"email":"`+arthur+`","password":"guinevere"}`)
	w.want(400, "POST", "/auth/register", `{"email":"`+arthur+`","password":"guinevere"}`)
	w.want(400, "POST", "/auth/login", `{"username":"`+arthur+`","password":"excalibur"}`)
	w.want(200, "POST", "/auth/stored/login", `{"username":"`+arthur+`","password":"guinevere"}`)
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(w.want(200, "POST", "/auth/login", `{"username":"`+arthur+`","password":"guinevere"}`)), &tokens); err != nil {
		w.t.Fatal(err)
	}
	w.want(200, "GET", "/users/me", "", "Authorization", "Bearer "+tokens.Access)
	w.want(401, "GET", "/users/me", "")
	w.want(200, "POST", "/auth/refresh", `{"refresh_token":"`+tokens.Refresh+`"}`)
	w.want(401, "POST", "/auth/refresh", `{"refresh_token":"avalon"}`)
	w.want(202, "POST", "/auth/forgot-password", `{"email":"`+arthur+`"}`)
	for range 30 { // more than there may be
		w.send("POST", "/auth/login", `{"username":"`+arthur+`","password":"excalibur"}`)
	}
	if err := w.auth.Shutdown(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.said = []string{arthur, "camelot", "guinevere", "excalibur", "avalon", tokens.Access, tokens.Refresh, "192.0.2.1"}
	w.secrets = []string{"guinevere", "excalibur", "avalon", tokens.Access, tokens.Refresh}
	for _, m := range w.outbox.Messages() {
		w.secrets = append(w.secrets, m.Token)
		w.said = append(w.said, m.Token, m.URL)
	}
	u, err := w.memory.ByEmail(w.t.Context(), email.Email{Key: arthur})
	if err != nil {
		w.t.Fatal(err)
	}
	w.said = append(w.said, string(u.ID), u.HashedPassword)
	w.secrets = append(w.secrets, u.HashedPassword)
}

// The names, units and attributes of all metrics are a golden file: dashboards stand on
// them.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config) { c.Limits = limits.Config{CountLoopback: true} })
	w.story()
	points := w.points()
	got := strings.Join(slices.Sorted(maps.Keys(points)), "\n") + "\n"
	root, err := source.Root()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join(root, "telemetry", "testdata", "metrics.golden")
	if os.Getenv("AUTHTEST_UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("got %s\nwant %s, %v", got, want, err)
	}
	for point, want := range map[string]string{
		"ginauth.registrations {registration} {outcome=ok}":                   "1",
		"ginauth.registrations {registration} {outcome=refused}":              "1",
		"ginauth.logins {login} {backend=app code= method=pwd outcome=ok}":    "1",
		"ginauth.logins {login} {backend=stored code= method=pwd outcome=ok}": "1",
		"ginauth.refreshes {refresh} {outcome=ok}":                            "1",
		"ginauth.refreshes {refresh} {outcome=refused}":                       "1",
		"ginauth.mails {mail} {kind=reset outcome=ok}":                        "1",
		"ginauth.guard.duration s {backend=app outcome=ok}":                   "1",
		"ginauth.hash.busy {slot} {}":                                         "0",
		"ginauth.queue.length {job} {queue=mails}":                            "0",
		"ginauth.store.duration s {db.operation.name=Create outcome=ok}":      "1",
		"ginauth.store.duration s {db.operation.name=RotateToken outcome=ok}": "1",
	} {
		if points[point] != want {
			t.Errorf("%s: got %q, want %q", point, points[point], want)
		}
	}
}

// No secret, address or ID is in a metric or a span.
func TestNothingPrivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.story()
	var all strings.Builder
	fmt.Fprintln(&all, w.points())
	for _, span := range w.spans.Ended() {
		fmt.Fprintln(&all, span.Name(), span.Attributes(), span.Events(), span.Status(), span.Links())
	}
	if len(w.spans.Ended()) < 20 {
		t.Fatalf("got %d spans", len(w.spans.Ended()))
	}
	for _, hidden := range w.said {
		if hidden != "" && strings.Contains(all.String(), hidden) {
			t.Errorf("%.20q is in metrics or spans", hidden)
		}
	}
	w.mu.Lock()
	told := w.told.String()
	w.mu.Unlock()
	if !strings.Contains(told, "login_failed") {
		t.Error("there is no event")
	}
	for _, secret := range w.secrets {
		if secret != "" && strings.Contains(told, secret) {
			t.Errorf("%.20q is in an event or in the log", secret)
		}
		for _, m := range w.outbox.Messages() {
			if secret != m.Token && secret != m.URL && secret != "" && strings.Contains(m.Subject+m.Text+m.HTML, secret) {
				t.Errorf("%.20q is in a %s mail", secret, m.Kind)
			}
		}
	}
}

// The spans of a login are one tree.
func TestSpans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(201, "POST", "/auth/register", `{"email":"`+arthur+`","password":"guinevere"}`)
	before := len(w.spans.Ended())
	w.want(200, "POST", "/auth/stored/login", `{"username":"`+arthur+`","password":"guinevere"}`)
	spans := w.spans.Ended()[before:]
	root := spans[len(spans)-1]
	if root.Name() != "ginauth.login" || root.Parent().IsValid() {
		t.Fatalf("got the last span %s, want that of the login", root.Name())
	}
	var names []string
	for _, span := range spans[:len(spans)-1] {
		names = append(names, span.Name())
		if span.SpanContext().TraceID() != root.SpanContext().TraceID() {
			t.Errorf("%s is in another trace", span.Name())
		}
		if strings.HasPrefix(span.Name(), "ginauth.store ") && !strings.Contains(fmt.Sprint(span.Attributes()), "memory") {
			t.Errorf("%s: got %v, want the database", span.Name(), span.Attributes())
		}
	}
	for _, span := range spans {
		want := map[string]string{"ginauth.store ByEmail": "users", "ginauth.store CreateToken": "sessions"}[span.Name()]
		if want != "" && !slices.Contains(span.Attributes(), attribute.String("db.collection.name", want)) {
			t.Errorf("%s: got %v, want the collection %s", span.Name(), span.Attributes(), want)
		}
	}
	for _, want := range []string{"ginauth.store ByEmail", "ginauth.hash", "ginauth.store CreateToken"} {
		if !slices.Contains(names, want) {
			t.Errorf("got %v, want %s", names, want)
		}
	}
}

// A store that fails is an error of the span, and an answer of the store is none.
func TestSpansOfFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(400, "POST", "/auth/stored/login", `{"username":"`+arthur+`","password":"guinevere"}`)
	for _, span := range w.spans.Ended() {
		if span.Status().Code == codes.Error {
			t.Errorf("%s has failed", span.Name())
		}
	}
	before := len(w.spans.Ended())
	w.faulty.Plan(func(context.Context, usertest.Call) usertest.Fault { return usertest.FailBefore })
	w.want(503, "POST", "/auth/stored/login", `{"username":"`+arthur+`","password":"guinevere"}`)
	failed := map[string]bool{}
	for _, span := range w.spans.Ended()[before:] {
		if failed[span.Name()] = span.Status().Code == codes.Error; span.Status().Description != "" {
			t.Errorf("%s: got the text %q, which could quote anything", span.Name(), span.Status().Description)
		}
	}
	if !failed["ginauth.login"] {
		t.Errorf("got %v, want a failed login", failed)
	}
}
