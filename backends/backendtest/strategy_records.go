package backendtest

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func testDestroy(t *testing.T, f *strategyFixture) {
	u := newUser()
	ended, kept, others := write(t, f.tokens, u), write(t, f.tokens, u), write(t, f.tokens, newUser())
	destroy(t, f.tokens, ended)
	destroy(t, f.tokens, ended)
	wantUser(t, f.tokens, kept, u)
	if _, found, err := f.tokens.Read(t.Context(), others); !found || err != nil {
		t.Errorf("another user's token: got found %v, error %v, want the user", found, err)
	}
	f.records(t)
	wantNobody(t, f.tokens, ended)
}

// only returns the one record of u.
func (f *strategyFixture) only(t *testing.T, u *user.User) records.Token {
	t.Helper()
	tokens, err := f.records(t).TokensOf(t.Context(), u.ID, records.TokenQuery{})
	if err != nil || len(tokens) != 1 {
		t.Fatalf("TokensOf: got %d records, error %v, want 1", len(tokens), err)
	}
	return tokens[0]
}

func testRecord(t *testing.T, f *strategyFixture) {
	f.records(t)
	tests := []struct {
		name, address, agent, want string
	}{
		{"a browser", "203.0.113.7", "Tintagel/1.0", "Tintagel/1.0"},
		{"unknown", "", "", ""},
		{"a long description", "2001:db8::1", strings.Repeat("x", 513), strings.Repeat("x", 512)},
		{"cut between characters", "2001:db8::1", "x" + strings.Repeat("é", 400), "x" + strings.Repeat("é", 255)},
		{"not UTF-8", "2001:db8::1", "a\xffb", "a\uFFFDb"},
		{"not UTF-8 and long", "2001:db8::1", strings.Repeat("\xff", 5000), "\uFFFD"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := newUser()
			login := loginOf(u)
			issued, err := f.tokens.Write(client(t.Context(), test.address, test.agent), login)
			if err != nil {
				t.Fatalf("Write: %v", err)
			}
			token := issued.Access
			got, want := f.only(t, u), records.Token{
				Hash: records.HashToken(token), UserID: u.ID, Backend: "web", TokenVersion: u.TokenVersion,
				CreatedAt: f.time(), ExpiresAt: f.time().Add(f.subject.DefaultLifetime), LastSeenAt: f.time(),
				IP: test.address, UserAgent: test.want, Methods: login.Methods, AuthenticatedAt: login.At,
			}
			if !same(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if len(got.UserAgent) > 512 || !utf8.ValidString(got.UserAgent) {
				t.Errorf("got UserAgent %q, want valid UTF-8 of at most 512 bytes", got.UserAgent)
			}
			record := wantUser(t, f.tokens, token, u).Record
			if record == nil || !same(*record, want) {
				t.Errorf("Identity.Record: got %+v, want %+v", record, want)
			}
		})
	}
}

func testRecordDeleted(t *testing.T, f *strategyFixture) {
	stored, u := f.records(t), newUser()
	first, second, third := write(t, f.tokens, u), write(t, f.tokens, u), write(t, f.tokens, u)
	if err := stored.DeleteToken(t.Context(), records.HashToken(first)); err != nil {
		t.Fatalf("DeleteToken: %v", err)
	}
	wantNobody(t, f.tokens, first)
	wantUser(t, f.tokens, second, u)
	if err := stored.DeleteTokensOf(t.Context(), u.ID, records.HashToken(third)); err != nil {
		t.Fatalf("DeleteTokensOf: %v", err)
	}
	wantNobody(t, f.tokens, second)
	wantUser(t, f.tokens, third, u)
}

// use authenticates with a token as the authenticator does.
func (f *strategyFixture) use(t *testing.T, token string, u *user.User) {
	t.Helper()
	f.tokens.(backends.Toucher).Touch(wantUser(t, f.tokens, token, u))
}

// touches skips the test where use is not noted.
func (f *strategyFixture) touches(t *testing.T) {
	t.Helper()
	f.records(t)
	if _, ok := f.tokens.(backends.Toucher); !ok {
		t.Skip("the strategy notes no use")
	}
}

func testUse(t *testing.T, f *strategyFixture) {
	f.touches(t)
	u := newUser()
	token, start := write(t, f.tokens, u), f.time()
	steps := []struct {
		name         string
		after        time.Duration // since the login
		uses, writes int
		seen         time.Duration // since the login
	}{
		{"at once", 0, 3, 0, 0},
		{"within a minute", 59 * time.Second, 3, 0, 0},
		{"after a minute", time.Minute, 5, 1, time.Minute},
		{"within the next minute", 119 * time.Second, 3, 0, time.Minute},
		{"much later", 30 * time.Minute, 5, 1, 30 * time.Minute},
	}
	for _, step := range steps {
		f.setTime(start.Add(step.after))
		for range step.uses {
			f.use(t, token, u)
		}
		if got := f.runJobs(t); got != step.writes {
			t.Errorf("%s: got %d writes, want %d", step.name, got, step.writes)
		}
		record := f.only(t, u)
		if want := start.Add(step.seen); !record.LastSeenAt.Equal(want) {
			t.Errorf("%s: got LastSeenAt %v, want %v", step.name, record.LastSeenAt, want)
		}
		if want := start.Add(f.subject.DefaultLifetime); !record.ExpiresAt.Equal(want) {
			t.Errorf("%s: got ExpiresAt %v, want %v", step.name, record.ExpiresAt, want)
		}
	}
}

func testLateUse(t *testing.T, f *strategyFixture) {
	f.touches(t)
	u := newUser()
	token := write(t, f.tokens, u)
	f.pass(2 * time.Minute)
	f.use(t, token, u)
	destroy(t, f.tokens, token)
	if got := f.runJobs(t); got != 1 {
		t.Errorf("got %d writes, want 1", got)
	}
	wantNobody(t, f.tokens, token)
	tokens, err := f.records(t).TokensOf(t.Context(), u.ID, records.TokenQuery{})
	if err != nil || slices.ContainsFunc(tokens, func(token records.Token) bool { return token.UserID == u.ID }) {
		t.Errorf("TokensOf: got %+v, %v, want none", tokens, err)
	}
}
