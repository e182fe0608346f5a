package backendtest

import (
	"context"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Subject is a strategy under test.
type Subject struct {
	// New returns the strategy with the given lifetime, as its users write it:
	// 0 is its default, [backends.Forever] no end. Required.
	New func(t *testing.T, lifetime time.Duration) backends.Strategy
	// DefaultLifetime is what a lifetime of 0 means. Required.
	DefaultLifetime time.Duration
	// Tokens returns an empty store for Setup.Tokens. Defaults to none.
	Tokens func(t *testing.T) records.TokenStore
}

// TestStrategy checks every clause of [backends.Tokens], that
// [backends.Setup].TokensValidFrom is respected, and every clause of [backends.Recorder]
// and [backends.Toucher] where the strategy has a store of records: it must then be able
// to end a token, and refuse those of other backends. Users have random UUIDs.
func TestStrategy(t *testing.T, subject Subject) {
	tests := []struct {
		name string
		test func(t *testing.T, f *strategyFixture)
	}{
		{"a token stands for its user", testRead},
		{"every token is new and travels as it is", testWrite},
		{"the default lifetime", testLifetime(0)},
		{"a lifetime of its own", testLifetime(36 * time.Minute)},
		{"no end", testForever},
		{"tokens from before a time are nobody", testValidFrom},
		{"a negative lifetime is refused", testNegativeLifetime},
		{"garbage is nobody", testGarbage},
		{"changed tokens are nobody", testChanged},
		{"ended contexts are no answer", testStrategyCancelled},
		{"destroying ends one token", testDestroy},
		{"other backends' tokens are nobody", testForeign},
		{"a record says where the login came from", testRecord},
		{"a token ends with its record", testRecordDeleted},
		{"use is noted once a minute", testUse},
		{"use that is noted late revives nothing", testLateUse},
		{"concurrent use", testConcurrentTokens},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.test(t, newStrategyFixture(t, subject))
		})
	}
}

// strategyFixture is a strategy with a world of one test.
type strategyFixture struct {
	*world
	subject  Subject
	strategy backends.Strategy
	tokens   backends.Tokens
}

func newStrategyFixture(t *testing.T, subject Subject) *strategyFixture {
	t.Helper()
	var store records.TokenStore
	if subject.Tokens != nil {
		store = subject.Tokens(t)
	}
	f := &strategyFixture{world: newWorld(t, store), subject: subject, strategy: subject.New(t, 0)}
	f.tokens = f.setUp(t, f.strategy, "web")
	return f
}

// records returns the store of the records, and skips the test without one.
func (f *strategyFixture) records(t *testing.T) records.TokenStore {
	t.Helper()
	recorder, ok := f.tokens.(backends.Recorder)
	if !ok || recorder.Records() == nil {
		t.Skip("the strategy keeps no records")
	}
	return recorder.Records()
}

func newUser() *user.User { return &user.User{ID: newID(nil), IsActive: true, TokenVersion: 7} }

// loginOf returns a login of u by password.
func loginOf(u *user.User) user.Login {
	return user.Login{User: u, Methods: []user.Method{user.MethodPassword}, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func write(t *testing.T, tokens backends.Tokens, u *user.User) string {
	t.Helper()
	issued, err := tokens.Write(t.Context(), loginOf(u))
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return issued.Access
}

// wantUser fails unless the token stands for u, and returns what it says.
func wantUser(t *testing.T, tokens backends.Tokens, token string, u *user.User) backends.Identity {
	t.Helper()
	identity, found, err := tokens.Read(t.Context(), token)
	if err != nil || !found {
		t.Fatalf("Read: got found %v, error %v, want the user", found, err)
	}
	if identity.UserID != u.ID || identity.TokenVersion != u.TokenVersion {
		t.Errorf("Read: got user %s, version %d, want %s, %d", identity.UserID, identity.TokenVersion, u.ID, u.TokenVersion)
	}
	if want := records.HashToken(token); identity.TokenHash != want {
		t.Errorf("Read: got TokenHash %q, want %q", identity.TokenHash, want)
	}
	return identity
}

// wantNobody fails unless the token is not found, without an error.
func wantNobody(t *testing.T, tokens backends.Tokens, token string) {
	t.Helper()
	identity, found, err := tokens.Read(t.Context(), token)
	if err != nil || found {
		t.Errorf("Read(%q): got %+v, found %v, error %v, want nobody and no error", token, identity, found, err)
	}
}

func destroy(t *testing.T, tokens backends.Tokens, token string) {
	t.Helper()
	if err := tokens.Destroy(t.Context(), token); err != nil {
		t.Errorf("Destroy: %v", err)
	}
}

func testRead(t *testing.T, f *strategyFixture) {
	for _, version := range []int64{0, 1, 1 << 53, 1<<63 - 1} {
		u := newUser()
		u.TokenVersion = version
		wantUser(t, f.tokens, write(t, f.tokens, u), u)
	}
}

func testWrite(t *testing.T, f *strategyFixture) {
	u := newUser()
	first, second := write(t, f.tokens, u), write(t, f.tokens, u)
	if first == second {
		t.Error("got the same token twice")
	}
	for _, token := range []string{first, second} {
		if len(token) > 3800 {
			t.Errorf("got a token of %d bytes, want what fits a cookie", len(token))
		}
		for _, char := range []byte(token) {
			if !plain(char) {
				t.Errorf("got %q in a token, want what travels unquoted in a header and a cookie", char)
			}
		}
		wantUser(t, f.tokens, token, u)
	}
}

// plain are the characters of a bearer token (RFC 6750, section 2.1) that a
// cookie takes too.
func plain(char byte) bool {
	switch {
	case char >= 'a' && char <= 'z', char >= 'A' && char <= 'Z', char >= '0' && char <= '9':
		return true
	}
	return char == '-' || char == '.' || char == '_' || char == '~'
}

func testLifetime(lifetime time.Duration) func(*testing.T, *strategyFixture) {
	return func(t *testing.T, f *strategyFixture) {
		want := lifetime
		if want == 0 {
			want = f.subject.DefaultLifetime
		}
		tokens := f.setUp(t, f.subject.New(t, lifetime), "web")
		start, u := f.time(), newUser()
		token := write(t, tokens, u)
		f.setTime(start.Add(want - time.Millisecond))
		wantUser(t, tokens, token, u)
		f.setTime(start.Add(want))
		wantNobody(t, tokens, token)
		f.setTime(start.Add(100 * want))
		wantNobody(t, tokens, token)
	}
}

func testForever(t *testing.T, f *strategyFixture) {
	tokens := f.setUp(t, f.subject.New(t, backends.Forever), "web")
	u := newUser()
	token := write(t, tokens, u)
	f.pass(50 * 365 * 24 * time.Hour)
	wantUser(t, tokens, token, u)
}

// testValidFrom sets the same strategy up again, as a restart with another
// configuration does.
func testValidFrom(t *testing.T, f *strategyFixture) {
	u := newUser()
	before := write(t, f.tokens, u)
	f.pass(time.Second)
	limited := f.setup("web")
	limited.TokensValidFrom = f.time()
	tokens, err := f.strategy.SetUp(limited)
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	wantNobody(t, tokens, before)
	wantUser(t, tokens, write(t, tokens, u), u)
}

func testNegativeLifetime(t *testing.T, f *strategyFixture) {
	if _, err := f.subject.New(t, -time.Second).SetUp(f.setup("web")); err == nil {
		t.Error("SetUp with a lifetime of -1s: got no error")
	}
}

// testStrategyCancelled demands that a token is never called bad, nor ended, by
// a strategy that could not ask.
func testStrategyCancelled(t *testing.T, f *strategyFixture) {
	u := newUser()
	token, ended := write(t, f.tokens, u), cancelled(t.Context())
	promptly(t, "Read", func() {
		if _, found, err := f.tokens.Read(ended, token); err == nil && !found {
			t.Error("Read: got nobody and no error, want the user or an error")
		}
	})
	promptly(t, "Write", func() {
		if written, err := f.tokens.Write(ended, loginOf(u)); err == nil {
			wantUser(t, f.tokens, written.Access, u)
		}
	})
	promptly(t, "Destroy", func() {
		recorder, ok := f.tokens.(backends.Recorder)
		if err := f.tokens.Destroy(ended, token); err == nil && ok && recorder.Records() != nil {
			wantNobody(t, f.tokens, token)
		}
	})
}

func testConcurrentTokens(t *testing.T, f *strategyFixture) {
	together(8, func(int) {
		u := newUser()
		token := write(t, f.tokens, u)
		identity := wantUser(t, f.tokens, token, u)
		if toucher, ok := f.tokens.(backends.Toucher); ok {
			toucher.Touch(identity)
		}
		destroy(t, f.tokens, token)
		wantUser(t, f.tokens, write(t, f.tokens, u), u)
	})
	f.runJobs(t)
}

// client is the context of a request that a client with that description sends.
func client(ctx context.Context, address, agent string) context.Context {
	return user.WithRequest(ctx, user.Request{ClientIP: address, UserAgent: agent, Backend: "web"})
}
