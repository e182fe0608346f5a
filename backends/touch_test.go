package backends_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// touch reads the token and notes its use, as the authenticator does.
func touch(t *testing.T, tokens backends.Tokens, token string) {
	t.Helper()
	identity, found, err := tokens.Read(t.Context(), token)
	if err != nil || !found {
		t.Fatalf("Read: got found %v, error %v, want the user", found, err)
	}
	tokens.(backends.Toucher).Touch(identity)
}

func assertJobs(t *testing.T, c *clock, want int) {
	t.Helper()
	if got, err := c.run(t); got != want || err != nil {
		t.Errorf("got %d jobs, error %v, want %d", got, err, want)
	}
}

func TestTouchAtOnceIsOneWrite(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.Database{})
	token := issue(t, tokens, arthur())
	c.pass(time.Minute)
	identity, _, err := tokens.Read(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() { tokens.(backends.Toucher).Touch(identity) })
	}
	group.Wait()
	assertJobs(t, c, 1)
	tokens.(backends.Toucher).Touch(identity) // read before the write
	assertJobs(t, c, 0)
	c.pass(59 * time.Second)
	tokens.(backends.Toucher).Touch(identity)
	assertJobs(t, c, 0)
	c.pass(time.Second)
	tokens.(backends.Toucher).Touch(identity)
	assertJobs(t, c, 1)
}

func TestTouchOfManyTokens(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.Database{})
	first, second := issue(t, tokens, arthur()), issue(t, tokens, arthur())
	for range 3 {
		c.pass(time.Minute)
		touch(t, tokens, first)
		touch(t, tokens, second)
		assertJobs(t, c, 2)
	}
}

// TestTouchThatIsDropped loses a job: the next minute has another try.
func TestTouchThatIsDropped(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.Database{})
	token := issue(t, tokens, arthur())
	c.pass(time.Minute)
	touch(t, tokens, token)
	c.jobs = nil
	c.pass(time.Minute)
	touch(t, tokens, token)
	assertJobs(t, c, 1)
	record, err := c.store.TokenByHash(t.Context(), records.HashToken(token))
	if want := c.time(); err != nil || !record.LastSeenAt.Equal(want) {
		t.Errorf("got LastSeenAt %v, %v, want %v", record.LastSeenAt, err, want)
	}
}

func TestTouchThatFailsIsReported(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	spy := newSpy(c.store)
	c.store = spy
	tokens := c.setUp(t, backends.Database{})
	token := issue(t, tokens, arthur())
	c.pass(time.Minute)
	spy.fail["touch"] = errors.New("disk full")
	touch(t, tokens, token)
	if got, err := c.run(t); got != 1 || !errors.Is(err, user.ErrUnavailable) {
		t.Errorf("got %d jobs, error %v, want 1 and user.ErrUnavailable", got, err)
	}
	assertReads(t, tokens, token, true)
}

func TestTouchOfAnEndedTokenIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, strategy := range withRecords() {
		c := newClock(t)
		tokens := c.setUp(t, strategy)
		token := issue(t, tokens, arthur())
		c.pass(time.Minute)
		touch(t, tokens, token)
		if err := tokens.Destroy(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		assertJobs(t, c, 1)
		if records, err := c.store.TokensOf(t.Context(), arthurID, records.TokenQuery{}); err != nil || len(records) != 0 {
			t.Errorf("%s: got records %v, %v, want none", name, records, err)
		}
	}
}

// TestTouchRenews looks at what is written.
func TestTouchRenews(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	tests := []struct {
		name     string
		strategy backends.Strategy
		after    time.Duration
		want     time.Duration // the new expiry since the login; 0 means none
	}{
		{"fixed", backends.Database{Lifetime: 4 * hour}, hour, 4 * hour},
		{"no end", backends.Database{Lifetime: backends.Forever}, hour, 0},
		{"sliding", backends.Database{Lifetime: 4 * hour, AbsoluteLifetime: 6 * hour}, hour, 5 * hour},
		{"sliding to the absolute end", backends.Database{Lifetime: 4 * hour, AbsoluteLifetime: 6 * hour}, 3 * hour, 6 * hour},
		{"recorded JWT", backends.JWT{Record: true}, hour / 2, hour},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			tokens := c.setUp(t, test.strategy)
			login := c.time()
			token := issue(t, tokens, arthur())
			c.pass(test.after)
			touch(t, tokens, token)
			assertJobs(t, c, 1)
			record, err := c.store.TokenByHash(t.Context(), records.HashToken(token))
			if err != nil {
				t.Fatal(err)
			}
			var want time.Time
			if test.want != 0 {
				want = login.Add(test.want)
			}
			if !record.ExpiresAt.Equal(want) || !record.LastSeenAt.Equal(login.Add(test.after)) {
				t.Errorf("got expiry %v, last use %v, want %v, %v", record.ExpiresAt, record.LastSeenAt, want, login.Add(test.after))
			}
		})
	}
}

// TestTouchWithoutRecord takes the identity of a JWT that is not recorded.
func TestTouchWithoutRecord(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.Database{})
	tokens.(backends.Toucher).Touch(backends.Identity{UserID: arthurID})
	assertJobs(t, c, 0)
}

// TestTouchDoesNotBlock has a store that does not answer.
func TestTouchDoesNotBlock(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.Database{})
	token := issue(t, tokens, arthur())
	c.pass(time.Minute)
	touch(t, tokens, token)
	if len(c.jobs) != 1 {
		t.Fatalf("got %d jobs, want 1", len(c.jobs))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.jobs[0](ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a job whose time is up: got %v, want context.Canceled", err)
	}
}
