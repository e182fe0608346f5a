package user_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// A reset token dies with each thing it was made for, also where that comes back.
func TestResetTokenIsBound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		moved func(t *testing.T, m *user.Manager, u *user.User)
	}{
		{"another address", func(t *testing.T, m *user.Manager, u *user.User) {
			mustUpdate(t, m, u, user.Changes{Email: ptr("victim@camelot.bt")})
		}},
		{"deactivated and activated again", func(t *testing.T, m *user.Manager, u *user.User) {
			mustUpdate(t, m, mustUpdate(t, m, u, user.Changes{IsActive: ptr(false)}), user.Changes{IsActive: ptr(true)})
		}},
		{"logged out everywhere", func(t *testing.T, m *user.Manager, u *user.User) {
			if _, err := m.LogOutEverywhere(ctx, u, ""); err != nil {
				t.Fatal(err)
			}
		}},
		{"the address of a victim, who takes the account over", func(t *testing.T, m *user.Manager, u *user.User) {
			mustUpdate(t, m, u, user.Changes{Email: ptr("victim@camelot.bt")})
			victim := user.OAuthIdentity{Provider: "google", AccountID: "1", Email: "victim@camelot.bt", EmailVerified: true}
			mustSignIn(t, m, victim, user.OAuthPolicy{AssociateByEmail: true})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, _ := newManager(t, nil)
			mordred := user.OAuthIdentity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt"}
			u := mustSignIn(t, m, mordred, user.OAuthPolicy{})
			token, err := m.ResetToken(u)
			if err != nil {
				t.Fatal(err)
			}
			test.moved(t, m, u)
			if _, err := m.ResetPassword(ctx, token, "mordred2"); !errors.Is(err, user.ErrBadToken) {
				t.Errorf("got %v, want ErrBadToken", err)
			}
		})
	}
}

func mustUpdate(t *testing.T, m *user.Manager, u *user.User, c user.Changes) *user.User {
	t.Helper()
	after, err := m.Update(ctx, u, c)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// Whoever registered the address of the first superuser keeps nothing of it.
func TestEnsureSuperuserTakesOver(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	m, store := newManager(t, func(c *user.ManagerConfig) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	stranger, err := m.Register(ctx, arthur())
	if err != nil {
		t.Fatal(err)
	}
	mordred := user.OAuthIdentity{Provider: "github", AccountID: "666", Email: "king.arthur@camelot.bt", EmailVerified: true}
	link(t, store, stranger, mordred)
	reset, _ := m.ResetToken(stranger)
	if err := store.CreateToken(ctx, user.Token{Hash: user.HashToken("mordreds"), UserID: stranger.ID}); err != nil {
		t.Fatal(err)
	}

	u, err := m.EnsureSuperuser(ctx, "king.arthur@camelot.bt", "excalibur")
	if err != nil || u.ID != stranger.ID || !u.IsActive || !u.IsSuperuser || !u.IsVerified || u.OwnerVersion != 1 || u.TokenVersion != 1 {
		t.Fatalf("got %+v, %v", u, err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "guinevere"); !errors.Is(err, user.ErrBadCredentials) {
		t.Errorf("the stranger's password: got %v", err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "excalibur"); err != nil {
		t.Errorf("the given password: got %v", err)
	}
	if _, err := m.ResetPassword(ctx, reset, "mordred2"); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("the stranger's reset token: got %v", err)
	}
	if owner, err := m.ByOAuthAccount(ctx, "github", "666"); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("the stranger's account leads to %v, %v", owner, err)
	}
	if tokens, err := store.TokensOf(ctx, u.ID, user.TokenQuery{}); err != nil || len(tokens) != 0 {
		t.Errorf("got %d tokens, %v, want none", len(tokens), err)
	}
	if !strings.Contains(log.String(), "taken over") || !strings.Contains(log.String(), string(u.ID)) {
		t.Errorf("got the log %q", log.String())
	}

	// The next start finds a superuser, who may have another password by now.
	if u, err = m.EnsureSuperuser(ctx, "king.arthur@camelot.bt", "other"); err != nil || u.OwnerVersion != 1 {
		t.Errorf("got %+v, %v, want no change", u, err)
	}
	if _, err := m.Authenticate(ctx, "king.arthur@camelot.bt", "excalibur"); err != nil {
		t.Errorf("after another start: got %v", err)
	}
}

// The reset of an unverified user leaves the links that prove the address.
func TestResetDropsUnprovenLinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		identity user.OAuthIdentity
		verified bool
		kept     bool
	}{
		{"another address", user.OAuthIdentity{Email: "mordred@camelot.bt", EmailVerified: true}, false, false},
		{"this address, not verified", user.OAuthIdentity{Email: "merlin@camelot.bt"}, false, false},
		{"no address", user.OAuthIdentity{}, false, false},
		{"this address", user.OAuthIdentity{Email: "Merlin@Camelot.bt", EmailVerified: true}, false, true},
		{"of a verified user", user.OAuthIdentity{Email: "mordred@camelot.bt"}, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, _ := newManager(t, nil)
			u := mustCreate(t, m, user.Registration{Email: "merlin@camelot.bt", Password: "mordred", IsVerified: test.verified})
			test.identity.Provider, test.identity.AccountID = "github", "666"
			if err := m.LinkOAuth(ctx, u, test.identity, nil); err != nil {
				t.Fatal(err)
			}
			after := resetOf(t, m, u)
			owner, err := m.ByOAuthAccount(ctx, "github", "666")
			if test.kept && (err != nil || owner.ID != u.ID) || !test.kept && !errors.Is(err, user.ErrNotFound) {
				t.Errorf("the account leads to %v, %v, want kept %v", owner, err, test.kept)
			}
			if after.IsVerified != test.verified || (after.OwnerVersion == 1) == test.verified {
				t.Errorf("got verified %v, owner version %d", after.IsVerified, after.OwnerVersion)
			}
		})
	}
}

func resetOf(t *testing.T, m *user.Manager, u *user.User) *user.User {
	t.Helper()
	token, err := m.ResetToken(u)
	if err != nil {
		t.Fatal(err)
	}
	after, err := m.ResetPassword(ctx, token, "guinevere")
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// A reset that ends at any store call leaves no link of a stranger to the new password.
func TestResetIsKilled(t *testing.T) {
	t.Parallel()
	atEveryCall(t, func(t *testing.T, fault func(*interrupted)) bool {
		store := &interrupted{Store: usertest.NewStore()}
		m := otherManager(t, store.Store)
		u := squat(t, store)
		mordred := user.OAuthIdentity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt", EmailVerified: true}
		link(t, store, u, mordred)
		link(t, store, u, merlin())
		token, err := m.ResetToken(u)
		if err != nil {
			t.Fatal(err)
		}
		store.calls = 0
		fault(store)
		_, err = otherManager(t, store).ResetPassword(ctx, token, "guinevere")
		done := err == nil && store.calls > 0
		now, findErr := m.ByID(ctx, u.ID)
		if findErr != nil {
			t.Fatal(findErr)
		}
		if _, linkErr := m.ByOAuthAccount(ctx, "github", "666"); now.HashedPassword != u.HashedPassword && !errors.Is(linkErr, user.ErrNotFound) {
			t.Errorf("the stranger's account: got %v, want ErrNotFound", linkErr)
		}
		if err != nil {
			if _, err := m.ResetPassword(ctx, token, "guinevere"); now.HashedPassword == u.HashedPassword && err != nil {
				t.Errorf("again: got %v", err)
			}
		}
		return !done
	})
}

// A process that is killed when it has linked an account, before it could see that the
// user has changed hands meanwhile, leaves no way in.
func TestKilledWhileLinking(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		changed func(t *testing.T, m *user.Manager, u *user.User)
	}{
		{"linked to the owner of the address", func(t *testing.T, m *user.Manager, _ *user.User) {
			mustSignIn(t, m, merlin(), user.OAuthPolicy{AssociateByEmail: true})
		}},
		{"reset", func(t *testing.T, m *user.Manager, u *user.User) { resetOf(t, m, u) }},
		{"taken over", func(t *testing.T, m *user.Manager, u *user.User) {
			if _, err := m.EnsureSuperuser(ctx, u.Email, "guinevere"); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store := &interrupted{Store: usertest.NewStore()}
			m := otherManager(t, store.Store)
			u := squat(t, store)
			store.calls = 0
			store.at(2, func() { test.changed(t, m, u) }) // between the look-up of the account and its link
			store.before = func(k int) bool { return k > 2 }
			mordred := user.OAuthIdentity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt"}
			if err := otherManager(t, store).LinkOAuth(ctx, u, mordred, nil); !errors.Is(err, errKilled) {
				t.Fatalf("got %v, want it to be killed", err)
			}
			if owner, err := m.ByOAuthAccount(ctx, "github", "666"); !errors.Is(err, user.ErrNotFound) {
				t.Errorf("the account leads to %v, %v, want ErrNotFound", owner, err)
			}
			own := mustSignIn(t, m, mordred, user.OAuthPolicy{})
			if own.ID == u.ID {
				t.Error("the stranger is in the account that is not his any more")
			}
		})
	}
}

// An address that nobody has verified may be of a stranger to the account, who gets no
// notice that somebody else has chosen the text of.
func TestNoNoticeToTheUnverified(t *testing.T) {
	t.Parallel()
	for _, verified := range []bool{false, true} {
		notices := make(chan string, 8)
		m, _ := newManager(t, func(c *user.ManagerConfig) {
			c.Hooks.Send = func(_ context.Context, mail user.Mail) error { notices <- string(mail.Kind); return nil }
			c.Policy.ConfirmEmailChange = true
		})
		u := mustCreate(t, m, user.Registration{Email: "merlin@camelot.bt", Password: "guinevere", IsVerified: verified})
		const stranger = "your-account-is-locked@mordred.bt"
		if _, err := m.UpdateOwn(ctx, u, user.Changes{Email: ptr(stranger)}); err != nil {
			t.Fatal(err)
		}
		token, err := m.EmailChangeToken(u, stranger, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.ConfirmEmail(ctx, token); err != nil {
			t.Fatal(err)
		}
		if err := m.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		close(notices)
		got := map[string]bool{}
		for notice := range notices {
			got[notice] = true
		}
		if !got["confirm-email"] || got["email-change"] != verified || got["email-changed"] != verified {
			t.Errorf("verified %v: got %v", verified, got)
		}
	}
}
