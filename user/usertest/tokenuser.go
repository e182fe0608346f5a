package usertest

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// tokenUserStore is a store that finds users along with their tokens.
type tokenUserStore interface {
	user.Store
	records.TokenStore
	user.TokenUserStore
}

// TestTokenUserStore checks every clause of the comments on [user.TokenUserStore], which
// the store must implement in addition to [user.Store] and [records.TokenStore], and that it
// does return the users. newStore is as for [TestStore].
func TestTokenUserStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s tokenUserStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			able, ok := s.(tokenUserStore)
			if !ok {
				t.Fatalf("%T: does not implement records.TokenStore and user.TokenUserStore", s)
			}
			test(t, able)
		}
	}
	run(t, newStore, "TokenUserStore", []suite{
		{"TokenWithUser", with(testTokenWithUser)},
		{"TokenWithUser of an unknown token", with(testTokenWithUserUnknown)},
		{"TokenWithUser of a user who is gone", with(testTokenWithUserGone)},
		{"TokenWithUser after an update", with(testTokenWithUserUpdated)},
		{"TokenWithUser shares nothing", with(testTokenWithUserShared)},
		{"TokenWithUser at once", with(testTokenWithUserAtOnce)},
		{"TokenWithUser, ended context", with(testTokenWithUserEnded)},
	})
}

// addToken stores a token of a user.
func addToken(t *testing.T, s tokenUserStore, owner user.ID, text string) records.Token {
	t.Helper()
	token := records.Token{
		Hash: records.HashToken(text), UserID: owner, Backend: "web", TokenVersion: 3,
		CreatedAt: start, ExpiresAt: start.AddDate(100, 0, 0), LastSeenAt: start.Add(time.Minute),
		IP: "2001:db8::1", UserAgent: "Tintagel/1.0",
	}
	if err := s.CreateToken(t.Context(), token); err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
	return token
}

// checkTokenWithUser demands the token, and the user as ByID reads it.
func checkTokenWithUser(t *testing.T, s tokenUserStore, token records.Token) {
	t.Helper()
	got, owner, err := s.TokenWithUser(t.Context(), token.Hash)
	got.CreatedAt, got.ExpiresAt, got.LastSeenAt = got.CreatedAt.UTC(), got.ExpiresAt.UTC(), got.LastSeenAt.UTC()
	if err != nil || !reflect.DeepEqual(got, token) {
		t.Errorf("TokenWithUser: got %+v, %v, want %+v", got, err, token)
	}
	checkUser(t, "TokenWithUser", owner, stored(t, s, token.UserID))
}

func testTokenWithUser(t *testing.T, s tokenUserStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt", superuser, inactive)
	for i := range 2 {
		checkTokenWithUser(t, s, addToken(t, s, arthur.ID, fmt.Sprint("arthur ", i)))
		checkTokenWithUser(t, s, addToken(t, s, merlin.ID, fmt.Sprint("merlin ", i)))
	}
}

func testTokenWithUserUnknown(t *testing.T, s tokenUserStore) {
	token := addToken(t, s, add(t, s, "arthur@camelot.bt").ID, "arthur")
	for _, hash := range []string{records.HashToken("merlin"), token.Hash[1:], token.Hash + "0", "", "*"} {
		_, owner, err := s.TokenWithUser(t.Context(), hash)
		checkError(t, fmt.Sprintf("TokenWithUser(%q)", hash), err, user.ErrNotFound)
		if owner != nil {
			t.Errorf("TokenWithUser(%q): got a user", hash)
		}
	}
}

func testTokenWithUserGone(t *testing.T, s tokenUserStore) {
	arthur := add(t, s, "arthur@camelot.bt")
	for what, token := range map[string]records.Token{
		"never there": addToken(t, s, s.NewID(), "nobody"), "deleted": addToken(t, s, arthur.ID, "arthur"),
	} {
		if what == "deleted" {
			if err := s.Delete(t.Context(), arthur.ID, user.DeleteOptions{}); err != nil {
				t.Fatalf("Delete: %v", err)
			}
		}
		got, owner, err := s.TokenWithUser(t.Context(), token.Hash)
		if err != nil || got.Hash != token.Hash || owner != nil {
			t.Errorf("%s: got %+v, %v, %v, want the token alone", what, got, owner, err)
		}
	}
}

func testTokenWithUserUpdated(t *testing.T, s tokenUserStore) {
	arthur := add(t, s, "arthur@camelot.bt")
	token := addToken(t, s, arthur.ID, "arthur")
	checkTokenWithUser(t, s, token)
	no := false
	update := user.Update{IsActive: &no, EndTokens: true, KeepToken: token.Hash, UpdatedAt: later}
	if _, err := s.Update(t.Context(), arthur.ID, update); err != nil {
		t.Fatalf("Update: %v", err)
	}
	checkTokenWithUser(t, s, token)
	if err := s.DeleteToken(t.Context(), token.Hash); err != nil {
		t.Fatalf("DeleteToken: %v", err)
	}
	_, _, err := s.TokenWithUser(t.Context(), token.Hash)
	checkError(t, "TokenWithUser of an ended token", err, user.ErrNotFound)
}

func testTokenWithUserShared(t *testing.T, s tokenUserStore) {
	arthur := add(t, s, "arthur@camelot.bt")
	token := addToken(t, s, arthur.ID, "arthur")
	before := stored(t, s, arthur.ID)
	_, owner, err := s.TokenWithUser(t.Context(), token.Hash)
	if err != nil || owner == nil {
		t.Fatalf("TokenWithUser: got %v, %v, want the user", owner, err)
	}
	owner.IsSuperuser = true
	profile := owner.Profile.(*Profile)
	*profile.FirstName, profile.Tags[0], profile.Scores["joust"] = "Mordred", "traitor", -1
	checkUnchanged(t, "a change of what was returned", s, before)
	checkTokenWithUser(t, s, token)
}

func testTokenWithUserAtOnce(t *testing.T, s tokenUserStore) {
	const knights = 10
	tokens := make([]records.Token, knights)
	for i := range tokens {
		tokens[i] = addToken(t, s, add(t, s, fmt.Sprintf("knight%d@camelot.bt", i)).ID, fmt.Sprint(i))
	}
	errs := atOnce(5*knights, func(i int) error {
		want := tokens[i%knights]
		got, owner, err := s.TokenWithUser(t.Context(), want.Hash)
		if err == nil && (got.Hash != want.Hash || owner == nil || owner.ID != want.UserID) {
			err = fmt.Errorf("token %s with user %v, want token %s with user %s", got.Hash, owner, want.Hash, want.UserID)
		}
		return err
	})
	checkWinners(t, "TokenWithUser at once", errs, len(errs), nil)
}

func testTokenWithUserEnded(t *testing.T, s tokenUserStore) {
	token := addToken(t, s, add(t, s, "arthur@camelot.bt").ID, "arthur")
	checkEnded(t, map[string]func(ctx context.Context) error{
		"TokenWithUser": func(ctx context.Context) error { _, _, err := s.TokenWithUser(ctx, token.Hash); return err },
	})
	checkTokenWithUser(t, s, token)
}
