package usertest

import (
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func reserve(t *testing.T, s oauthStore, a records.OAuthAccount) records.OAuthAccount {
	t.Helper()
	there, err := s.ReserveAccount(t.Context(), a)
	if err != nil {
		t.Fatalf("ReserveAccount(%s, %s): %v", a.Provider, a.AccountID, err)
	}
	return there
}

func checkReserved(t *testing.T, what string, got, want records.OAuthAccount) {
	t.Helper()
	if inUTC(got) != inUTC(want) {
		t.Errorf("%s: got\n%+v, want\n%+v", what, inUTC(got), inUTC(want))
	}
}

func testReserve(t *testing.T, s oauthStore) {
	arthur := sample(s, "arthur@camelot.bt")
	first := sampleAccount(s, arthur, "1")
	first.UpdatedAt = time.Time{} // as it is until the user exists
	checkReserved(t, "the first", reserve(t, s, first), first)
	checkNoAccount(t, "before its user exists", s, "google", "1")
	checkAccounts(t, "before its user exists", s, arthur.ID)
	checkReserved(t, "the same again", reserve(t, s, first), first)

	// A later call learns which user to create.
	mordred := sample(s, "mordred@camelot.bt")
	second := sampleAccount(s, mordred, "1")
	second.AccessToken, second.CreatedAt = "other", later
	checkReserved(t, "another user's", reserve(t, s, second), first)

	if err := s.Create(t.Context(), arthur); err != nil {
		t.Fatalf("Create: %v", err)
	}
	checkAccount(t, "when its user exists", s, first)
	checkAccounts(t, "when its user exists", s, arthur.ID, first)
	checkReserved(t, "when its user exists", reserve(t, s, second), first)
}

func testReserveTaken(t *testing.T, s oauthStore) {
	arthur := add(t, s, "arthur@camelot.bt")
	linked := link(t, s, sampleAccount(s, arthur, "1"))
	checkReserved(t, "a linked one", reserve(t, s, sampleAccount(s, sample(s, "mordred@camelot.bt"), "1")), linked)
	checkAccount(t, "a linked one", s, linked)

	// A reservation whose user never came is taken over like any other entry without user.
	nobody := sample(s, "nobody@camelot.bt")
	reserve(t, s, sampleAccount(s, nobody, "2"))
	taken := sampleAccount(s, arthur, "2")
	taken.CreatedAt = later
	link(t, s, taken)
	checkAccounts(t, "taken over", s, arthur.ID, linked, taken)
	if err := s.Create(t.Context(), nobody); err != nil {
		t.Fatalf("Create: %v", err)
	}
	checkAccounts(t, "the one who came too late", s, nobody.ID)
	checkAccount(t, "taken over", s, taken)

	// It is removed with everything else of its user.
	late := sample(s, "late@camelot.bt")
	reserve(t, s, sampleAccount(s, late, "3"))
	if err := s.UnlinkAccountsOf(t.Context(), late.ID, records.EveryOwner); err != nil {
		t.Fatalf("UnlinkAccountsOf: %v", err)
	}
	fresh := sampleAccount(s, arthur, "3")
	checkReserved(t, "a removed one", reserve(t, s, fresh), fresh)
}

func testReserveAtOnce(t *testing.T, s oauthStore) {
	var mu sync.Mutex
	got := map[user.ID]string{}
	errs := atOnce(20, func(int) error {
		there, err := s.ReserveAccount(t.Context(), sampleAccount(s, sample(s, "arthur@camelot.bt"), "1"))
		mu.Lock()
		defer mu.Unlock()
		got[there.UserID] = there.ID
		return err
	})
	checkWinners(t, "ReserveAccount at once", errs, len(errs), nil)
	if len(got) != 1 {
		t.Errorf("ReserveAccount at once: got %d users, want 1", len(got))
	}
}

func testRefresh(t *testing.T, s oauthStore) {
	u := add(t, s, "arthur@camelot.bt")
	want := link(t, s, sampleAccount(s, u, "1"))
	bystander := sampleAccount(s, u, "2")
	bystander.CreatedAt = start.Add(time.Second)
	link(t, s, bystander)

	again := want
	again.AccountEmail, again.AccessToken, again.RefreshToken = "new@tintagel.bt", "new-access", ""
	again.ExpiresAt, again.CreatedAt, again.UpdatedAt, again.EmailVerified = time.Time{}, later, later, false
	if err := s.RefreshAccount(t.Context(), again); err != nil {
		t.Fatalf("RefreshAccount: %v", err)
	}
	want.AccountEmail, want.AccessToken, want.ExpiresAt, want.UpdatedAt = "new@tintagel.bt", "new-access", time.Time{}, later
	want.EmailVerified = false
	checkAccount(t, "without refresh token", s, want)

	again.AccessToken, again.RefreshToken, again.ExpiresAt = "", "new-refresh", later.Truncate(time.Second)
	if err := s.RefreshAccount(t.Context(), again); err != nil {
		t.Fatalf("RefreshAccount: %v", err)
	}
	want.AccessToken, want.RefreshToken, want.ExpiresAt = "", "new-refresh", later.Truncate(time.Second)
	checkAccounts(t, "with refresh token", s, u.ID, want, bystander)
}

func testRefreshCreatesNothing(t *testing.T, s oauthStore) {
	arthur, mordred := add(t, s, "arthur@camelot.bt"), add(t, s, "mordred@camelot.bt")
	gone := add(t, s, "gone@camelot.bt")
	want := link(t, s, sampleAccount(s, arthur, "1"))
	unlinked := link(t, s, sampleAccount(s, arthur, "2"))
	left := link(t, s, sampleAccount(s, gone, "3"))
	if err := s.UnlinkAccount(t.Context(), arthur.ID, unlinked.ID, records.KeepNone); err != nil {
		t.Fatalf("UnlinkAccount: %v", err)
	}
	if err := s.Delete(t.Context(), gone.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	theft := want
	theft.UserID, theft.AccessToken = mordred.ID, "stolen"
	for name, a := range map[string]records.OAuthAccount{
		"never linked": sampleAccount(s, arthur, "4"), "unlinked": unlinked, "another user's": theft, "of a user that is gone": left,
		"no id": {UserID: arthur.ID}, "an id of no kind": {ID: "$nonsense", UserID: arthur.ID},
	} {
		checkError(t, "RefreshAccount: "+name, s.RefreshAccount(t.Context(), a), user.ErrNotFound)
	}
	checkAccounts(t, "untouched", s, arthur.ID, want)
	checkAccounts(t, "nothing created", s, mordred.ID)
	checkNoAccount(t, "nothing created", s, "google", "2")
	checkNoAccount(t, "nothing created", s, "google", "4")
}
