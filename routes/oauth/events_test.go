package oauth_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
)

// What becomes of an account and its links through providers is an event each, without a
// token or an account's ID at the provider.
func TestOAuthEvents(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var kinds []user.EventKind
	m, _ := newWorld(t, func(c *ginauth.Config) {
		c.OnEvent = func(_ context.Context, e user.Event) {
			mu.Lock()
			defer mu.Unlock()
			kinds = append(kinds, e.Kind)
			if e.Kind == user.EventOAuthUnlinked && e.Note["provider"] == "" {
				t.Errorf("the event %s has no provider: %v", e.Kind, e.Note)
			}
			for _, text := range []string{e.Code, e.Session, e.Note["reason"], e.Note["credential"]} {
				if strings.Contains(text, "access-1") || strings.Contains(text, "refresh-1") || strings.Contains(text, "1094") {
					t.Errorf("got %q in the event %s", text, e.Kind)
				}
			}
		}
	})
	if _, err := m.Create(ctx, user.Registration{Email: "merlin@camelot.bt", Password: "guinevere"}); err != nil {
		t.Fatal(err)
	}
	u := mustSignIn(t, m, ofMerlin(), oauth.Policy{AssociateByEmail: true})
	another := ofMerlin()
	another.Provider = "github"
	if err := m.Link(ctx, u, another, nil); err != nil {
		t.Fatal(err)
	}
	accounts := accountsOf(t, m, u)
	if err := m.Unlink(ctx, u, accounts[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := m.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []user.EventKind{user.EventRegistered, user.EventAccountTakenOver, user.EventOAuthLinked, user.EventOAuthUnlinked} {
		if !slices.Contains(kinds, want) {
			t.Errorf("got %v, want %s", kinds, want)
		}
	}
}
