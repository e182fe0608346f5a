package backends_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// Secrets of tests.
const (
	currentSecret = secrets.Secret("the current secret, only for tests")
	formerSecret  = secrets.Secret("the former secret, also only for tests")
)

const arthurID = "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b"

// clock is a world for strategies: the time is what the test says, background
// jobs wait until it runs them, the log is kept.
type clock struct {
	keys  *secrets.Keys
	store records.TokenStore

	mu   sync.Mutex
	now  time.Time
	jobs []func(context.Context) error
	log  bytes.Buffer
}

// newClock starts at 2026-01-01 00:00:00 UTC with an empty store in memory.
func newClock(t testing.TB) *clock {
	t.Helper()
	return &clock{keys: newKeys(t, currentSecret), store: usertest.NewStore(), now: time.Unix(1767225600, 0).UTC()}
}

func newKeys(t testing.TB, current secrets.Secret, previous ...secrets.Secret) *secrets.Keys {
	t.Helper()
	keys, err := secrets.NewKeys(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (c *clock) setup() backends.Setup {
	return backends.Setup{
		Backend: "api",
		Keys:    c.keys,
		Tokens:  c.store,
		ParseID: usertest.NewStore().ParseID,
		Now:     c.time,
		Logger:  slog.New(slog.NewTextHandler(&c.log, nil)),
		Background: func(_ string, run func(context.Context) error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.jobs = append(c.jobs, run)
		},
	}
}

func (c *clock) setUp(t testing.TB, strategy backends.Strategy) backends.Tokens {
	t.Helper()
	tokens, err := strategy.SetUp(c.setup())
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	return tokens
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// run runs the waiting jobs and returns how many there were and their errors.
func (c *clock) run(t testing.TB) (count int, err error) {
	t.Helper()
	c.mu.Lock()
	jobs := c.jobs
	c.jobs = nil
	c.mu.Unlock()
	for _, job := range jobs {
		err = errors.Join(err, job(t.Context()))
	}
	return len(jobs), err
}

func arthur() *user.User { return &user.User{ID: arthurID, IsActive: true, TokenVersion: 3} }

func issue(t testing.TB, tokens backends.Tokens, u *user.User) string {
	t.Helper()
	issued, err := tokens.Write(t.Context(), user.Login{User: u})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return issued.Access
}

// reads reports whether the token stands for somebody.
func reads(t testing.TB, tokens backends.Tokens, token string) bool {
	t.Helper()
	_, found, err := tokens.Read(t.Context(), token)
	if err != nil {
		t.Errorf("Read: %v", err)
	}
	return found
}

func assertReads(t testing.TB, tokens backends.Tokens, token string, want bool) {
	t.Helper()
	if got := reads(t, tokens, token); got != want {
		t.Errorf("Read: got found %v, want %v", got, want)
	}
}

// assertRefused fails unless the strategy is refused with all of these mistakes.
func assertRefused(t testing.TB, strategy backends.Strategy, setup backends.Setup, want ...string) {
	t.Helper()
	tokens, err := strategy.SetUp(setup)
	if err == nil || tokens != nil {
		t.Fatalf("SetUp: got %v, %v, want an error", tokens, err)
	}
	for _, mistake := range want {
		if !strings.Contains(err.Error(), mistake) {
			t.Errorf("SetUp: got %q, want it to contain %q", err, mistake)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != len(want) {
		t.Errorf("SetUp: got %d mistakes in %q, want %d", got, err, len(want))
	}
}
