package usertest

import (
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// changeHands raises the user's OwnerVersion and returns the user afterwards.
func changeHands(t *testing.T, s oauthStore, u *user.User) *user.User {
	t.Helper()
	after, err := s.Update(t.Context(), u.ID, user.Update{ChangeOwner: true, EndTokens: true, UpdatedAt: later})
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	return after
}

func testAccountOfFormerOwner(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	lost := linkMany(t, s, u, 4)
	now := changeHands(t, s, u)
	checkAccounts(t, "after the change", s, u.ID)
	for _, a := range lost {
		checkNoAccount(t, "after the change", s, a.Provider, a.AccountID)
		checkError(t, "RefreshAccount", s.RefreshAccount(t.Context(), a), user.ErrNotFound)
		for _, keepOne := range []records.KeepOne{records.KeepNone, records.KeepLastOne} {
			checkError(t, "UnlinkAccount", s.UnlinkAccount(t.Context(), u.ID, a.ID, keepOne), user.ErrNotFound)
		}
	}
	revived := lost[0]
	revived.OwnerVersion = now.OwnerVersion
	checkError(t, "RefreshAccount with the present version", s.RefreshAccount(t.Context(), revived), user.ErrNotFound)

	// Others may have them.
	other := add(t, s, "mordred@camelot.bt")
	taken := sampleAccount(s, other, lost[0].AccountID)
	link(t, s, taken)
	checkAccounts(t, "taken over", s, other.ID, taken)
	reserved := sampleAccount(s, sample(s, "merlin@camelot.bt"), lost[1].AccountID)
	checkReserved(t, "reserved for a new user", reserve(t, s, reserved), reserved)

	// What is left is housekeeping, which leaves alone what is valid.
	own := link(t, s, sampleAccount(s, now, "own"))
	if err := s.UnlinkAccountsOf(t.Context(), u.ID, now.OwnerVersion); err != nil {
		t.Errorf("UnlinkAccountsOf: %v", err)
	}
	checkAccounts(t, "the present owner's", s, u.ID, own)
	checkAccounts(t, "the other's", s, other.ID, taken)
	fresh := sampleAccount(s, other, lost[2].AccountID)
	checkReserved(t, "a removed one", reserve(t, s, fresh), fresh)
}

// testLinkLate stores what a former owner of the user began to link before.
func testLinkLate(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	late, same := sampleAccount(s, u, "1"), sampleAccount(s, u, "2")
	now := changeHands(t, s, u)
	own := link(t, s, sampleAccount(s, now, "2"))
	link(t, s, late)
	checkNoAccount(t, "linked late", s, late.Provider, late.AccountID)
	checkError(t, "LinkAccount of what the present owner has", s.LinkAccount(t.Context(), same), user.ErrLinked)
	checkAccount(t, "the present owner's", s, own)
	checkAccounts(t, "the present owner's", s, u.ID, own)

	// The present owner links it like any other.
	again := late
	again.OwnerVersion = now.OwnerVersion
	link(t, s, again)
	checkAccount(t, "linked again", s, again)
}

func testLinkKeeps(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	kept := link(t, s, sampleAccount(s, u, "1"))
	link(t, s, sampleAccount(s, u, "2"))
	kept.OwnerVersion = changeHands(t, s, u).OwnerVersion
	link(t, s, kept)
	checkAccount(t, "kept", s, kept)
	checkAccounts(t, "kept", s, u.ID, kept)
}

func testUnlinkOfFormerOwner(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	linkMany(t, s, u, 2) // no longer a way in
	own := link(t, s, sampleAccount(s, changeHands(t, s, u), "own"))
	checkError(t, "UnlinkAccount of the last", s.UnlinkAccount(t.Context(), u.ID, own.ID, records.KeepLastOne), user.ErrLastLoginMethod)
	checkAccounts(t, "the present owner's", s, u.ID, own)
}
