package oauth_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
)

func TestLink(t *testing.T) {
	t.Parallel()
	var changes [][]string
	m, _ := newWorld(t, func(c *ginauth.Config) {
		c.Hooks.AfterUpdate = func(_ context.Context, _ *user.User, changed []string) error {
			changes = append(changes, changed)
			return nil
		}
	})
	u := mustCreate(t, m, arthur())
	other := mustCreate(t, m, user.Registration{Email: "mordred@camelot.bt", Password: "guinevere"})
	if err := m.Link(ctx, u, ofMerlin(), oauth.PlainTokens{}); err != nil {
		t.Fatal(err)
	}
	first := accountsOf(t, m, u)[0]
	again := ofMerlin()
	again.AccessToken, again.RefreshToken = "access-2", ""
	if err := m.Link(ctx, u, again, oauth.PlainTokens{}); err != nil {
		t.Fatal(err)
	}
	if err := m.Link(ctx, other, ofMerlin(), oauth.PlainTokens{}); !errors.Is(err, user.ErrLinked) {
		t.Errorf("another user: got %v, want ErrLinked", err)
	}
	accounts := accountsOf(t, m, u)
	if len(accounts) != 1 || accounts[0].ID != first.ID || accounts[0].AccessToken != "access-2" || accounts[0].RefreshToken != "refresh-1" {
		t.Errorf("got %+v", accounts)
	}
	if len(accountsOf(t, m, other)) != 0 {
		t.Error("something was stored for the other")
	}
	if len(changes) != 2 || len(changes[0]) != 0 || len(changes[1]) != 0 {
		t.Errorf("AfterUpdate: got %v, want two calls without fields", changes)
	}
}

// Whose tokens end while an account is being linked must not keep a way in.
func TestLinkOfSomebodyThrownOut(t *testing.T) {
	t.Parallel()
	m, _ := newWorld(t, nil)
	u := mustCreate(t, m, arthur())
	if _, err := m.LogOutEverywhere(ctx, u, ""); err != nil {
		t.Fatal(err)
	}
	if err := m.Link(ctx, u, ofMerlin(), nil); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if accounts := accountsOf(t, m, u); len(accounts) != 0 {
		t.Errorf("got %+v, want none", accounts)
	}
}

func TestUnlink(t *testing.T) {
	t.Parallel()
	calls := 0
	m, store := newWorld(t, func(c *ginauth.Config) {
		c.Hooks.AfterUpdate = func(_ context.Context, _ *user.User, changed []string) error { calls++; return nil }
	})
	u := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	other := mustCreate(t, m, arthur())
	othersAccount := link(t, store, other, oauth.Identity{Provider: "google", AccountID: "2"})
	first := accountsOf(t, m, u)[0]
	check := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	check("unknown", m.Unlink(ctx, u, store.NewAccountID()), user.ErrNotFound)
	check("another's", m.Unlink(ctx, u, othersAccount.ID), user.ErrNotFound)
	check("last way in", m.Unlink(ctx, u, first.ID), user.ErrLastLoginMethod)
	second := link(t, store, u, oauth.Identity{Provider: "github", AccountID: "3"})
	check("one of two", m.Unlink(ctx, u, first.ID), nil)
	check("gone already", m.Unlink(ctx, u, first.ID), user.ErrNotFound)
	check("last way in again", m.Unlink(ctx, u, second.ID), user.ErrLastLoginMethod)
	check("last account beside a password", m.Unlink(ctx, other, othersAccount.ID), nil)
	if calls != 2 {
		t.Errorf("AfterUpdate: got %d calls, want 2", calls)
	}
}
