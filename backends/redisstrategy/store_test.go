package redisstrategy_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// fixture is a store with the client that sees behind it.
type fixture struct {
	*redisstrategy.Tokens
	client redis.UniversalClient
	prefix string
	now    time.Time
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	client := redistest.Client(t)
	prefix := redistest.Prefix(t, client)
	return fixture{redisstrategy.NewTokens(client, prefix), client, prefix, time.Now().UTC().Truncate(time.Millisecond)}
}

// token returns a token of the user "arthur".
func (f fixture) token(text string, expires time.Time) records.Token {
	return records.Token{
		Hash: records.HashToken(text), UserID: "arthur", Backend: "web", TokenVersion: 2,
		CreatedAt: f.now, ExpiresAt: expires, LastSeenAt: f.now, IP: "203.0.113.7", UserAgent: "Tintagel/1.0",
	}
}

func (f fixture) create(t *testing.T, token records.Token) {
	t.Helper()
	if err := f.CreateToken(t.Context(), token); err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
}

// wantEnd fails unless the key vanishes at that time, give or take a second, and not later
// than by what the test took: the time of the write counts where a key has a lifetime.
func (f fixture) wantEnd(t *testing.T, key string, want time.Time) {
	t.Helper()
	left, err := f.client.PTTL(t.Context(), key).Result()
	if err != nil {
		t.Fatalf("PTTL: %v", err)
	}
	if late := time.Now().Add(left).Sub(want); left <= 0 || late < -time.Second || late > time.Since(f.now)+time.Second {
		t.Errorf("%s: got %v to live, want until %v", key, left, want)
	}
}

func (f fixture) index(t *testing.T) []string {
	t.Helper()
	entries, err := f.client.ZRange(t.Context(), f.prefix+"user:arthur", 0, -1).Result()
	if err != nil {
		t.Fatalf("ZRANGE: %v", err)
	}
	return entries
}

func TestStoredForm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.now = time.UnixMilli(1767225600123)
	token := f.token("excalibur", f.now.Add(100*365*24*time.Hour))
	f.create(t, token)
	got, err := f.client.HGetAll(t.Context(), f.prefix+token.Hash).Result()
	if err != nil {
		t.Fatalf("HGETALL: %v", err)
	}
	want := map[string]string{
		"_id": token.Hash, "user_id": "arthur", "backend": "web", "token_version": "2",
		"created_at": "1767225600123", "expires_at": "4920825600123", "last_seen_at": "1767225600123",
		"ip": "203.0.113.7", "user_agent": "Tintagel/1.0",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	keys := redistest.Keys(t, f.client, f.prefix)
	slices.Sort(keys)
	if want := []string{f.prefix + token.Hash, f.prefix + "user:arthur"}; !slices.Equal(keys, want) {
		t.Errorf("got keys %v, want %v", keys, want)
	}
}

func TestKeysEndWithTheirTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	day := f.now.Add(24 * time.Hour)
	token, shorter := f.token("one", day), f.token("two", f.now.Add(time.Hour))
	f.create(t, token)
	f.create(t, shorter)
	f.wantEnd(t, f.prefix+token.Hash, day)
	f.wantEnd(t, f.prefix+shorter.Hash, f.now.Add(time.Hour))
	f.wantEnd(t, f.prefix+"user:arthur", day)

	later := f.now.Add(72 * time.Hour)
	if err := f.TouchToken(t.Context(), shorter.Hash, f.now, later); err != nil {
		t.Fatalf("TouchToken: %v", err)
	}
	f.wantEnd(t, f.prefix+shorter.Hash, later)
	f.wantEnd(t, f.prefix+"user:arthur", later)

	if err := f.TouchToken(t.Context(), shorter.Hash, f.now, time.Time{}); err != nil {
		t.Fatalf("TouchToken: %v", err)
	}
	if left := f.client.PTTL(t.Context(), f.prefix+shorter.Hash).Val(); left >= 0 {
		t.Errorf("token whose end was taken away: got %v to live, want no end", left)
	}

	forever := f.token("three", time.Time{})
	f.create(t, forever)
	if left := f.client.PTTL(t.Context(), f.prefix+forever.Hash).Val(); left >= 0 {
		t.Errorf("token without end: got %v to live, want no end", left)
	}
	const century = 100 * 365 * 24 * 3600 * 1000
	if left, err := f.client.Do(t.Context(), "PTTL", f.prefix+"user:arthur").Int64(); err != nil || left < century {
		t.Errorf("index of a token without end: got %d ms to live, %v, want a century at least", left, err)
	}
}

// TestKeysLiveByTheApplicationsClock has an application that is decades behind:
// its tokens must not vanish before it thinks so.
func TestKeysLiveByTheApplicationsClock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	past := setup()
	past.Now = func() time.Time { return time.Unix(1_000_000_000, 0) }
	tokens, err := redisstrategy.Redis{Client: f.client, KeyPrefix: f.prefix, Lifetime: time.Hour}.SetUp(past)
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	token, err := tokens.Write(t.Context(), user.Login{User: arthur})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	if _, found, err := tokens.Read(t.Context(), token.Access); !found || err != nil {
		t.Errorf("Read: got found %v, error %v, want the user", found, err)
	}
	for _, key := range redistest.Keys(t, f.client, f.prefix) {
		f.wantEnd(t, key, f.now.Add(time.Hour))
	}
}

func TestIndexForgetsTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	expired, kept, ended := f.token("one", f.now.Add(-time.Hour)), f.token("two", f.now.Add(time.Hour)), f.token("three", f.now.Add(time.Hour))
	for _, token := range []records.Token{expired, ended, kept} {
		f.create(t, token)
	}
	if err := f.DeleteToken(t.Context(), ended.Hash); err != nil {
		t.Fatalf("DeleteToken: %v", err)
	}
	if got, want := f.index(t), []string{entry(kept)}; !slices.Equal(got, want) {
		t.Errorf("got index %v, want %v", got, want)
	}
	if err := f.DeleteTokensOf(t.Context(), "arthur", ""); err != nil {
		t.Fatalf("DeleteTokensOf: %v", err)
	}
	keys := slices.DeleteFunc(redistest.Keys(t, f.client, f.prefix), func(key string) bool {
		return key == f.prefix+expired.Hash // the server's own business
	})
	if len(keys) != 0 {
		t.Errorf("got keys %v, want none", keys)
	}
}

func TestTouchEntersNothingThatWasEnded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token := f.token("one", f.now.Add(time.Hour))
	f.create(t, token)
	if err := f.client.ZRem(t.Context(), f.prefix+"user:arthur", entry(token)).Err(); err != nil {
		t.Fatal(err)
	}
	if err := f.TouchToken(t.Context(), token.Hash, f.now, f.now.Add(2*time.Hour)); err != nil {
		t.Fatalf("TouchToken: %v", err)
	}
	if got := f.index(t); len(got) != 0 {
		t.Errorf("got index %v, want none", got)
	}
}

func TestDamagedTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tests := []struct{ name, field, value string }{
		{"no id", "_id", ""}, {"no user", "user_id", ""}, {"no backend", "backend", ""},
		{"no version", "token_version", ""}, {"version is a text", "token_version", "x"}, {"version is a fraction", "token_version", "1.5"},
		{"no creation", "created_at", ""}, {"no last use", "last_seen_at", ""},
		{"no expiry", "expires_at", ""}, {"expiry is a text", "expires_at", "never"},
		{"no address", "ip", ""}, {"no description", "user_agent", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			token := f.token(test.name, f.now.Add(time.Hour))
			f.create(t, token)
			key := f.prefix + token.Hash
			change := f.client.HDel(t.Context(), key, test.field).Err()
			if test.value != "" {
				change = f.client.HSet(t.Context(), key, test.field, test.value).Err()
			}
			if change != nil {
				t.Fatal(change)
			}
			if got, err := f.TokenByHash(t.Context(), token.Hash); !errors.Is(err, user.ErrNotFound) || !errors.Is(err, user.ErrDamaged) {
				t.Errorf("got %+v, %v, want user.ErrDamaged", got, err)
			}
		})
	}
	if got, err := f.TokensOf(t.Context(), "arthur", records.TokenQuery{}); err != nil || len(got) != 0 {
		t.Errorf("TokensOf: got %v, %v, want none", got, err)
	}
}

func TestF35AnswerOfAnotherKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	asked, answered := f.token("one", f.now.Add(time.Hour)), f.token("two", f.now.Add(time.Hour))
	f.create(t, asked)
	if err := f.client.HSet(t.Context(), f.prefix+asked.Hash, "_id", answered.Hash).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := f.TokenByHash(t.Context(), asked.Hash); err == nil || errors.Is(err, user.ErrNotFound) {
		t.Errorf("TokenByHash: got %+v, %v, want an error that is no answer", got, err)
	}
	if got, err := f.TokensOf(t.Context(), "arthur", records.TokenQuery{}); err == nil {
		t.Errorf("TokensOf: got %+v, want an error", got)
	}
}

func TestErrorsHideHashes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token := f.token("one", f.now.Add(time.Hour))
	f.create(t, token)
	client := redistest.Client(t)
	client.AddHook(failing{errors.New("NOPERM no access to key '" + f.prefix + token.Hash + "'")})
	f.Tokens = redisstrategy.NewTokens(client, f.prefix)
	for name, call := range map[string]func() error{
		"find":   func() error { _, err := f.TokenByHash(t.Context(), token.Hash); return err },
		"delete": func() error { return f.DeleteToken(t.Context(), token.Hash) },
		"list":   func() error { _, err := f.TokensOf(t.Context(), "arthur", records.TokenQuery{}); return err },
	} {
		err := call()
		if err == nil || strings.Contains(err.Error(), token.Hash) || !strings.Contains(err.Error(), "NOPERM") {
			t.Errorf("%s: got %v, want NOPERM without the hash", name, err)
		}
	}
}

// entry is what a user's index has of a token.
func entry(t records.Token) string {
	return fmt.Sprintf("%d:%s:%s", t.CreatedAt.UnixMilli(), t.Backend, t.Hash)
}
