package backendtest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// secret is long enough to derive keys from, and only good for tests.
var secret = secrets.Secret(strings.Repeat("test only ", 4))

// world is what a strategy is set up in: a clock that only the test moves, and
// background jobs that run when the test says so.
type world struct {
	keys   *secrets.Keys
	tokens records.TokenStore

	mu   sync.Mutex
	now  time.Time
	jobs []func(context.Context) error
}

// newWorld starts at the present, because stores that drop expired records by
// themselves have clocks of their own. It is a whole second, as JWTs count.
func newWorld(t *testing.T, tokens records.TokenStore) *world {
	t.Helper()
	keys, err := secrets.NewKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &world{keys: keys, tokens: tokens, now: time.Now().UTC().Truncate(time.Second)}
}

// setUp sets a strategy up as that of the backend of the given name.
func (w *world) setUp(t *testing.T, strategy backends.Strategy, name string) backends.Tokens {
	t.Helper()
	tokens, err := strategy.SetUp(w.setup(name))
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	return tokens
}

func (w *world) setup(name string) backends.Setup {
	return backends.Setup{
		Backend:    name,
		Keys:       w.keys,
		Tokens:     w.tokens,
		ParseID:    usertest.NewStore().ParseID,
		Now:        w.time,
		Logger:     slog.New(slog.DiscardHandler),
		Background: w.background,
	}
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) setTime(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

func (w *world) pass(d time.Duration) { w.setTime(w.time().Add(d)) }

func (w *world) background(_ string, run func(context.Context) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, run)
}

// runJobs runs the waiting jobs and returns how many there were.
func (w *world) runJobs(t *testing.T) int {
	t.Helper()
	w.mu.Lock()
	jobs := w.jobs
	w.jobs = nil
	w.mu.Unlock()
	for _, run := range jobs {
		if err := run(t.Context()); err != nil {
			t.Errorf("background job: %v", err)
		}
	}
	return len(jobs)
}
