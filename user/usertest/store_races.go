package usertest

import (
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

func testUpdateIfAtOnce(t *testing.T, s user.Store) {
	want := add(t, s, "arthur@camelot.bt")
	old := want.HashedPassword
	hash := func(i int) *string { return pointer(fmt.Sprint("new-", i)) }
	errs := atOnce(50, func(i int) error {
		return second(s.Update(t.Context(), want.ID, user.Update{
			HashedPassword: hash(i), EndTokens: true, UpdatedAt: later, If: user.Conditions{HashedPassword: &old},
		}))
	})
	checkWinners(t, "Update with one condition at once", errs, 1, user.ErrNotFound)
	for i, err := range errs {
		if err == nil {
			want.HashedPassword, want.TokenVersion, want.UpdatedAt = *hash(i), 1, later
		}
	}
	checkUser(t, "after updates with one condition", stored(t, s, want.ID), want)
}

func testUpdateFieldsAtOnce(t *testing.T, s user.Store) {
	want := add(t, s, "arthur@camelot.bt", func(u *user.User) { u.IsVerified = false })
	profile := &Profile{Plan: "gold", Tags: []string{"changed"}, Note: "changed", Scores: map[string]int64{"changed": 1}}
	updates := []user.Update{
		{Email: &email.Email{Address: "Arthur@tintagel.bt", Key: "arthur@tintagel.bt"}},
		{HashedPassword: pointer("new")},
		{IsActive: pointer(false)},
		{IsSuperuser: pointer(true)},
		{IsVerified: pointer(true)},
	}
	for _, key := range s.ProfileType().Keys() {
		updates = append(updates, user.Update{Profile: profile, ProfileFields: []string{key}})
	}
	for range 20 {
		updates = append(updates, user.Update{EndTokens: true})
	}
	errs := atOnce(len(updates), func(i int) error {
		update := updates[i]
		update.UpdatedAt = later
		return second(s.Update(t.Context(), want.ID, update))
	})
	checkWinners(t, "Update of different fields at once", errs, len(updates), nil)
	want.Email, want.EmailKey, want.HashedPassword = "Arthur@tintagel.bt", "arthur@tintagel.bt", "new"
	want.IsActive, want.IsSuperuser, want.IsVerified = false, true, true
	want.TokenVersion, want.UpdatedAt, want.Profile = 20, later, profile
	checkUser(t, "after updates of different fields", stored(t, s, want.ID), want)
}

func testUpdateEmailAtOnce(t *testing.T, s user.Store) {
	const key = "excalibur@camelot.bt"
	users := make([]*user.User, 10)
	for i := range users {
		users[i] = add(t, s, fmt.Sprintf("knight-%d@camelot.bt", i))
	}
	newcomer := sample(s, key)
	errs := atOnce(len(users)+1, func(i int) error {
		if i == len(users) {
			return s.Create(t.Context(), newcomer)
		}
		update := user.Update{Email: &email.Email{Address: key, Key: key}, UpdatedAt: later}
		return second(s.Update(t.Context(), users[i].ID, update))
	})
	checkWinners(t, "one key taken at once", errs, 1, user.ErrExists)
	for i, u := range users {
		if errs[i] != nil {
			checkUnchanged(t, "an Update that was refused", s, u)
		}
	}
	if _, err := s.ByEmail(t.Context(), email.Email{Key: key}); err != nil {
		t.Errorf("ByEmail with the key that was taken: %v", err)
	}
}

func testDelete(t *testing.T, s user.Store) {
	u := add(t, s, "arthur@camelot.bt")
	other := add(t, s, "merlin@camelot.bt")
	for _, id := range []user.ID{s.NewID(), "", "nonsense"} {
		checkError(t, "Delete of an unknown user", s.Delete(t.Context(), id, user.DeleteOptions{}), user.ErrNotFound)
		checkError(t, "Delete of an unknown user, keeping a superuser",
			s.Delete(t.Context(), id, user.DeleteOptions{KeepSuperuser: true}), user.ErrNotFound)
	}
	checkUnchanged(t, "deletions of others", s, u)

	errs := atOnce(10, func(int) error { return s.Delete(t.Context(), u.ID, user.DeleteOptions{}) })
	checkWinners(t, "Delete of one user at once", errs, 1, user.ErrNotFound)
	_, err := s.ByID(t.Context(), u.ID)
	checkError(t, "ByID after Delete", err, user.ErrNotFound)
	_, err = s.ByEmail(t.Context(), email.Email{Key: u.EmailKey})
	checkError(t, "ByEmail after Delete", err, user.ErrNotFound)
	_, err = s.Update(t.Context(), u.ID, user.Update{IsActive: pointer(true), UpdatedAt: later})
	checkError(t, "Update after Delete", err, user.ErrNotFound)
	checkUnchanged(t, "the deletion of another", s, other)
	add(t, s, u.EmailKey) // the key is free
}
