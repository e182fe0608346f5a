package usertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// linkMany links n accounts, oldest first.
func linkMany(t *testing.T, s oauthStore, u *user.User, n int) []records.OAuthAccount {
	t.Helper()
	accounts := make([]records.OAuthAccount, n)
	for i := range accounts {
		a := sampleAccount(s, u, fmt.Sprint(u.EmailKey, i))
		a.CreatedAt = start.Add(time.Duration(i) * time.Second)
		accounts[i] = link(t, s, a)
	}
	return accounts
}

func testUnlink(t *testing.T, s oauthStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt")
	own, others := linkMany(t, s, arthur, 2), linkMany(t, s, merlin, 2)
	for _, keepOne := range []records.KeepOne{records.KeepNone, records.KeepLastOne} {
		for _, id := range []string{others[0].ID, s.NewAccountID(), "", "nonsense", own[0].AccountID} {
			checkError(t, "UnlinkAccount of what is not the user's",
				s.UnlinkAccount(t.Context(), arthur.ID, id, keepOne), user.ErrNotFound)
		}
		checkError(t, "UnlinkAccount of no user", s.UnlinkAccount(t.Context(), "nonsense", own[0].ID, keepOne), user.ErrNotFound)
	}
	checkAccounts(t, "own", s, arthur.ID, own...)
	checkAccounts(t, "others'", s, merlin.ID, others...)

	for i, a := range own {
		if err := s.UnlinkAccount(t.Context(), arthur.ID, a.ID, records.KeepNone); err != nil {
			t.Errorf("UnlinkAccount: %v", err)
		}
		checkNoAccount(t, "unlinked", s, a.Provider, a.AccountID)
		checkAccounts(t, "own", s, arthur.ID, own[i+1:]...)
		checkError(t, "UnlinkAccount again", s.UnlinkAccount(t.Context(), arthur.ID, a.ID, records.KeepNone), user.ErrNotFound)
	}
	checkAccounts(t, "others'", s, merlin.ID, others...)
	taken := sampleAccount(s, merlin, own[0].AccountID) // free for others now
	taken.CreatedAt = later
	link(t, s, taken)
	checkAccounts(t, "others'", s, merlin.ID, append(others, taken)...)
}

func testUnlinkKeepOne(t *testing.T, s oauthStore) {
	u, other := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt")
	linkMany(t, s, other, 3) // another user's do not count
	own := linkMany(t, s, u, 3)
	for i, a := range own[:2] {
		if err := s.UnlinkAccount(t.Context(), u.ID, a.ID, records.KeepLastOne); err != nil {
			t.Errorf("UnlinkAccount of %d of 3: %v", i+1, err)
		}
		checkError(t, "UnlinkAccount again", s.UnlinkAccount(t.Context(), u.ID, a.ID, records.KeepLastOne), user.ErrNotFound)
		checkAccounts(t, "own", s, u.ID, own[i+1:]...)
	}
	checkError(t, "UnlinkAccount of the last", s.UnlinkAccount(t.Context(), u.ID, own[2].ID, records.KeepLastOne), user.ErrLastLoginMethod)
	checkAccounts(t, "own", s, u.ID, own[2])
	if err := s.UnlinkAccount(t.Context(), u.ID, own[2].ID, records.KeepNone); err != nil {
		t.Errorf("UnlinkAccount of the last that need not stay: %v", err)
	}
	checkAccounts(t, "own", s, u.ID)
}

func testUnlinkAtOnce(t *testing.T, s oauthStore) {
	for _, n := range []int{2, 2, 2, 6} {
		u := add(t, s, fmt.Sprint(s.NewID(), "@camelot.bt"))
		own := linkMany(t, s, u, n)
		errs := atOnce(n, func(i int) error { return s.UnlinkAccount(t.Context(), u.ID, own[i].ID, records.KeepLastOne) })
		checkWinners(t, fmt.Sprintf("UnlinkAccount of all %d at once", n), errs, n-1, user.ErrLastLoginMethod)
		for i, a := range own {
			if errs[i] != nil {
				checkAccounts(t, "the one that stayed", s, u.ID, a)
			}
		}
	}
	u := add(t, s, "arthur@camelot.bt")
	own := linkMany(t, s, u, 2)
	errs := atOnce(6, func(int) error { return s.UnlinkAccount(t.Context(), u.ID, own[0].ID, records.KeepLastOne) })
	checkWinners(t, "UnlinkAccount of one at once", errs, 1, user.ErrNotFound)
	checkAccounts(t, "the other one", s, u.ID, own[1])
}

func testUnlinkAndLink(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	own := linkMany(t, s, u, 2)
	for i := range 4 {
		leaving, staying := own[i%2], own[(i+1)%2]
		if err := s.UnlinkAccount(t.Context(), u.ID, leaving.ID, records.KeepLastOne); err != nil {
			t.Fatalf("round %d: UnlinkAccount: %v", i, err)
		}
		checkError(t, "UnlinkAccount of the last", s.UnlinkAccount(t.Context(), u.ID, staying.ID, records.KeepLastOne), user.ErrLastLoginMethod)
		link(t, s, leaving)
		link(t, s, staying)
		checkAccounts(t, "linked again", s, u.ID, own...)
	}
}

func testUnlinkAll(t *testing.T, s oauthStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt")
	own, others := linkMany(t, s, arthur, 3), linkMany(t, s, merlin, 2)
	for range 2 { // the second time there is nothing to remove
		if err := s.UnlinkAccountsOf(t.Context(), arthur.ID, records.EveryOwner); err != nil {
			t.Errorf("UnlinkAccountsOf: %v", err)
		}
		checkAccounts(t, "own", s, arthur.ID)
		checkNoAccount(t, "own", s, own[0].Provider, own[0].AccountID)
	}
	for _, id := range []user.ID{s.NewID(), "nonsense", ""} {
		if err := s.UnlinkAccountsOf(t.Context(), id, records.EveryOwner); err != nil {
			t.Errorf("UnlinkAccountsOf(%q): %v", id, err)
		}
	}
	checkAccounts(t, "others'", s, merlin.ID, others...)

	// The accounts of a user that is gone go too.
	if err := s.Delete(t.Context(), merlin.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	if err := s.UnlinkAccountsOf(t.Context(), merlin.ID, records.EveryOwner); err != nil {
		t.Errorf("UnlinkAccountsOf a user that is gone: %v", err)
	}
	checkNoAccount(t, "others'", s, others[0].Provider, others[0].AccountID)
}
