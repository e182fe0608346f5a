package usertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func testLink(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	tests := []struct {
		name   string
		change func(*records.OAuthAccount)
	}{
		{name: "everything", change: func(*records.OAuthAccount) {}},
		{name: "no tokens", change: func(a *records.OAuthAccount) { a.AccessToken, a.RefreshToken = "", "" }},
		{name: "no refresh token", change: func(a *records.OAuthAccount) { a.RefreshToken = "" }},
		{name: "no expiry", change: func(a *records.OAuthAccount) { a.ExpiresAt = time.Time{} }},
		{name: "e-mail not verified", change: func(a *records.OAuthAccount) { a.EmailVerified = false }},
		{name: "no e-mail", change: func(a *records.OAuthAccount) { a.AccountEmail = "" }},
		{name: "other provider", change: func(a *records.OAuthAccount) { a.Provider = "ё$.*" }},
	}
	var all []records.OAuthAccount
	for i, test := range tests {
		a := sampleAccount(s, u, fmt.Sprint("account.$", i))
		a.CreatedAt = start.Add(time.Duration(i) * time.Second)
		test.change(&a)
		all = append(all, link(t, s, a))
		checkAccount(t, test.name, s, a)
	}
	checkAccounts(t, "all", s, u.ID, all...)
}

func testLinkAgain(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	want := link(t, s, sampleAccount(s, u, "1"))
	bystander := sampleAccount(s, u, "2")
	bystander.CreatedAt = start.Add(time.Second)
	link(t, s, bystander)
	link(t, s, want)
	checkAccount(t, "the same again", s, want)

	// The entry keeps its ID, its age, and a refresh token where none comes.
	again := records.OAuthAccount{
		ID: s.NewAccountID(), UserID: u.ID, Provider: want.Provider, AccountID: want.AccountID,
		AccountEmail: "new@tintagel.bt", AccessToken: "new-access", CreatedAt: later, UpdatedAt: later,
	}
	link(t, s, again)
	want.AccountEmail, want.AccessToken, want.ExpiresAt, want.UpdatedAt = "new@tintagel.bt", "new-access", time.Time{}, later
	want.EmailVerified = false
	checkAccount(t, "without refresh token", s, want)

	again.AccessToken, again.RefreshToken, again.ExpiresAt = "", "new-refresh", later.Truncate(time.Second)
	link(t, s, again)
	want.AccessToken, want.RefreshToken, want.ExpiresAt = "", "new-refresh", later.Truncate(time.Second)
	checkAccount(t, "with refresh token", s, want)
	checkAccounts(t, "linked again", s, u.ID, want, bystander)
}

func testLinkOther(t *testing.T, s oauthStore) {
	arthur, mordred := add(t, s, "arthur@camelot.bt"), add(t, s, "mordred@camelot.bt", inactive)
	want := link(t, s, sampleAccount(s, arthur, "1"))
	theft := sampleAccount(s, mordred, "1")
	theft.AccessToken = "stolen"
	checkError(t, "LinkAccount of another user's", s.LinkAccount(t.Context(), theft), user.ErrLinked)
	checkAccounts(t, "the owner's", s, arthur.ID, want)
	checkAccounts(t, "the other's", s, mordred.ID)

	// An inactive owner is an owner.
	own := link(t, s, sampleAccount(s, mordred, "2"))
	checkError(t, "LinkAccount of an inactive user's", s.LinkAccount(t.Context(), sampleAccount(s, arthur, "2")), user.ErrLinked)
	checkAccounts(t, "the inactive owner's", s, mordred.ID, own)
}

func testLinkAtOnce(t *testing.T, s oauthStore) {
	accounts := make([]records.OAuthAccount, 12)
	for i := range accounts {
		u := add(t, s, fmt.Sprintf("user-%d@camelot.bt", i))
		accounts[i] = sampleAccount(s, u, "1")
		accounts[i].AccountEmail = u.Email
	}
	errs := atOnce(len(accounts), func(i int) error { return s.LinkAccount(t.Context(), accounts[i]) })
	checkWinners(t, "LinkAccount for different users at once", errs, 1, user.ErrLinked)
	for i, a := range accounts {
		if errs[i] == nil {
			checkAccount(t, "the one that was linked", s, a)
			checkAccounts(t, "the winner's", s, a.UserID, a)
		} else {
			checkAccounts(t, "a loser's", s, a.UserID)
		}
	}
}

func testLinkOwnAtOnce(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	errs := atOnce(12, func(int) error { return s.LinkAccount(t.Context(), sampleAccount(s, u, "1")) })
	checkWinners(t, "LinkAccount for one user at once", errs, len(errs), nil)
	accounts, err := s.AccountsOf(t.Context(), u.ID)
	if err != nil || len(accounts) != 1 {
		t.Errorf("AccountsOf: got %d accounts, %v, want 1", len(accounts), err)
	}
}

func testAccountOfNobody(t *testing.T, s oauthStore) {
	gone, u := add(t, s, "gone@camelot.bt"), add(t, s, "arthur@camelot.bt")
	left := link(t, s, sampleAccount(s, gone, "1"))
	if err := s.Delete(t.Context(), gone.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	checkNoAccount(t, "left behind", s, left.Provider, left.AccountID)
	checkAccounts(t, "left behind", s, gone.ID)
	for _, keepOne := range []records.KeepOne{records.KeepNone, records.KeepLastOne} {
		checkError(t, "UnlinkAccount of a user that is gone",
			s.UnlinkAccount(t.Context(), gone.ID, left.ID, keepOne), user.ErrNotFound)
	}

	taken := sampleAccount(s, u, "1")
	taken.CreatedAt, taken.RefreshToken = later, ""
	link(t, s, taken)
	checkAccount(t, "taken over", s, taken)
	checkAccounts(t, "taken over", s, u.ID, taken)
	checkAccounts(t, "the former owner's", s, gone.ID)
}

func testLeftBehindAtOnce(t *testing.T, s oauthStore) {
	gone := add(t, s, "gone@camelot.bt")
	link(t, s, sampleAccount(s, gone, "1"))
	accounts := make([]records.OAuthAccount, 8)
	for i := range accounts {
		accounts[i] = sampleAccount(s, add(t, s, fmt.Sprintf("user-%d@camelot.bt", i)), "1")
	}
	if err := s.Delete(t.Context(), gone.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	errs := atOnce(len(accounts), func(i int) error { return s.LinkAccount(t.Context(), accounts[i]) })
	checkWinners(t, "an account left behind is taken over at once", errs, 1, user.ErrLinked)
	for i, a := range accounts {
		if errs[i] == nil {
			checkAccount(t, "the one that was taken over", s, a)
		}
	}
}
