package backends_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func TestStoredTokenForm(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.Database{})
	token := issue(t, tokens, arthur())
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(token) != 43 || len(decoded) != 32 {
		t.Errorf("got token %q of %d bytes, %v, want 32 bytes in 43 characters", token, len(decoded), err)
	}
	stored, err := c.store.TokensOf(t.Context(), arthurID, records.TokenQuery{})
	if err != nil || len(stored) != 1 || stored[0].Hash != records.HashToken(token) {
		t.Errorf("got records %+v, %v, want one under the token's hash", stored, err)
	}
}

// TestMalformedTokensAreNotLookedUp counts the calls of the store.
func TestMalformedTokensAreNotLookedUp(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	spy := newSpy(c.store)
	c.store = spy
	tokens := c.setUp(t, backends.Database{})
	for name, token := range map[string]string{
		"empty":                      "",
		"too short":                  strings.Repeat("A", 42),
		"too long":                   strings.Repeat("A", 44),
		"padded":                     strings.Repeat("A", 43) + "=",
		"standard alphabet":          strings.Repeat("A", 42) + "+",
		"slash":                      "/" + strings.Repeat("A", 42),
		"last character is not kept": strings.Repeat("A", 42) + "B",
		"line break":                 strings.Repeat("A", 42) + "\n",
		"line breaks inside":         "AA\r\n" + strings.Repeat("A", 39),
		"NUL":                        strings.Repeat("\x00", 43),
		"not ASCII":                  strings.Repeat("é", 21) + "A",
		"a hash":                     records.HashToken("token"),
	} {
		if _, found, err := tokens.Read(t.Context(), token); found || err != nil {
			t.Errorf("%s: Read: got found %v, error %v, want nobody", name, found, err)
		}
		if err := tokens.Destroy(t.Context(), token); err != nil {
			t.Errorf("%s: Destroy: %v", name, err)
		}
		if got := spy.total(); got != 0 {
			t.Fatalf("%s: got %d calls of the store, want 0", name, got)
		}
	}
	assertReads(t, tokens, strings.Repeat("A", 43), false)
	if got := spy.calls["find"]; got != 1 {
		t.Errorf("a token that may be one: got %d look-ups, want 1", got)
	}
}

// TestLimits follows one token through its life. Each step is a time since the
// login at which the token is read, and used if it counts.
func TestLimits(t *testing.T) {
	t.Parallel()
	type step struct {
		at   time.Duration
		want bool
	}
	const hour, day = time.Hour, 24 * time.Hour
	tests := []struct {
		name     string
		strategy backends.Database
		steps    []step
	}{
		{"use does not prolong", backends.Database{Lifetime: hour}, []step{
			{30 * time.Minute, true}, {59 * time.Minute, true}, {hour - 1, true}, {hour, false}, {30 * time.Minute, true},
		}},
		{"no end", backends.Database{Lifetime: backends.Forever}, []step{{day, true}, {10_000 * day, true}}},
		{"idle", backends.Database{Lifetime: day, IdleTimeout: hour}, []step{
			{59 * time.Minute, true}, {118 * time.Minute, true}, {178*time.Minute - 1, true}, {238 * time.Minute, false},
		}},
		{"idle, never used", backends.Database{IdleTimeout: hour}, []step{{hour, false}}},
		{"idle and no end", backends.Database{Lifetime: backends.Forever, IdleTimeout: day}, []step{
			{day - time.Second, true}, {2*day - 2*time.Second, true}, {3 * day, false},
		}},
		{"idle does not outlive the lifetime", backends.Database{Lifetime: hour, IdleTimeout: 40 * time.Minute}, []step{
			{30 * time.Minute, true}, {59 * time.Minute, true}, {hour, false},
		}},
		{"sliding", backends.Database{Lifetime: day, AbsoluteLifetime: 3 * day}, []step{
			{20 * hour, true}, {40 * hour, true}, {63 * hour, true}, {72*hour - 1, true}, {72 * hour, false},
		}},
		{"sliding, used too late", backends.Database{Lifetime: day, AbsoluteLifetime: 3 * day}, []step{
			{20 * hour, true}, {44*hour - 1, true}, {68 * hour, false},
		}},
		{"sliding, never used", backends.Database{Lifetime: day, AbsoluteLifetime: 3 * day}, []step{{day, false}}},
		{"sliding and idle", backends.Database{Lifetime: day, AbsoluteLifetime: 3 * day, IdleTimeout: 2 * hour}, []step{
			{hour, true}, {3 * hour, false},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			tokens := c.setUp(t, test.strategy)
			login := c.time()
			token := issue(t, tokens, arthur())
			for _, step := range test.steps {
				c.pass(login.Add(step.at).Sub(c.time()))
				identity, found, err := tokens.Read(t.Context(), token)
				if err != nil || found != step.want {
					t.Fatalf("after %v: got found %v, error %v, want %v", step.at, found, err, step.want)
				}
				if found {
					tokens.(backends.Toucher).Touch(identity)
				}
				if _, err := c.run(t); err != nil {
					t.Fatalf("after %v: %v", step.at, err)
				}
			}
		})
	}
}

// TestLimitsOfToday applies today's configuration to records of other times.
func TestLimitsOfToday(t *testing.T) {
	t.Parallel()
	start := time.Unix(1767225600, 0).UTC()
	const hour = time.Hour
	record := func(created, seen, expires time.Duration) records.Token {
		token := records.Token{CreatedAt: start.Add(created), LastSeenAt: start.Add(seen)}
		if expires != 0 {
			token.ExpiresAt = start.Add(expires)
		}
		return token
	}
	tests := []struct {
		name     string
		strategy backends.Database
		record   records.Token
		want     bool
	}{
		{"within both", backends.Database{Lifetime: 2 * hour}, record(-hour, -hour, hour), true},
		{"its own end has come", backends.Database{Lifetime: 2 * hour}, record(-hour, -hour, -1), false},
		{"a shorter lifetime now", backends.Database{Lifetime: hour}, record(-hour, 0, 24*hour), false},
		{"a longer lifetime now", backends.Database{Lifetime: 24 * hour}, record(-2*hour, -hour, -hour), false},
		{"issued without end, a lifetime now", backends.Database{Lifetime: hour}, record(-hour, 0, 0), false},
		{"issued with an end, none now", backends.Database{Lifetime: backends.Forever}, record(-2*hour, -hour, -hour), false},
		{"an absolute end now", backends.Database{Lifetime: hour, AbsoluteLifetime: 2 * hour}, record(-2*hour, 0, 24*hour), false},
		{"a shorter renewal now", backends.Database{Lifetime: hour, AbsoluteLifetime: 9 * hour}, record(-3*hour, -hour, 24*hour), false},
		{"issued by a clock that goes before", backends.Database{Lifetime: hour}, record(time.Minute, time.Minute, 61*time.Minute), true},
		{"clock set back after the end was seen", backends.Database{Lifetime: 3 * hour}, record(-hour, 2*hour, 2*hour), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			tokens := c.setUp(t, test.strategy)
			token := strings.Repeat("A", 43)
			test.record.Hash, test.record.UserID, test.record.Backend = records.HashToken(token), arthurID, "api"
			if err := c.store.CreateToken(t.Context(), test.record); err != nil {
				t.Fatal(err)
			}
			assertReads(t, tokens, token, test.want)
		})
	}
}

func TestStoredMistakes(t *testing.T) {
	t.Parallel()
	setup := newClock(t).setup()
	without := setup
	without.Tokens = nil
	assertRefused(t, backends.Database{}, without, "the application's store keeps no tokens")
	assertRefused(t, backends.Stored{}, setup, "Store is missing")
	assertRefused(t, backends.Database{Lifetime: -time.Second, IdleTimeout: -1, AbsoluteLifetime: backends.Forever}, without,
		"the application's store keeps no tokens", "Lifetime is -1s", "IdleTimeout is -1ns", "AbsoluteLifetime is -1ns")
	assertRefused(t, backends.Database{IdleTimeout: 119 * time.Second}, setup, "IdleTimeout is 1m59s, want 0 or at least 2m0s")
	assertRefused(t, backends.Database{Lifetime: time.Minute, AbsoluteLifetime: time.Hour}, setup, "Lifetime is 1m0s, want at least 2m0s with AbsoluteLifetime")
	assertRefused(t, backends.Database{Lifetime: 2 * time.Hour, AbsoluteLifetime: time.Hour}, setup, "AbsoluteLifetime is 1h0m0s, shorter than Lifetime 2h0m0s")
	assertRefused(t, backends.Database{Lifetime: backends.Forever, AbsoluteLifetime: time.Hour}, setup, "AbsoluteLifetime is set, but Lifetime is backends.Forever")
}

// withRecords are the strategies that keep records.
func withRecords() map[string]backends.Strategy {
	return map[string]backends.Strategy{"Database": backends.Database{}, "JWT": backends.JWT{Record: true}}
}

func TestStoreDownIsNoAnswer(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	for name, strategy := range withRecords() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			spy := newSpy(c.store)
			c.store = spy
			tokens := c.setUp(t, strategy)
			token := issue(t, tokens, arthur())
			spy.fail = map[string]error{"create": down, "find": down, "delete": down, "touch": down}
			if _, found, err := tokens.Read(t.Context(), token); found || !errors.Is(err, user.ErrUnavailable) {
				t.Errorf("Read: got found %v, error %v, want user.ErrUnavailable", found, err)
			}
			if written, err := tokens.Write(t.Context(), user.Login{User: arthur()}); written.Access != "" || !errors.Is(err, user.ErrUnavailable) {
				t.Errorf("Write: got %q, error %v, want user.ErrUnavailable", written, err)
			}
			if err := tokens.Destroy(t.Context(), token); !errors.Is(err, user.ErrUnavailable) {
				t.Errorf("Destroy: got %v, want user.ErrUnavailable", err)
			}
			delete(spy.fail, "find")
			if err := tokens.Destroy(t.Context(), token); !errors.Is(err, user.ErrUnavailable) {
				t.Errorf("Destroy that cannot delete: got %v, want user.ErrUnavailable", err)
			}
			assertReads(t, tokens, token, true)
		})
	}
}

func TestDestroyOutlivesTheRequest(t *testing.T) {
	t.Parallel()
	for name, strategy := range withRecords() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tokens := newClock(t).setUp(t, strategy)
			token := issue(t, tokens, arthur())
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := tokens.Destroy(ctx, token); err != nil {
				t.Errorf("Destroy: %v", err)
			}
			assertReads(t, tokens, token, false)
		})
	}
}

func TestStoreThatMixesUpAnswers(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(records.Token) records.Token{
		"another token's":   func(token records.Token) records.Token { token.Hash = records.HashToken("x"); return token },
		"another backend's": func(token records.Token) records.Token { token.Backend = "web"; return token },
	} {
		for strategyName, strategy := range withRecords() {
			c := newClock(t)
			spy := newSpy(c.store)
			c.store = spy
			tokens := c.setUp(t, strategy)
			token := issue(t, tokens, arthur())
			spy.answer = change
			if reads(t, tokens, token) {
				t.Errorf("%s: %s record is taken", strategyName, name)
			}
		}
	}
}

func TestDamagedRecordIsNobodyAndLogged(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	spy := newSpy(c.store)
	c.store = spy
	tokens := c.setUp(t, backends.Database{})
	token := issue(t, tokens, arthur())
	spy.fail["find"] = user.ErrDamaged
	assertReads(t, tokens, token, false)
	if log := c.log.String(); !strings.Contains(log, "a stored token is damaged") || strings.Contains(log, token) || strings.Contains(log, records.HashToken(token)) {
		t.Errorf("got log %q, want that a token is damaged, and no token", log)
	}
}

func FuzzStoredRead(f *testing.F) {
	c := newClock(f)
	spy := newSpy(c.store)
	c.store = spy
	tokens := c.setUp(f, backends.Database{})
	// Fixed, because the processes that fuzz each make their own.
	good := strings.Repeat("Excalibur-", 4) + "inA"
	record := records.Token{Hash: records.HashToken(good), UserID: arthurID, Backend: "api", CreatedAt: c.now, LastSeenAt: c.now}
	if err := c.store.CreateToken(f.Context(), record); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", good, good[:42], good + "=", strings.Repeat("A", 43), strings.Repeat("\n", 43)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		before := spy.total()
		_, found, err := tokens.Read(t.Context(), token)
		if err != nil || found != (token == good) {
			t.Errorf("Read(%q): got found %v, error %v", token, found, err)
		}
		decoded, err := base64.RawURLEncoding.DecodeString(token)
		canonical := err == nil && len(decoded) == 32 && base64.RawURLEncoding.EncodeToString(decoded) == token
		if asked := spy.total() != before; asked != canonical {
			t.Errorf("Read(%q): got store asked %v, want %v", token, asked, canonical)
		}
	})
}
