package usertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// oauthStore is what an application with OAuth providers needs of its store.
type oauthStore interface {
	user.Store
	records.OAuthStore
	records.UsedStore
}

// TestOAuthStore checks every clause of the comments on [records.OAuthStore] and
// [records.UsedStore], which the store must implement in addition to [user.Store]. newStore
// is as for [TestStore].
func TestOAuthStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s oauthStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			able, ok := s.(oauthStore)
			if !ok {
				t.Fatalf("%T: does not implement records.OAuthStore and records.UsedStore", s)
			}
			test(t, able)
		}
	}
	run(t, newStore, "OAuthStore", []suite{
		{"NewAccountID", with(testNewAccountID)},
		{"LinkAccount", with(testLink)},
		{"Account unknown", with(testAccountUnknown)},
		{"LinkAccount again", with(testLinkAgain)},
		{"LinkAccount of another user", with(testLinkOther)},
		{"LinkAccount at once", with(testLinkAtOnce)},
		{"LinkAccount of one user at once", with(testLinkOwnAtOnce)},
		{"user has changed hands", with(testAccountOfFormerOwner)},
		{"LinkAccount after its user has changed hands", with(testLinkLate)},
		{"LinkAccount keeps an account", with(testLinkKeeps)},
		{"UnlinkAccount keeps one of the present owner's", with(testUnlinkOfFormerOwner)},
		{"user does not exist", with(testAccountOfNobody)},
		{"left behind at once", with(testLeftBehindAtOnce)},
		{"ReserveAccount", with(testReserve)},
		{"ReserveAccount of an existing account", with(testReserveTaken)},
		{"ReserveAccount at once", with(testReserveAtOnce)},
		{"RefreshAccount", with(testRefresh)},
		{"RefreshAccount creates nothing", with(testRefreshCreatesNothing)},
		{"AccountsOf", with(testAccountsOf)},
		{"UnlinkAccount", with(testUnlink)},
		{"UnlinkAccount keeps one", with(testUnlinkKeepOne)},
		{"UnlinkAccount keeps one at once", with(testUnlinkAtOnce)},
		{"UnlinkAccount and LinkAccount", with(testUnlinkAndLink)},
		{"UnlinkAccountsOf", with(testUnlinkAll)},
		{"ended context", with(testOAuthEndedContext)},
		{"Use", with(testUse)},
		{"Use at once", with(testUseAtOnce)},
	})
}

// sampleAccount returns an account with every field set.
func sampleAccount(s oauthStore, owner *user.User, accountID string) records.OAuthAccount {
	return records.OAuthAccount{
		ID:           s.NewAccountID(),
		UserID:       owner.ID,
		Provider:     "google",
		AccountID:    accountID,
		OwnerVersion: owner.OwnerVersion,
		AccountEmail: "Arthur@Tintagel.bt", EmailVerified: true,
		AccessToken:  "sealed-access",
		RefreshToken: "sealed-refresh",
		ExpiresAt:    time.Date(2026, time.January, 2, 4, 0, 0, 0, time.UTC),
		CreatedAt:    start,
		UpdatedAt:    start,
	}
}

func link(t *testing.T, s oauthStore, a records.OAuthAccount) records.OAuthAccount {
	t.Helper()
	if err := s.LinkAccount(t.Context(), a); err != nil {
		t.Fatalf("LinkAccount(%s, %s): %v", a.Provider, a.AccountID, err)
	}
	return a
}

// checkAccount compares the account as Account reads it with want.
func checkAccount(t *testing.T, what string, s oauthStore, want records.OAuthAccount) {
	t.Helper()
	got, err := s.Account(t.Context(), want.Provider, want.AccountID)
	if err != nil {
		t.Errorf("%s: Account: %v", what, err)
		return
	}
	if inUTC(got) != inUTC(want) {
		t.Errorf("%s: got account\n%+v, want\n%+v", what, inUTC(got), inUTC(want))
	}
}

func checkNoAccount(t *testing.T, what string, s oauthStore, provider, accountID string) {
	t.Helper()
	got, err := s.Account(t.Context(), provider, accountID)
	checkError(t, what+": Account", err, user.ErrNotFound)
	if got != (records.OAuthAccount{}) {
		t.Errorf("%s: got account %+v, want none", what, got)
	}
}

// checkAccounts compares what AccountsOf returns with want.
func checkAccounts(t *testing.T, what string, s oauthStore, id user.ID, want ...records.OAuthAccount) {
	t.Helper()
	got, err := s.AccountsOf(t.Context(), id)
	if err != nil {
		t.Errorf("%s: AccountsOf: %v", what, err)
		return
	}
	if len(got) != len(want) {
		t.Errorf("%s: got %d accounts, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if inUTC(got[i]) != inUTC(want[i]) {
			t.Errorf("%s: account %d: got\n%+v, want\n%+v", what, i, inUTC(got[i]), inUTC(want[i]))
		}
	}
}

func inUTC(a records.OAuthAccount) shown {
	a.ExpiresAt, a.CreatedAt, a.UpdatedAt = a.ExpiresAt.UTC(), a.CreatedAt.UTC(), a.UpdatedAt.UTC()
	return shown(a)
}

// shown is an account that prints all of its fields.
type shown records.OAuthAccount

func testNewAccountID(t *testing.T, s oauthStore) {
	seen := map[string]bool{}
	for range 1000 {
		id := s.NewAccountID()
		if id == "" || seen[id] {
			t.Fatalf("NewAccountID: got %q, want a new one", id)
		}
		seen[id] = true
	}
}

func testAccountUnknown(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	google := sampleAccount(s, u, "1")
	link(t, s, google)
	github := sampleAccount(s, u, "Two")
	github.Provider = "github"
	link(t, s, github)
	pairs := [][2]string{
		{"google", "Two"}, {"github", "1"}, // both parts exist, but not in one account
		{"google", ""}, {"", "1"}, {"", ""}, {"Google", "1"}, {"google", "1 "}, {"google ", "1"}, {"google", "01"},
		{"github", "two"}, {"google", "10"}, {"google", ".*"}, {"google", `{"$gt":""}`}, {"google\x00", "1"},
	}
	for _, pair := range pairs {
		checkNoAccount(t, fmt.Sprintf("account %q", pair), s, pair[0], pair[1])
	}
	checkAccount(t, "first", s, google)
	checkAccount(t, "second", s, github)
}

func testAccountsOf(t *testing.T, s oauthStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt")
	checkAccounts(t, "no accounts", s, arthur.ID)
	checkAccounts(t, "no such user", s, s.NewID())
	checkAccounts(t, "no id", s, "nonsense")
	byAge := make([]records.OAuthAccount, 5)
	for _, i := range []int{3, 0, 4, 1, 2} {
		a := sampleAccount(s, arthur, fmt.Sprint(i))
		a.CreatedAt = start.Add(time.Duration(i) * time.Millisecond)
		byAge[i] = link(t, s, a)
	}
	other := link(t, s, sampleAccount(s, merlin, "other"))
	checkAccounts(t, "oldest first", s, arthur.ID, byAge...)
	checkAccounts(t, "another user's", s, merlin.ID, other)
}

func testOAuthEndedContext(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	a := link(t, s, sampleAccount(s, u, "1"))
	b := sampleAccount(s, u, "2")
	checkEnded(t, map[string]func(ctx context.Context) error{
		"Account":        func(ctx context.Context) error { return second(s.Account(ctx, a.Provider, a.AccountID)) },
		"LinkAccount":    func(ctx context.Context) error { return s.LinkAccount(ctx, b) },
		"ReserveAccount": func(ctx context.Context) error { return second(s.ReserveAccount(ctx, b)) },
		"RefreshAccount": func(ctx context.Context) error {
			return s.RefreshAccount(ctx, records.OAuthAccount{ID: a.ID, UserID: u.ID})
		},
		"AccountsOf": func(ctx context.Context) error { return second(s.AccountsOf(ctx, u.ID)) },
		"UnlinkAccount": func(ctx context.Context) error {
			return s.UnlinkAccount(ctx, u.ID, a.ID, records.KeepNone)
		},
		"UnlinkAccount keeping one": func(ctx context.Context) error {
			return s.UnlinkAccount(ctx, u.ID, a.ID, records.KeepLastOne)
		},
		"UnlinkAccountsOf": func(ctx context.Context) error { return s.UnlinkAccountsOf(ctx, u.ID, records.EveryOwner) },
		"Use":              func(ctx context.Context) error { return s.Use(ctx, "state", later) },
	})
	checkAccounts(t, "after operations with an ended context", s, u.ID, a)
	if err := s.Use(t.Context(), "state", later); err != nil {
		t.Errorf("Use after a Use with an ended context: %v", err)
	}
}

func testUse(t *testing.T, s oauthStore) {
	expires := time.Now().Add(time.Hour)
	ids := []string{"state", "State", "state ", "", "$gt", ".*", s.NewAccountID()}
	for _, id := range ids {
		if err := s.Use(t.Context(), id, expires); err != nil {
			t.Errorf("Use(%q): %v", id, err)
		}
	}
	for _, id := range ids {
		checkError(t, "Use again", s.Use(t.Context(), id, expires), user.ErrUsed)
		checkError(t, "Use again with another expiry", s.Use(t.Context(), id, expires.Add(time.Hour)), user.ErrUsed)
	}
}

func testUseAtOnce(t *testing.T, s oauthStore) {
	expires := time.Now().Add(time.Hour)
	errs := atOnce(50, func(int) error { return s.Use(t.Context(), "state", expires) })
	checkWinners(t, "Use of one value at once", errs, 1, user.ErrUsed)
}
