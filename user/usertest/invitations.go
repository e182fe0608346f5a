package usertest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// invitationStore is what registration by invitation needs of a store.
type invitationStore interface {
	user.Store
	records.InvitationStore
}

// TestInvitationStore checks every clause of the comments on [records.InvitationStore], which
// the store must implement. newStore is as for [TestStore]; where the store is a
// [records.Ensurer] the suite calls Ensure.
func TestInvitationStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s invitationStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			ensure(t, s, records.NeedInvitations)
			test(t, s.(invitationStore))
		}
	}
	run(t, newStore, "InvitationStore", []suite{
		{"PutInvitation", with(testPutInvitation)},
		{"PutInvitation again", with(testPutInvitationAgain)},
		{"PutInvitation invalid", with(testPutInvitationInvalid)},
		{"PutInvitation at once", with(testPutInvitationAtOnce)},
		{"expiry", with(testInvitationExpiry)},
		{"odd texts", with(testInvitationOddTexts)},
		{"nothing is shared", with(testInvitationNotShared)},
		{"RenewInvitation", with(testRenewInvitation)},
		{"TakeInvitation", with(testTakeInvitation)},
		{"TakeInvitation at once", with(testTakeInvitationAtOnce)},
		{"DeleteInvitation", with(testDeleteInvitation)},
		{"Invitations", with(testInvitations)},
		{"ended context", with(testInvitationEndedContext)},
	})
}

// sampleInvitation returns one with every field set, whose IDs sort by n.
func sampleInvitation(s invitationStore, key string, n int) records.Invitation {
	return records.Invitation{
		ID:        records.NewInvitationID(pendingNow.Add(time.Duration(n) * time.Second)),
		Email:     "As.Typed+" + key,
		EmailKey:  key,
		Token:     records.HashToken(fmt.Sprint("token of ", key, n)),
		Roles:     []string{"editor", "Ёж"},
		InvitedBy: s.NewID(),
		CreatedAt: pendingNow.Add(-time.Minute),
		ExpiresAt: pendingNow.Add(7 * 24 * time.Hour),
	}
}

// showInvitation is an invitation that prints all of its fields.
func showInvitation(i records.Invitation) string {
	return fmt.Sprintf("%q %q %q %q %q %q %v %v", i.ID, i.Email, i.EmailKey, i.Token, i.Roles, i.InvitedBy, i.CreatedAt.UTC(), i.ExpiresAt.UTC())
}

func checkSameInvitation(t *testing.T, what string, got, want records.Invitation) {
	t.Helper()
	if g, w := showInvitation(got), showInvitation(want); g != w {
		t.Errorf("%s: got\n%s, want\n%s", what, g, w)
	}
}

func putInvitation(t *testing.T, s invitationStore, i records.Invitation) records.Invitation {
	t.Helper()
	got, err := s.PutInvitation(t.Context(), i)
	if err != nil {
		t.Fatalf("PutInvitation: %v", err)
	}
	return got
}

// checkInvitation compares the invitation as it is found in both ways with want.
func checkInvitation(t *testing.T, what string, s invitationStore, want records.Invitation) {
	t.Helper()
	byID, err := s.Invitation(t.Context(), want.ID, pendingNow)
	byKey, keyErr := s.InvitationTo(t.Context(), want.EmailKey, pendingNow)
	if err != nil || keyErr != nil {
		t.Errorf("%s: Invitation: %v, InvitationTo: %v", what, err, keyErr)
		return
	}
	checkSameInvitation(t, what+": Invitation", byID, want)
	checkSameInvitation(t, what+": InvitationTo", byKey, want)
}

func checkNoInvitation(t *testing.T, what string, s invitationStore, i records.Invitation, now time.Time) {
	t.Helper()
	_, err := s.Invitation(t.Context(), i.ID, now)
	checkError(t, what+": Invitation", err, user.ErrNotFound)
	_, err = s.InvitationTo(t.Context(), i.EmailKey, now)
	checkError(t, what+": InvitationTo", err, user.ErrNotFound)
	checkInvitationTaken(t, what, s, i, now, false)
}

func checkInvitationTaken(t *testing.T, what string, s invitationStore, i records.Invitation, now time.Time, want bool) {
	t.Helper()
	if taken, err := s.TakeInvitation(t.Context(), i.EmailKey, i.Token, now); err != nil || taken != want {
		t.Errorf("%s: TakeInvitation: got %v, %v, want %v", what, taken, err, want)
	}
}

func testPutInvitation(t *testing.T, s invitationStore) {
	full := sampleInvitation(s, "arthur@camelot.bt", 1)
	checkSameInvitation(t, "returned", putInvitation(t, s, full), full)
	checkInvitation(t, "with every field", s, full)
	least := sampleInvitation(s, "merlin@camelot.bt", 2)
	least.Roles, least.InvitedBy = nil, ""
	putInvitation(t, s, least)
	checkInvitation(t, "without roles and inviter", s, least)
	checkInvitation(t, "the first", s, full)
	checkSameInvitation(t, "its answer was lost", putInvitation(t, s, full), full)
}

func testPutInvitationAgain(t *testing.T, s invitationStore) {
	for i, expiry := range []time.Duration{time.Hour, -time.Minute} { // living and expired
		first := sampleInvitation(s, fmt.Sprintf("arthur%d@camelot.bt", i), 1+10*i)
		first.ExpiresAt = pendingNow.Add(expiry)
		putInvitation(t, s, first)
		second := sampleInvitation(s, first.EmailKey, 2+10*i)
		second.Email, second.Roles = "other spelling", []string{"support"}
		want := second
		want.ID = first.ID
		checkSameInvitation(t, "put in the place of another", putInvitation(t, s, second), want)
		checkInvitation(t, "put in the place of another", s, want)
		checkInvitationTaken(t, "with the token of before", s, first, pendingNow, false)
		_, err := s.Invitation(t.Context(), second.ID, pendingNow)
		checkError(t, "by the ID it does not have", err, user.ErrNotFound)
	}
}

func testPutInvitationInvalid(t *testing.T, s invitationStore) {
	taken := putInvitation(t, s, sampleInvitation(s, "merlin@camelot.bt", 1))
	for name, change := range map[string]func(i *records.Invitation){
		"without expiry":   func(i *records.Invitation) { i.ExpiresAt = time.Time{} },
		"without ID":       func(i *records.Invitation) { i.ID = "" },
		"without key":      func(i *records.Invitation) { i.EmailKey = "" },
		"ID not in UTF-8":  func(i *records.Invitation) { i.ID = "\xff" },
		"key not in UTF-8": func(i *records.Invitation) { i.EmailKey = "\xff" },
		"with an ID in use": func(i *records.Invitation) {
			i.ID = taken.ID
		},
	} {
		i := sampleInvitation(s, "arthur@camelot.bt", 2)
		change(&i)
		_, err := s.PutInvitation(t.Context(), i)
		checkNoAnswer(t, "PutInvitation "+name, err)
		if name != "with an ID in use" {
			checkNoInvitation(t, name, s, i, pendingNow)
		}
	}
	checkInvitation(t, "after refusals", s, taken)
}

func testPutInvitationAtOnce(t *testing.T, s invitationStore) {
	all := make([]records.Invitation, 20)
	stored := make([]records.Invitation, len(all))
	for i := range all {
		all[i] = sampleInvitation(s, "arthur@camelot.bt", i)
		all[i].Email = all[i].Token
	}
	errs := atOnce(len(all), func(i int) (err error) { stored[i], err = s.PutInvitation(t.Context(), all[i]); return err })
	checkWinners(t, "PutInvitation at once", errs, len(all), nil)
	got, err := s.InvitationTo(t.Context(), all[0].EmailKey, pendingNow)
	if err != nil || got.Email != got.Token {
		t.Errorf("InvitationTo: got %s, %v, want one as a whole", showInvitation(got), err)
	}
	for _, one := range stored {
		if one.ID != got.ID {
			t.Errorf("PutInvitation at once: got the ID %s, want that of the first, %s", one.ID, got.ID)
		}
	}
}

func testInvitationExpiry(t *testing.T, s invitationStore) {
	i := putInvitation(t, s, sampleInvitation(s, "arthur@camelot.bt", 1))
	for _, at := range []time.Time{i.ExpiresAt, i.ExpiresAt.Add(time.Millisecond), i.ExpiresAt.AddDate(1, 0, 0)} {
		checkNoInvitation(t, "expired", s, i, at)
		page, err := s.Invitations(t.Context(), records.InvitationQuery{Limit: 10, Now: at})
		if err != nil || len(page.Invitations) != 0 || page.More {
			t.Errorf("Invitations: got %v, %v, want none that has expired", page, err)
		}
	}
	checkInvitation(t, "at an earlier time", s, i)
	checkInvitationTaken(t, "right before the end", s, i, i.ExpiresAt.Add(-time.Millisecond), true)
}

func testInvitationOddTexts(t *testing.T, s invitationStore) {
	var all []records.Invitation
	for n, key := range oddKeys() {
		if key == "" || len(key) > 254 {
			continue
		}
		i := sampleInvitation(s, key, n)
		i.Roles = []string{key}
		all = append(all, putInvitation(t, s, i))
	}
	for _, i := range all {
		checkInvitation(t, fmt.Sprintf("key %q", i.EmailKey), s, i)
	}
	for _, text := range []string{"\xff", "", "unknown", `{"$gt":""}x`} {
		none := all[0]
		none.ID, none.EmailKey = text, text
		checkNoInvitation(t, fmt.Sprintf("%q", text), s, none, pendingNow)
		none = all[0]
		none.Token = text
		checkInvitationTaken(t, fmt.Sprintf("token %q", text), s, none, pendingNow, false)
		checkError(t, "DeleteInvitation", s.DeleteInvitation(t.Context(), text), user.ErrNotFound)
	}
}

func testInvitationNotShared(t *testing.T, s invitationStore) {
	i := sampleInvitation(s, "arthur@camelot.bt", 1)
	given := i
	given.Roles = slices.Clone(i.Roles)
	returned := putInvitation(t, s, given)
	given.Roles[0], returned.Roles[0] = "superuser", "superuser"
	checkInvitation(t, "after what was passed in has changed", s, i)
	got, err := s.Invitation(t.Context(), i.ID, pendingNow)
	if err != nil {
		t.Fatalf("Invitation: %v", err)
	}
	got.Roles[0] = "superuser"
	checkInvitation(t, "after what was returned has changed", s, i)
}

func testRenewInvitation(t *testing.T, s invitationStore) {
	i := putInvitation(t, s, sampleInvitation(s, "arthur@camelot.bt", 1))
	other := putInvitation(t, s, sampleInvitation(s, "merlin@camelot.bt", 2))
	renew := func(what string, before, after records.Invitation, want bool) {
		t.Helper()
		if renewed, err := s.RenewInvitation(t.Context(), before, after); err != nil || renewed != want {
			t.Errorf("%s: RenewInvitation: got %v, %v, want %v", what, renewed, err, want)
		}
	}
	after := i
	after.Token, after.CreatedAt, after.ExpiresAt = records.HashToken("new"), pendingNow, pendingNow.Add(time.Hour)
	changed := after
	changed.Email, changed.EmailKey, changed.Roles = "x", "x", nil
	renew("first", i, changed, true)
	checkInvitation(t, "renewed", s, after)
	checkInvitationTaken(t, "with the token of before", s, i, pendingNow, false)
	renew("its answer was lost", i, after, true)
	late := after
	late.Token = records.HashToken("late")
	renew("of a token that was replaced", i, late, false)
	checkInvitation(t, "after a refusal", s, after)
	errs := atOnce(20, func(n int) error {
		next := after
		next.Token = records.HashToken(fmt.Sprint("at once ", n))
		if renewed, err := s.RenewInvitation(t.Context(), after, next); err != nil || !renewed {
			return cmpErr(err, user.ErrNotFound)
		}
		return nil
	})
	checkWinners(t, "RenewInvitation at once", errs, 1, user.ErrNotFound)
	unknown := other
	unknown.ID = "unknown"
	renew("of none", unknown, late, false)
	checkInvitation(t, "the other", s, other)
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func testTakeInvitation(t *testing.T, s invitationStore) {
	i := putInvitation(t, s, sampleInvitation(s, "arthur@camelot.bt", 1))
	other := putInvitation(t, s, sampleInvitation(s, "merlin@camelot.bt", 2))
	mixed := i
	mixed.Token = other.Token
	checkInvitationTaken(t, "with another's token", s, mixed, pendingNow, false)
	checkInvitationTaken(t, "first", s, i, pendingNow, true)
	checkNoInvitation(t, "taken", s, i, pendingNow)
	checkInvitation(t, "the other", s, other)
	again := sampleInvitation(s, i.EmailKey, 3)
	checkSameInvitation(t, "put again", putInvitation(t, s, again), again)
}

func testTakeInvitationAtOnce(t *testing.T, s invitationStore) {
	for round := range 3 {
		i := putInvitation(t, s, sampleInvitation(s, "arthur@camelot.bt", round))
		errs := atOnce(50, func(int) error {
			if taken, err := s.TakeInvitation(t.Context(), i.EmailKey, i.Token, pendingNow); err != nil || !taken {
				return cmpErr(err, user.ErrNotFound)
			}
			return nil
		})
		checkWinners(t, "TakeInvitation at once", errs, 1, user.ErrNotFound)
	}
}

func testDeleteInvitation(t *testing.T, s invitationStore) {
	i := putInvitation(t, s, sampleInvitation(s, "arthur@camelot.bt", 1))
	other := putInvitation(t, s, sampleInvitation(s, "merlin@camelot.bt", 2))
	if err := s.DeleteInvitation(t.Context(), i.ID); err != nil {
		t.Errorf("DeleteInvitation: %v", err)
	}
	checkNoInvitation(t, "deleted", s, i, pendingNow)
	checkError(t, "DeleteInvitation again", s.DeleteInvitation(t.Context(), i.ID), user.ErrNotFound)
	checkInvitation(t, "the other", s, other)
}

func testInvitations(t *testing.T, s invitationStore) {
	var want []string
	for n := range 5 {
		i := putInvitation(t, s, sampleInvitation(s, fmt.Sprintf("knight%d@camelot.bt", n), n))
		want = append([]string{i.ID}, want...)
	}
	expired := sampleInvitation(s, "mordred@camelot.bt", 9)
	expired.ExpiresAt = pendingNow
	putInvitation(t, s, expired)
	for _, limit := range []int{1, 2, 4, 5, 6} {
		var got []string
		query := records.InvitationQuery{Limit: limit, Now: pendingNow}
		for more := true; more; {
			page, err := s.Invitations(t.Context(), query)
			if err != nil || len(page.Invitations) > limit {
				t.Fatalf("Invitations: got %d, %v, want at most %d", len(page.Invitations), err, limit)
			}
			for _, i := range page.Invitations {
				got = append(got, i.ID)
				query.Before = i.ID
			}
			more = page.More
		}
		if !slices.Equal(got, want) {
			t.Errorf("Invitations by %d: got %v, want %v", limit, got, want)
		}
	}
	if page, err := s.Invitations(t.Context(), records.InvitationQuery{Now: pendingNow}); err != nil || len(page.Invitations) != 1 || !page.More {
		t.Errorf("Invitations without a limit: got %d, %v, want 1", len(page.Invitations), err)
	}
	if page, err := s.Invitations(t.Context(), records.InvitationQuery{Limit: 5, Before: "\xff", Now: pendingNow}); err != nil || len(page.Invitations) != 0 {
		t.Errorf("Invitations before nonsense: got %d, %v, want none", len(page.Invitations), err)
	}
}

func testInvitationEndedContext(t *testing.T, s invitationStore) {
	i := putInvitation(t, s, sampleInvitation(s, "arthur@camelot.bt", 1))
	checkEnded(t, map[string]func(ctx context.Context) error{
		"PutInvitation":   func(ctx context.Context) error { _, err := s.PutInvitation(ctx, i); return err },
		"Invitation":      func(ctx context.Context) error { _, err := s.Invitation(ctx, i.ID, pendingNow); return err },
		"InvitationTo":    func(ctx context.Context) error { _, err := s.InvitationTo(ctx, i.EmailKey, pendingNow); return err },
		"RenewInvitation": func(ctx context.Context) error { _, err := s.RenewInvitation(ctx, i, i); return err },
		"TakeInvitation": func(ctx context.Context) error {
			_, err := s.TakeInvitation(ctx, i.EmailKey, i.Token, pendingNow)
			return err
		},
		"DeleteInvitation": func(ctx context.Context) error { return s.DeleteInvitation(ctx, i.ID) },
		"Invitations": func(ctx context.Context) error {
			_, err := s.Invitations(ctx, records.InvitationQuery{Limit: 1, Now: pendingNow})
			return err
		},
	})
	checkInvitation(t, "after refusals", s, i)
}
