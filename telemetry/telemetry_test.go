package telemetry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/telemetry"
	"github.com/ginauth/ginauth/user"
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
	u, err := w.memory.ByEmail(w.t.Context(), user.Email{Key: arthur})
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
	const golden = "testdata/metrics.golden"
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

// Every call of a store is in a collection.
func TestCollections(t *testing.T) {
	t.Parallel()
	root, err := source.Root()
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`\(ctx, s, "([A-Za-z]+)"`)
	found := map[string]bool{}
	err = eachFile(root+"/telemetry", func(_, text string) {
		for _, match := range calls.FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
		}
	})
	if err != nil || len(found) < 40 {
		t.Fatalf("found %d calls, %v", len(found), err)
	}
	known := telemetry.Collections()
	for method := range found {
		if known[method] == "" {
			t.Errorf("%s has no collection", method)
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

// wrapped returns the store as the application has it.
func wrapped(store user.Store) user.Store {
	return telemetry.Wrap(ginauth.Config{Store: store}).Store
}

// A wrapped store is the store that it wraps.
func TestWrappedStore(t *testing.T) {
	t.Parallel()
	open := func(*testing.T) user.Store {
		return wrapped(usertest.NewStore(usertest.WithProfile[usertest.Profile]()))
	}
	t.Run("users", func(t *testing.T) { usertest.TestStore(t, open) })
	t.Run("accounts", func(t *testing.T) { usertest.TestOAuthStore(t, open) })
	t.Run("tokens", func(t *testing.T) { usertest.TestTokenUserStore(t, open) })
	t.Run("credentials", func(t *testing.T) { usertest.TestCredentialStore(t, open) })
	t.Run("pending", func(t *testing.T) { usertest.TestPendingStore(t, open) })
	t.Run("limits", func(t *testing.T) {
		usertest.TestLimitStore(t, func(*testing.T) limits.Store { return wrapped(usertest.NewStore()).(limits.Store) })
	})
}

// bare has no optional ability, and tokens one.
type bare struct{ user.Store }
type tokens struct {
	user.Store
	user.TokenStore
}

// A wrapped store has the optional abilities of the store, and no other.
func TestAbilities(t *testing.T) {
	t.Parallel()
	memory := usertest.NewStore()
	has := func(store user.Store) string {
		var all []string
		add := func(name string, ok bool) {
			if ok {
				all = append(all, name)
			}
		}
		_, ok := user.As[user.TokenStore](store)
		add("TokenStore", ok)
		_, ok = user.As[user.RotatingTokenStore](store)
		add("RotatingTokenStore", ok)
		_, ok = user.As[user.TokenUserStore](store)
		add("TokenUserStore", ok)
		_, ok = user.As[user.CredentialStore](store)
		add("CredentialStore", ok)
		_, ok = user.As[user.PendingStore](store)
		add("PendingStore", ok)
		_, ok = user.As[user.OAuthStore](store)
		add("OAuthStore", ok)
		_, ok = user.As[user.UsedStore](store)
		add("UsedStore", ok)
		_, ok = user.As[limits.Store](store)
		add("limits.Store", ok)
		_, ok = user.As[user.Ensurer](store)
		add("Ensurer", ok)
		return strings.Join(all, " ")
	}
	for _, test := range []struct {
		name  string
		store user.Store
		want  string
	}{
		{"none", bare{memory}, ""},
		{"tokens", tokens{memory, memory}, "TokenStore"},
		{"all in memory", memory, has(memory)},
	} {
		if got := has(wrapped(test.store)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if _, err := ginauth.New(telemetry.Wrap(ginauth.Config{})); err == nil || !strings.Contains(err.Error(), "Store is missing") {
		t.Errorf("got %v, want that the store is missing", err)
	}
}

// Every code that a route can send is a value of the attribute code.
func TestCodesKnown(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(telemetry.CodesKnown) {
		t.Error("the codes are not sorted")
	}
	root, err := source.Root()
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"([A-Z]+(?:_[A-Z0-9]+)+)"`)
	found := 0
	err = eachFile(root+"/routes", func(path, text string) {
		for _, match := range literal.FindAllStringSubmatch(text, -1) {
			found++
			if _, known := slices.BinarySearch(telemetry.CodesKnown, match[1]); !known {
				t.Errorf("%s: %s is not in telemetry/codes.go", path, match[1])
			}
		}
	})
	if err != nil || found == 0 {
		t.Errorf("found %d codes, %v", found, err)
	}
}

// Without this package nothing of OpenTelemetry is linked, and with it the API alone.
func TestDependencies(t *testing.T) {
	t.Parallel()
	deps := func(packages ...string) string {
		command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, packages...)...)
		command.Dir = ".."
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if all := deps(".", "./routes/...", "./backends/...", "./user", "./mails", "./audit/...", "./mongostore"); strings.Contains(all, "go.opentelemetry.io") {
		t.Error("a package other than telemetry links OpenTelemetry")
	}
	if own := deps("./telemetry"); strings.Contains(own, "go.opentelemetry.io/otel/sdk") || strings.Contains(own, "mongo-driver/v2/mongo\n") {
		t.Error("package telemetry links more than the API")
	}
}
