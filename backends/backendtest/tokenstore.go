package backendtest

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// TestTokenStore checks every clause of [records.TokenStore]. newStore returns an
// empty store, or one that other tests use too: every test works with users and
// tokens of its own. A store that has a NewID method, as [user.Store] has, is
// given IDs that it made; others must take any UUID.
func TestTokenStore(t *testing.T, newStore func(t *testing.T) records.TokenStore) {
	tests := []struct {
		name string
		test func(t *testing.T, f tokenFixture)
	}{
		{"a token is kept as it is", testCreate},
		{"a token without end, address and description is kept as it is", testCreateBare},
		{"how the user logged in is kept as it is", testCreateLogin},
		{"only the exact hash is found", testByHash},
		{"expired tokens are not changed while they are there", testExpired},
		{"use is noted", testTouch},
		{"a token's end is taken away", testTouchForever},
		{"noting use never creates a token", testTouchMissing},
		{"deleting removes one token, once", testDelete},
		{"a user's tokens are listed, newest first", testTokensOf},
		{"a user's tokens are deleted, but for one", testDeleteTokensOf},
		{"a user's tokens are listed by backend, so many", testTokensOfQuery},
		{"tokens that are too many go, the oldest", testTrim},
		{"expired tokens take no place", testTrimExpired},
		{"of tokens of one moment the new one stays", testTrimTies},
		{"ended contexts end calls", testCancelled},
		{"concurrent use loses nothing", testConcurrentCreate},
		{"concurrent logins leave no more than there may be", testConcurrentTrim},
		{"use that races with the end does not revive", testTouchAgainstDelete},
		{"use that races with the end of all does not revive", testTouchAgainstDeleteAll},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store := newStore(t)
			test.test(t, tokenFixture{store: store, owner: newID(store), now: time.Now().UTC().Truncate(time.Millisecond)})
		})
	}
}

// tokenFixture is a store with a user of one test.
type tokenFixture struct {
	store records.TokenStore
	owner user.ID
	now   time.Time
}

// token returns a new token of the owner that was issued so long ago.
func (f tokenFixture) token(age time.Duration) records.Token {
	return records.Token{
		Hash:         records.HashToken(rand.Text()),
		UserID:       f.owner,
		Backend:      "web",
		TokenVersion: 3,
		CreatedAt:    f.now.Add(-age),
		ExpiresAt:    f.now.Add(24 * time.Hour),
		LastSeenAt:   f.now.Add(-age + time.Millisecond),
		IP:           "2001:db8::1",
		UserAgent:    "Tintagel/1.0 (Ünïcode; \"quotes\" \\ {} \t) 日本語",
	}
}

// created returns a token that the store has.
func (f tokenFixture) created(t *testing.T, age time.Duration) records.Token {
	t.Helper()
	token := f.token(age)
	f.create(t, token)
	return token
}

func (f tokenFixture) create(t *testing.T, token records.Token) {
	t.Helper()
	if err := f.store.CreateToken(t.Context(), token); err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
}

// wantStored fails unless the store has the token as it is.
func (f tokenFixture) wantStored(t *testing.T, want records.Token) {
	t.Helper()
	got, err := f.store.TokenByHash(t.Context(), want.Hash)
	if err != nil {
		t.Errorf("TokenByHash: got error %v, want the token", err)
	} else if !same(got, want) {
		t.Errorf("TokenByHash: got %+v, want %+v", got, want)
	}
}

func (f tokenFixture) wantMissing(t *testing.T, hash string) {
	t.Helper()
	if got, err := f.store.TokenByHash(t.Context(), hash); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("TokenByHash: got %+v, %v, want user.ErrNotFound", got, err)
	}
}

// wantList fails unless the user has exactly these tokens, in this order.
func (f tokenFixture) wantList(t *testing.T, id user.ID, want ...records.Token) {
	t.Helper()
	got, err := f.store.TokensOf(t.Context(), id, records.TokenQuery{})
	if err != nil {
		t.Fatalf("TokensOf: %v", err)
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("TokensOf: got %+v, want %+v", got, want)
	}
}

// same compares times to the millisecond, which is what stores keep at least.
func same(a, b records.Token) bool {
	for _, times := range [][2]*time.Time{
		{&a.CreatedAt, &b.CreatedAt}, {&a.ExpiresAt, &b.ExpiresAt}, {&a.LastSeenAt, &b.LastSeenAt},
		{&a.AuthenticatedAt, &b.AuthenticatedAt}, {&a.Rotation.RotatedAt, &b.Rotation.RotatedAt},
		{&a.Rotation.AbsoluteAt, &b.Rotation.AbsoluteAt},
	} {
		if times[0].IsZero() != times[1].IsZero() || !times[0].Truncate(time.Millisecond).Equal(times[1].Truncate(time.Millisecond)) {
			return false
		}
		*times[0], *times[1] = time.Time{}, time.Time{}
	}
	return reflect.DeepEqual(a, b)
}

func testCreateLogin(t *testing.T, f tokenFixture) {
	for name, change := range map[string]func(*records.Token){
		"two factors":     func(t *records.Token) { t.Methods = user.Login{}.With("pwd", "otp").Methods },
		"a time":          func(t *records.Token) { t.AuthenticatedAt = t.CreatedAt.Add(time.Minute) },
		"an actor":        func(t *records.Token) { t.Actor, t.ActorVersion = newID(f.store), 7 },
		"scopes":          func(t *records.Token) { t.Scopes = []string{"orders:read", "orders:write"} },
		"no scope at all": func(t *records.Token) { t.Scopes = []string{} },
	} {
		t.Run(name, func(t *testing.T) {
			token := f.token(time.Hour)
			change(&token)
			f.create(t, token)
			f.wantStored(t, token)
		})
	}
}

func testCreate(t *testing.T, f tokenFixture) {
	f.wantStored(t, f.created(t, time.Hour))
}

func testCreateBare(t *testing.T, f tokenFixture) {
	token := f.token(time.Hour)
	token.ExpiresAt, token.IP, token.UserAgent, token.TokenVersion = time.Time{}, "", "", 0
	f.create(t, token)
	f.wantStored(t, token)
	f.wantList(t, f.owner, token)
}

func testByHash(t *testing.T, f tokenFixture) {
	token := f.created(t, 0)
	for name, hash := range map[string]string{
		"another":   records.HashToken(rand.Text()),
		"a prefix":  token.Hash[:63],
		"extended":  token.Hash + "0",
		"uppercase": strings.ToUpper(token.Hash),
		"empty":     "",
		"a pattern": "*",
	} {
		t.Run(name, func(t *testing.T) { f.wantMissing(t, hash) })
	}
	f.wantStored(t, token)
}

func testExpired(t *testing.T, f tokenFixture) {
	token := f.token(2 * time.Hour)
	token.ExpiresAt = f.now.Add(-time.Hour)
	f.create(t, token)
	got, err := f.store.TokenByHash(t.Context(), token.Hash)
	if err == nil && !same(got, token) {
		t.Errorf("got %+v, want %+v", got, token)
	}
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		t.Errorf("got error %v, want user.ErrNotFound or none", err)
	}
}

func testTouch(t *testing.T, f tokenFixture) {
	token, other := f.created(t, time.Hour), f.created(t, 2*time.Hour)
	token.LastSeenAt, token.ExpiresAt = f.now.Add(time.Minute), f.now.Add(48*time.Hour)
	f.touch(t, token)
	f.wantStored(t, token)
	f.wantStored(t, other)
	f.wantList(t, f.owner, token, other)

	token.ExpiresAt = f.now.Add(time.Hour)
	f.touch(t, token)
	f.wantStored(t, token)
}

func (f tokenFixture) touch(t *testing.T, token records.Token) {
	t.Helper()
	if err := f.store.TouchToken(t.Context(), token.Hash, token.LastSeenAt, token.ExpiresAt); err != nil {
		t.Fatalf("TouchToken: %v", err)
	}
}

func testTouchForever(t *testing.T, f tokenFixture) {
	token := f.created(t, time.Hour)
	token.ExpiresAt = time.Time{}
	f.touch(t, token)
	f.wantStored(t, token)
	f.wantList(t, f.owner, token)
}

func testTouchMissing(t *testing.T, f tokenFixture) {
	never := f.token(0)
	gone := f.created(t, 0)
	if err := f.store.DeleteToken(t.Context(), gone.Hash); err != nil {
		t.Fatalf("DeleteToken: %v", err)
	}
	for _, token := range []records.Token{never, gone} {
		err := f.store.TouchToken(t.Context(), token.Hash, f.now, f.now.Add(time.Hour))
		if !errors.Is(err, user.ErrNotFound) {
			t.Errorf("TouchToken: got %v, want user.ErrNotFound", err)
		}
		f.wantMissing(t, token.Hash)
	}
	f.wantList(t, f.owner)
}

func testDelete(t *testing.T, f tokenFixture) {
	ended, kept := f.created(t, time.Hour), f.created(t, 2*time.Hour)
	for range 2 {
		if err := f.store.DeleteToken(t.Context(), ended.Hash); err != nil {
			t.Fatalf("DeleteToken: %v", err)
		}
	}
	if err := f.store.DeleteToken(t.Context(), f.token(0).Hash); err != nil {
		t.Errorf("DeleteToken of one that never was: %v", err)
	}
	f.wantMissing(t, ended.Hash)
	f.wantStored(t, kept)
	f.wantList(t, f.owner, kept)
}

func testTokensOf(t *testing.T, f tokenFixture) {
	middle, newest, oldest := f.created(t, 2*time.Hour), f.created(t, time.Hour), f.created(t, 3*time.Hour)
	stranger := tokenFixture{f.store, newID(f.store), f.now}
	others := stranger.created(t, time.Hour)
	f.wantList(t, f.owner, newest, middle, oldest)
	f.wantList(t, stranger.owner, others)
	f.wantList(t, newID(f.store))
}

func testDeleteTokensOf(t *testing.T, f tokenFixture) {
	first, second, kept := f.created(t, time.Hour), f.created(t, 2*time.Hour), f.created(t, 3*time.Hour)
	stranger := tokenFixture{f.store, newID(f.store), f.now}
	others := stranger.created(t, time.Hour)
	deleteAll := func(id user.ID, keep string) {
		t.Helper()
		if err := f.store.DeleteTokensOf(t.Context(), id, keep); err != nil {
			t.Fatalf("DeleteTokensOf: %v", err)
		}
	}
	deleteAll(f.owner, kept.Hash)
	f.wantMissing(t, first.Hash)
	f.wantMissing(t, second.Hash)
	f.wantStored(t, kept)
	f.wantList(t, f.owner, kept)

	deleteAll(f.owner, others.Hash)
	f.wantMissing(t, kept.Hash)
	f.wantStored(t, others)

	deleteAll(stranger.owner, "")
	deleteAll(stranger.owner, "")
	f.wantMissing(t, others.Hash)
	f.wantList(t, stranger.owner)
}

// testCancelled demands that a call whose context has ended returns soon, and
// that it did what it reports.
func testCancelled(t *testing.T, f tokenFixture) {
	token, ended := f.created(t, time.Hour), cancelled(t.Context())
	promptly(t, "TokenByHash", func() {
		if _, err := f.store.TokenByHash(ended, token.Hash); errors.Is(err, user.ErrNotFound) {
			t.Error("TokenByHash: got user.ErrNotFound, want the token or another error")
		}
	})
	promptly(t, "TokensOf", func() {
		if tokens, err := f.store.TokensOf(ended, f.owner, records.TokenQuery{}); err == nil && len(tokens) != 1 {
			t.Errorf("TokensOf: got %d tokens and no error, want 1 or an error", len(tokens))
		}
	})
	promptly(t, "TouchToken", func() {
		if err := f.store.TouchToken(ended, token.Hash, f.now, token.ExpiresAt); errors.Is(err, user.ErrNotFound) {
			t.Error("TouchToken: got user.ErrNotFound, want none or another error")
		}
	})
	for what, call := range map[string]func(context.Context) error{
		"DeleteToken":    func(ctx context.Context) error { return f.store.DeleteToken(ctx, token.Hash) },
		"DeleteTokensOf": func(ctx context.Context) error { return f.store.DeleteTokensOf(ctx, f.owner, "") },
		"TrimTokens":     func(ctx context.Context) error { return f.store.TrimTokens(ctx, f.token(0), 1) },
	} {
		promptly(t, what, func() {
			if call(ended) == nil {
				f.wantMissing(t, token.Hash)
			}
		})
	}
	promptly(t, "CreateToken", func() {
		if created := f.token(0); f.store.CreateToken(ended, created) == nil {
			f.wantStored(t, created)
		}
	})
}
