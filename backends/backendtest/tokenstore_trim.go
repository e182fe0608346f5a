package backendtest

import (
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user/records"
)

// on returns a token of the owner on a backend, which the store has.
func (f tokenFixture) on(t *testing.T, backend string, age time.Duration) records.Token {
	t.Helper()
	token := f.token(age)
	token.Backend = backend
	f.create(t, token)
	return token
}

func (f tokenFixture) trim(t *testing.T, newest records.Token, keep int) {
	t.Helper()
	if err := f.store.TrimTokens(t.Context(), newest, keep); err != nil {
		t.Fatalf("TrimTokens: %v", err)
	}
}

// wantQuery fails unless a query finds exactly these tokens, in this order.
func (f tokenFixture) wantQuery(t *testing.T, query records.TokenQuery, want ...records.Token) {
	t.Helper()
	got, err := f.store.TokensOf(t.Context(), f.owner, query)
	if err != nil {
		t.Fatalf("TokensOf: %v", err)
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("TokensOf %+v: got %+v, want %+v", query, got, want)
	}
}

func testTokensOfQuery(t *testing.T, f tokenFixture) {
	web3, web1, web2 := f.on(t, "web", 5*time.Hour), f.on(t, "web", time.Hour), f.on(t, "web", 3*time.Hour)
	api2, api1 := f.on(t, "api", 4*time.Hour), f.on(t, "api", 2*time.Hour)
	f.wantQuery(t, records.TokenQuery{}, web1, api1, web2, api2, web3)
	f.wantQuery(t, records.TokenQuery{Limit: 3}, web1, api1, web2)
	f.wantQuery(t, records.TokenQuery{Backend: "web"}, web1, web2, web3)
	f.wantQuery(t, records.TokenQuery{Backend: "web", Limit: 2}, web1, web2)
	f.wantQuery(t, records.TokenQuery{Backend: "api", Limit: 9}, api1, api2)
	f.wantQuery(t, records.TokenQuery{Backend: "ap"})
}

func testTrim(t *testing.T, f tokenFixture) {
	var tokens []records.Token
	for i := range 7 {
		tokens = append(tokens, f.on(t, "web", time.Duration(i)*time.Hour))
	}
	other := f.on(t, "api", 99*time.Hour)
	stranger := tokenFixture{f.store, newID(f.store), f.now}
	others := stranger.created(t, 99*time.Hour)

	for _, keep := range []int{100, 8, 7} {
		f.trim(t, tokens[0], keep)
		f.wantQuery(t, records.TokenQuery{Backend: "web"}, tokens...)
	}
	f.trim(t, tokens[0], 6)
	f.wantQuery(t, records.TokenQuery{Backend: "web"}, tokens[:6]...)
	f.wantMissing(t, tokens[6].Hash)
	f.trim(t, tokens[0], 2)
	f.wantQuery(t, records.TokenQuery{Backend: "web"}, tokens[:2]...)
	// The new one stays also where another instance's clock is ahead.
	f.trim(t, tokens[1], 1)
	f.wantQuery(t, records.TokenQuery{Backend: "web"}, tokens[1])
	f.wantStored(t, other)
	f.wantStored(t, others)
}

func testTrimExpired(t *testing.T, f tokenFixture) {
	newest := f.on(t, "web", 0)
	for i := range 3 {
		expired := f.token(time.Duration(i+1) * time.Minute)
		expired.ExpiresAt = f.now.Add(-time.Second)
		f.create(t, expired)
	}
	alive, forever, oldest := f.on(t, "web", 2*time.Hour), f.token(3*time.Hour), f.on(t, "web", 4*time.Hour)
	forever.ExpiresAt = time.Time{}
	f.create(t, forever)
	f.trim(t, newest, 3)
	f.wantQuery(t, records.TokenQuery{Backend: "web"}, newest, alive, forever)
	f.wantMissing(t, oldest.Hash)
}

func testTrimTies(t *testing.T, f tokenFixture) {
	var last records.Token
	for range 8 {
		last = f.on(t, "web", time.Hour)
		f.trim(t, last, 3)
		f.wantStored(t, last)
	}
	if got, err := f.store.TokensOf(t.Context(), f.owner, records.TokenQuery{}); err != nil || len(got) != 3 {
		t.Errorf("TokensOf: got %d tokens, error %v, want 3", len(got), err)
	}
}

func testConcurrentTrim(t *testing.T, f tokenFixture) {
	const count, keep = 20, 5
	together(count, func(i int) {
		token := f.on(t, "web", time.Duration(count-i)*time.Second)
		f.trim(t, token, keep)
	})
	f.trim(t, f.on(t, "web", 0), keep)
	if got, err := f.store.TokensOf(t.Context(), f.owner, records.TokenQuery{}); err != nil || len(got) != keep {
		t.Errorf("TokensOf: got %d tokens, error %v, want %d", len(got), err, keep)
	}
}
