package backends_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// TestLegacyUserID reads tokens that name the user in another claim.
func TestLegacyUserID(t *testing.T) {
	t.Parallel()
	const rest = `"aud":["ginauth:auth"],"exp":1767225601`
	tests := []struct {
		name, claims string
		good         bool
	}{
		{"user_id", `"user_id":"` + arthurID + `",` + rest, true},
		{"sub", `"sub":"` + arthurID + `",` + rest, true},
		{"sub beside a user_id of another type", `"sub":"` + arthurID + `","user_id":1,` + rest, true},
		{"sub decides", `"sub":"nobody","user_id":"` + arthurID + `",` + rest, false},
		{"empty sub", `"sub":"","user_id":"` + arthurID + `",` + rest, false},
		{"null sub", `"sub":null,"user_id":"` + arthurID + `",` + rest, false},
		{"neither", rest, false},
		{"user_id is empty", `"user_id":"",` + rest, false},
		{"user_id is a number", `"user_id":1,` + rest, false},
		{"user_id is null", `"user_id":null,` + rest, false},
		{"user_id twice", `"user_id":"` + arthurID + `","user_id":"` + arthurID + `",` + rest, false},
		{"another audience", `"user_id":"` + arthurID + `","aud":"ginauth:verify","exp":1767225601`, false},
		{"expired", `"user_id":"` + arthurID + `","aud":"ginauth:auth","exp":1767225600`, false},
		{"version of another type", `"user_id":"` + arthurID + `","tv":"0",` + rest, false},
	}
	for _, test := range tests {
		c := newClock(t)
		token := signHS256(t, c.keys.Derive("ginauth:auth")[0], "{"+test.claims+"}")
		got, found, err := c.setUp(t, backends.JWT{LegacyUserID: true}).Read(t.Context(), token)
		if err != nil || found != test.good || found && got.UserID != arthurID {
			t.Errorf("%s: got %v, found %v, error %v, want %v", test.name, got.UserID, found, err, test.good)
		}
	}
	c := newClock(t)
	token := signHS256(t, c.keys.Derive("ginauth:auth")[0], "{"+tests[0].claims+"}")
	if _, found, err := c.setUp(t, backends.JWT{}).Read(t.Context(), token); found || err != nil {
		t.Errorf("not switched on: got found %v, error %v", found, err)
	}
}

// plainStore has tokens in clear besides.
type plainStore struct {
	*spyStore
	plain map[string]records.Token
}

func (s *plainStore) TokenByPlain(_ context.Context, token string) (records.Token, error) {
	if err := s.call("find plain"); err != nil {
		return records.Token{}, err
	}
	t, ok := s.plain[token]
	if !ok {
		return records.Token{}, user.ErrNotFound
	}
	return t, nil
}

func (s *plainStore) DeletePlain(_ context.Context, token string) error {
	if err := s.call("delete plain"); err != nil {
		return err
	}
	delete(s.plain, token)
	return nil
}

func TestPlainTokens(t *testing.T) {
	t.Parallel()
	good, mixedUp, dead := strings.Repeat("A", 43), strings.Repeat("E", 43), strings.Repeat("I", 43)
	c := newClock(t)
	record := records.Token{Hash: records.HashToken(good), UserID: arthurID, CreatedAt: c.now, LastSeenAt: c.now, ExpiresAt: c.now.Add(time.Hour)}
	old := record
	old.Hash, old.ExpiresAt = records.HashToken(dead), c.now
	store := &plainStore{newSpy(c.store), map[string]records.Token{good: record, mixedUp: record, dead: old}}
	c.store = store
	tokens := c.setUp(t, backends.Database{})

	identity, found, err := tokens.Read(t.Context(), good)
	if err != nil || !found || identity.UserID != arthurID || identity.TokenVersion != 0 || identity.TokenHash != records.HashToken(good) {
		t.Errorf("got %+v, found %v, %v", identity, found, err)
	}
	if identity.Record == nil || identity.Record.Backend != "api" {
		t.Errorf("got record %+v, want one of the backend api", identity.Record)
	}
	assertReads(t, tokens, mixedUp, false)
	assertReads(t, tokens, dead, false)
	assertReads(t, tokens, strings.Repeat("M", 43), false)

	store.fail["find plain"] = context.DeadlineExceeded
	if _, found, err := tokens.Read(t.Context(), good); found || err == nil {
		t.Errorf("store down: got found %v, error %v, want an error", found, err)
	}
	delete(store.fail, "find plain")
	store.fail["delete plain"] = context.DeadlineExceeded
	if err := tokens.Destroy(t.Context(), good); err == nil {
		t.Error("store down: Destroy: got no error")
	}
	delete(store.fail, "delete plain")
	if err := tokens.Destroy(t.Context(), good); err != nil {
		t.Errorf("Destroy: %v", err)
	}
	assertReads(t, tokens, good, false)

	before := store.calls["find plain"]
	assertReads(t, tokens, issue(t, tokens, arthur()), true)
	if got := store.calls["find plain"]; got != before {
		t.Errorf("a token with a hash is looked up in clear, too")
	}
}
