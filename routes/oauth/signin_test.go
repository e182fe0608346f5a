package oauth_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// ofMerlin is of somebody who signs in at a provider that vouches for his address.
func ofMerlin() oauth.Identity {
	return oauth.Identity{
		Provider: "google", AccountID: "1094", Email: "Merlin@Camelot.bt", EmailVerified: true,
		AccessToken: "access-1", RefreshToken: "refresh-1", ExpiresAt: time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC),
	}
}

func mustSignIn(t *testing.T, m world, identity oauth.Identity, policy oauth.Policy) *user.User {
	t.Helper()
	u, err := m.SignIn(ctx, identity, policy)
	if err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	return u
}

func accountsOf(t *testing.T, m world, u *user.User) []records.OAuthAccount {
	t.Helper()
	accounts, err := m.Of(ctx, u)
	if err != nil {
		t.Fatalf("Of: %v", err)
	}
	return accounts
}

func countUsers(t *testing.T, store user.Store) int {
	t.Helper()
	page, err := store.List(ctx, user.ListQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Users)
}

func TestSignInNewUser(t *testing.T) {
	t.Parallel()
	var before, after int
	m, store := newWorld(t, func(c *ginauth.Config) {
		c.Hooks.BeforeRegister = func(_ context.Context, r *user.Registration) error {
			before++
			if r.Email != "Merlin@camelot.bt" || r.Password != "" {
				t.Errorf("BeforeRegister: got %q, password %v", r.Email, r.Password != "")
			}
			return nil
		}
		c.Hooks.AfterRegister = func(context.Context, *user.User) error { after++; return nil }
	})
	u := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	if u.Email != "Merlin@camelot.bt" || !u.IsActive || u.IsSuperuser || u.IsVerified || u.HasPassword() {
		t.Errorf("got %q, active %v, superuser %v, verified %v, password %v", u.Email, u.IsActive, u.IsSuperuser, u.IsVerified, u.HasPassword())
	}
	again := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	if again.ID != u.ID || countUsers(t, store) != 1 || before != 1 || after != 1 {
		t.Errorf("got user %v after %v, %d users, hooks %d and %d; want one of each", again, u, countUsers(t, store), before, after)
	}
	if found, err := m.Owner(ctx, "google", "1094"); err != nil || found.ID != u.ID {
		t.Errorf("Owner: got %v, %v", found, err)
	}
	if _, err := m.Owner(ctx, "github", "1094"); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("Owner at another provider: got %v", err)
	}
}

func TestSignInVerifiedByDefault(t *testing.T) {
	t.Parallel()
	m, _ := newWorld(t, nil)
	if u := mustSignIn(t, m, ofMerlin(), oauth.Policy{IsVerifiedByDefault: true}); !u.IsVerified {
		t.Error("got an unverified user")
	}
}

// A user who is new is stored even where only verified ones may log in: the gate
// refuses him after that.
func TestSignInNewUserIsStoredFirst(t *testing.T) {
	t.Parallel()
	m, store := newWorld(t, nil)
	if u := mustSignIn(t, m, ofMerlin(), oauth.Policy{Verified: true}); u.IsVerified || countUsers(t, store) != 1 {
		t.Errorf("got verified %v, %d users", u.IsVerified, countUsers(t, store))
	}
}

func TestSignInRefusals(t *testing.T) {
	t.Parallel()
	veto := &user.Refusal{Code: "INVITATION_REQUIRED"}
	tests := []struct {
		name     string
		existing *user.Registration
		linked   bool
		change   func(*oauth.Identity)
		policy   oauth.Policy
		want     error
	}{
		{"inactive", &user.Registration{IsInactive: true, IsVerified: true}, true, nil, oauth.Policy{}, user.ErrInactive},
		{"not verified", &user.Registration{}, true, nil, oauth.Policy{Verified: true}, user.ErrNotVerified},
		{"address taken", &user.Registration{IsVerified: true}, false, nil, oauth.Policy{}, user.ErrExists},
		{"address taken, other case", &user.Registration{IsVerified: true}, false, func(i *oauth.Identity) { i.Email = "MERLIN@CAMELOT.BT" }, oauth.Policy{}, user.ErrExists},
		{
			"provider does not vouch", &user.Registration{IsVerified: true}, false,
			func(i *oauth.Identity) { i.EmailVerified = false }, oauth.Policy{AssociateByEmail: true}, user.ErrExists,
		},
		{"inactive is not linked", &user.Registration{IsInactive: true}, false, nil, oauth.Policy{AssociateByEmail: true}, user.ErrInactive},
		{"unverified is not stripped", &user.Registration{}, false, nil, oauth.Policy{AssociateByEmail: true, Verified: true}, user.ErrNotVerified},
		{"vetoed", nil, false, func(i *oauth.Identity) { i.Email = "veto@camelot.bt" }, oauth.Policy{}, veto},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, store := newWorld(t, func(c *ginauth.Config) {
				c.Hooks.BeforeRegister = func(_ context.Context, r *user.Registration) error {
					if r.Email == "veto@camelot.bt" {
						return veto
					}
					return nil
				}
			})
			users := 0
			if test.existing != nil {
				test.existing.Email, test.existing.Password = "merlin@camelot.bt", "guinevere"
				u := mustCreate(t, m, *test.existing)
				users++
				if test.linked {
					link(t, store, u, ofMerlin())
				}
			}
			identity := ofMerlin()
			identity.AccessToken = "new"
			if test.change != nil {
				test.change(&identity)
			}
			test.policy.KeepTokens = oauth.PlainTokens{}
			u, err := m.SignIn(ctx, identity, test.policy)
			if u != nil || !errors.Is(err, test.want) {
				t.Errorf("got %v, %v; want %v", u, err, test.want)
			}
			if got := countUsers(t, store); got != users {
				t.Errorf("got %d users, want %d", got, users)
			}
			checkNothingWritten(t, m, store, test.linked)
		})
	}
}

// checkNothingWritten compares the one user with the way the test left it.
func checkNothingWritten(t *testing.T, m world, store *usertest.Store, linked bool) {
	t.Helper()
	u, err := m.ByEmail(ctx, "merlin@camelot.bt")
	if errors.Is(err, user.ErrNotFound) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !u.HasPassword() || u.TokenVersion != 0 {
		t.Errorf("got password %v, version %d; want nothing written", u.HasPassword(), u.TokenVersion)
	}
	accounts := accountsOf(t, m, u)
	if linked && (len(accounts) != 1 || accounts[0].AccessToken != "access-1") || !linked && len(accounts) != 0 {
		t.Errorf("got accounts %+v, linked before: %v", accounts, linked)
	}
	_ = store
}

// link stores an account as an earlier sign-in would have.
func link(t *testing.T, store records.OAuthStore, u *user.User, identity oauth.Identity) records.OAuthAccount {
	t.Helper()
	a := records.OAuthAccount{
		ID: store.NewAccountID(), UserID: u.ID, Provider: identity.Provider, AccountID: identity.AccountID,
		OwnerVersion: u.OwnerVersion, AccountEmail: identity.Email, EmailVerified: identity.EmailVerified, AccessToken: string(identity.AccessToken), RefreshToken: string(identity.RefreshToken),
		CreatedAt: u.CreatedAt, UpdatedAt: u.CreatedAt,
	}
	if err := store.LinkAccount(ctx, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// Whatever the hook's error is, it is no other request that was faster.
func TestSignInHookFails(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{user.ErrExists, user.ErrBadInvitation, user.ErrNotFound} {
		calls := 0
		m, store := newWorld(t, func(c *ginauth.Config) {
			c.Hooks.BeforeRegister = func(context.Context, *user.Registration) error { calls++; return failure }
		})
		if _, err := m.SignIn(ctx, ofMerlin(), oauth.Policy{}); !errors.Is(err, user.ErrHook) || calls != 1 || countUsers(t, store) != 0 {
			t.Errorf("%v: got %v after %d calls, %d users", failure, err, calls, countUsers(t, store))
		}
	}
}

func TestSignInUnusableEmail(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "merlin", "a@localhost", "Merlin <merlin@camelot.bt>", "ｍerlin@camelot.bt"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			m, store := newWorld(t, nil)
			identity := ofMerlin()
			identity.Email = address
			_, err := m.SignIn(ctx, identity, oauth.Policy{})
			var refused *email.Error
			if !errors.As(err, &refused) || countUsers(t, store) != 0 {
				t.Errorf("got %v and %d users, want an *email.Error and none", err, countUsers(t, store))
			}
		})
	}
}

// Somebody without an ID would be everybody without one.
func TestSignInNeedsAnIdentity(t *testing.T) {
	t.Parallel()
	m, store := newWorld(t, nil)
	for _, identity := range []oauth.Identity{{AccountID: "1", Email: "a@camelot.bt"}, {Provider: "google", Email: "a@camelot.bt"}} {
		if u, err := m.SignIn(ctx, identity, oauth.Policy{}); err == nil {
			t.Errorf("got %v, want an error", u)
		}
		if err := m.Link(ctx, &user.User{ID: store.NewID()}, identity, nil); err == nil {
			t.Error("Link: got no error")
		}
	}
}

// A known account brings its tokens, expiry and e-mail up to date; nothing else of
// the user changes, and a refresh token that does not come again is kept.
func TestSignInKnown(t *testing.T) {
	t.Parallel()
	m, _ := newWorld(t, nil)
	policy := oauth.Policy{KeepTokens: oauth.PlainTokens{}, AssociateByEmail: true}
	u := mustSignIn(t, m, ofMerlin(), policy)
	first := accountsOf(t, m, u)[0]

	changed := ofMerlin()
	changed.Email, changed.EmailVerified = "emrys@camelot.bt", false
	changed.AccessToken, changed.RefreshToken = "access-2", ""
	changed.ExpiresAt = changed.ExpiresAt.Add(time.Hour)
	mustCreate(t, m, user.Registration{Email: "emrys@camelot.bt", Password: "nimue"})
	if again := mustSignIn(t, m, changed, policy); again.ID != u.ID || again.Email != "Merlin@camelot.bt" {
		t.Errorf("got %v with %q, want %v unchanged", again, again.Email, u)
	}
	accounts := accountsOf(t, m, u)
	if len(accounts) != 1 {
		t.Fatalf("got %d accounts, want 1", len(accounts))
	}
	got, want := accounts[0], first
	want.AccountEmail, want.EmailVerified, want.AccessToken, want.ExpiresAt = "emrys@camelot.bt", false, "access-2", changed.ExpiresAt
	got.UpdatedAt, want.UpdatedAt = time.Time{}, time.Time{}
	if got != want {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

func TestSignInLinksByEmail(t *testing.T) {
	t.Parallel()
	m, _ := newWorld(t, nil)
	r := arthur()
	r.Email, r.IsVerified = "merlin@camelot.bt", true
	u := mustCreate(t, m, r)
	got := mustSignIn(t, m, ofMerlin(), oauth.Policy{AssociateByEmail: true})
	if got.ID != u.ID || !got.HasPassword() || got.TokenVersion != 0 || !got.IsVerified {
		t.Errorf("got %v, password %v, version %d, verified %v; want %v as it was", got, got.HasPassword(), got.TokenVersion, got.IsVerified, u)
	}
	if accounts := accountsOf(t, m, u); len(accounts) != 1 || accounts[0].AccountID != "1094" {
		t.Errorf("got %+v", accounts)
	}
}

// Somebody who registered with another's address must not share what the owner
// gets (pre-hijacking): password, tokens and accounts go first.
func TestSignInStripsTheUnverified(t *testing.T) {
	t.Parallel()
	m, store := newWorld(t, nil)
	u := mustCreate(t, m, user.Registration{Email: "merlin@camelot.bt", Password: "mordred"})
	reset, err := m.ResetToken(u)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CreateToken(ctx, records.Token{Hash: records.HashToken("mordreds"), UserID: u.ID}); err != nil {
		t.Fatal(err)
	}
	mordred := oauth.Identity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt"}
	link(t, store, u, mordred)

	got := mustSignIn(t, m, ofMerlin(), oauth.Policy{AssociateByEmail: true})
	if got.ID != u.ID || got.HasPassword() || got.TokenVersion != 1 || got.IsVerified {
		t.Errorf("got %v, password %v, version %d, verified %v; want %v, false, 1, false", got, got.HasPassword(), got.TokenVersion, got.IsVerified, u)
	}
	if got.Counts(0, records.HashToken("mordreds")) {
		t.Error("an old token counts")
	}
	if tokens, err := store.TokensOf(ctx, u.ID, records.TokenQuery{}); err != nil || len(tokens) != 0 {
		t.Errorf("got %d tokens, %v; want none", len(tokens), err)
	}
	if accounts := accountsOf(t, m, u); len(accounts) != 1 || accounts[0].Provider != "google" {
		t.Errorf("got accounts %+v, want the owner's", accounts)
	}
	if _, err := m.Authenticate(ctx, "merlin@camelot.bt", "mordred"); !errors.Is(err, user.ErrBadCredentials) {
		t.Errorf("old password: got %v", err)
	}
	if _, err := m.ResetPassword(ctx, reset, "mordred2"); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("old reset token: got %v", err)
	}
	if _, err := m.SignIn(ctx, mordred, oauth.Policy{}); err != nil {
		t.Errorf("the other's account: got %v, want an account of his own", err)
	} else if owner, _ := m.Owner(ctx, "github", "666"); owner == nil || owner.ID == u.ID {
		t.Errorf("the other's account leads to %v", owner)
	}
}

// An account unlinked while its owner signs in stays unlinked, and lets nobody in.
func TestSignInDoesNotRevive(t *testing.T) {
	t.Parallel()
	m, store := newWorld(t, nil)
	u := mustCreate(t, m, user.Registration{Email: "merlin@camelot.bt", Password: "guinevere", IsVerified: true})
	a := link(t, store, u, ofMerlin())
	racing := &interrupted{Store: store}
	slow := worldOver(t, racing)
	racing.at(2, func() { // between reading the account and its user
		if err := m.Unlink(ctx, u, a.ID); err != nil {
			t.Error(err)
		}
	})
	if got, err := slow.SignIn(ctx, ofMerlin(), oauth.Policy{}); !errors.Is(err, user.ErrExists) {
		t.Errorf("got %v, %v; want ErrExists", got, err)
	}
	if accounts := accountsOf(t, m, u); len(accounts) != 0 {
		t.Errorf("got %+v, want none", accounts)
	}
}

// What is stored of the tokens is sealed for its account and user, by default
// nothing is.
func TestSignInTokens(t *testing.T) {
	t.Parallel()
	sealer, err := secrets.NewSealer(secret)
	if err != nil {
		t.Fatal(err)
	}
	sealed := oauth.SealedTokens{Sealer: sealer}
	m, store := newWorld(t, nil)
	u := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	a := accountsOf(t, m, u)[0]
	if a.AccessToken != "" || a.RefreshToken != "" || !a.ExpiresAt.Equal(ofMerlin().ExpiresAt) {
		t.Errorf("got %+v, want no tokens", a)
	}
	mustSignIn(t, m, ofMerlin(), oauth.Policy{KeepTokens: sealed})
	a = accountsOf(t, m, u)[0]
	for kept, want := range map[string]secrets.Secret{a.AccessToken: "access-1", a.RefreshToken: "refresh-1"} {
		if opened, err := sealed.Open(kept, a); err != nil || opened != want {
			t.Errorf("got %v, want the token", err)
		}
		other := a
		other.UserID = store.NewID()
		if _, err := sealed.Open(kept, other); !errors.Is(err, secrets.ErrSealed) {
			t.Errorf("another user's: got %v, want ErrSealed", err)
		}
	}
}

// A store without accounts is refused, not called.
func TestAccountsNeedAStore(t *testing.T) {
	t.Parallel()
	auth, err := ginauth.New(ginauth.Config{
		Store: struct{ user.Store }{usertest.NewStore()}, Secret: secret, Backends: []backends.Backend{api},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if accounts, err := oauth.NewAccounts(auth); accounts != nil || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, %v; want ErrUnsupported", accounts, err)
	}
}
