package oauth_test

import (
	"errors"
	"testing"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// A reset token dies with each thing it was made for, also where that comes back.
func TestResetTokenIsBound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		moved func(t *testing.T, m world, u *user.User)
	}{
		{"another address", func(t *testing.T, m world, u *user.User) {
			mustUpdate(t, m, u, user.Changes{Email: ptr("victim@camelot.bt")})
		}},
		{"deactivated and activated again", func(t *testing.T, m world, u *user.User) {
			mustUpdate(t, m, mustUpdate(t, m, u, user.Changes{IsActive: ptr(false)}), user.Changes{IsActive: ptr(true)})
		}},
		{"logged out everywhere", func(t *testing.T, m world, u *user.User) {
			if _, err := m.LogOutEverywhere(ctx, u, ""); err != nil {
				t.Fatal(err)
			}
		}},
		{"the address of a victim, who takes the account over", func(t *testing.T, m world, u *user.User) {
			mustUpdate(t, m, u, user.Changes{Email: ptr("victim@camelot.bt")})
			victim := oauth.Identity{Provider: "google", AccountID: "1", Email: "victim@camelot.bt", EmailVerified: true}
			mustSignIn(t, m, victim, oauth.Policy{AssociateByEmail: true})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, _ := newWorld(t, nil)
			mordred := oauth.Identity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt"}
			u := mustSignIn(t, m, mordred, oauth.Policy{})
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

func mustUpdate(t *testing.T, m world, u *user.User, c user.Changes) *user.User {
	t.Helper()
	after, err := m.Update(ctx, u, c)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// The reset of an unverified user leaves the links that prove the address.
func TestResetDropsUnprovenLinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		identity oauth.Identity
		verified bool
		kept     bool
	}{
		{"another address", oauth.Identity{Email: "mordred@camelot.bt", EmailVerified: true}, false, false},
		{"this address, not verified", oauth.Identity{Email: "merlin@camelot.bt"}, false, false},
		{"no address", oauth.Identity{}, false, false},
		{"this address", oauth.Identity{Email: "Merlin@Camelot.bt", EmailVerified: true}, false, true},
		{"of a verified user", oauth.Identity{Email: "mordred@camelot.bt"}, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, _ := newWorld(t, nil)
			u := mustCreate(t, m, user.Registration{Email: "merlin@camelot.bt", Password: "mordred", IsVerified: test.verified})
			test.identity.Provider, test.identity.AccountID = "github", "666"
			if err := m.Link(ctx, u, test.identity, nil); err != nil {
				t.Fatal(err)
			}
			after := resetOf(t, m, u)
			owner, err := m.Owner(ctx, "github", "666")
			if test.kept && (err != nil || owner.ID != u.ID) || !test.kept && !errors.Is(err, user.ErrNotFound) {
				t.Errorf("the account leads to %v, %v, want kept %v", owner, err, test.kept)
			}
			if after.IsVerified != test.verified || (after.OwnerVersion == 1) == test.verified {
				t.Errorf("got verified %v, owner version %d", after.IsVerified, after.OwnerVersion)
			}
		})
	}
}

func resetOf(t *testing.T, m world, u *user.User) *user.User {
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
		m := worldOver(t, store.Store)
		u := squat(t, store)
		mordred := oauth.Identity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt", EmailVerified: true}
		link(t, store, u, mordred)
		link(t, store, u, ofMerlin())
		token, err := m.ResetToken(u)
		if err != nil {
			t.Fatal(err)
		}
		store.calls = 0
		fault(store)
		_, err = worldOver(t, store).ResetPassword(ctx, token, "guinevere")
		done := err == nil && store.calls > 0
		now, findErr := m.ByID(ctx, u.ID)
		if findErr != nil {
			t.Fatal(findErr)
		}
		if _, linkErr := m.Owner(ctx, "github", "666"); now.HashedPassword != u.HashedPassword && !errors.Is(linkErr, user.ErrNotFound) {
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
		changed func(t *testing.T, m world, u *user.User)
	}{
		{"linked to the owner of the address", func(t *testing.T, m world, _ *user.User) {
			mustSignIn(t, m, ofMerlin(), oauth.Policy{AssociateByEmail: true})
		}},
		{"reset", func(t *testing.T, m world, u *user.User) { resetOf(t, m, u) }},
		{"taken over", func(t *testing.T, m world, u *user.User) {
			if _, err := m.EnsureSuperuser(ctx, u.Email, "guinevere"); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store := &interrupted{Store: usertest.NewStore()}
			m := worldOver(t, store.Store)
			u := squat(t, store)
			store.calls = 0
			store.at(2, func() { test.changed(t, m, u) }) // between the look-up of the account and its link
			store.before = func(k int) bool { return k > 2 }
			mordred := oauth.Identity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt"}
			if err := worldOver(t, store).Link(ctx, u, mordred, nil); !errors.Is(err, errKilled) {
				t.Fatalf("got %v, want it to be killed", err)
			}
			if owner, err := m.Owner(ctx, "github", "666"); !errors.Is(err, user.ErrNotFound) {
				t.Errorf("the account leads to %v, %v, want ErrNotFound", owner, err)
			}
			own := mustSignIn(t, m, mordred, oauth.Policy{})
			if own.ID == u.ID {
				t.Error("the stranger is in the account that is not his any more")
			}
		})
	}
}
