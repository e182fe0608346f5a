package usertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// leaves are the ways in which a user stops being an active superuser.
func leaves(s user.Store) []leave {
	update := func(change user.Update) func(t *testing.T, id user.ID, keep bool) error {
		return func(t *testing.T, id user.ID, keep bool) error {
			update := change
			update.UpdatedAt, update.KeepSuperuser = later, keep
			return second(s.Update(t.Context(), id, update))
		}
	}
	return []leave{
		{"demotion", update(user.Update{IsSuperuser: pointer(false)})},
		{"deactivation", update(user.Update{IsActive: pointer(false), EndTokens: true})},
		{"both", update(user.Update{IsActive: pointer(false), IsSuperuser: pointer(false)})},
		{"deletion", func(t *testing.T, id user.ID, keep bool) error {
			return s.Delete(t.Context(), id, user.DeleteOptions{KeepSuperuser: keep, At: later})
		}},
		{"ban", update(user.Update{Ban: &user.Ban{At: later}, EndTokens: true})},
		{"ban for a minute", update(user.Update{Ban: &user.Ban{At: later, Until: later.Add(time.Minute)}})},
	}
}

type leave struct {
	name string
	do   func(t *testing.T, id user.ID, keep bool) error
}

func testLastSuperuser(t *testing.T, s user.Store) {
	last := add(t, s, "arthur@camelot.bt", superuser)
	add(t, s, "lancelot@camelot.bt")
	add(t, s, "mordred@camelot.bt", superuser, inactive)
	for _, leave := range leaves(s) {
		checkError(t, leave.name+" of the last superuser", leave.do(t, last.ID, true), user.ErrLastSuperuser)
		checkUnchanged(t, leave.name, s, last)
	}
	// What does not make the superuser leave is allowed.
	last.UpdatedAt, last.HashedPassword = later, "new"
	checkUpdate(t, "something else", s, last, user.Update{
		IsActive: pointer(true), IsSuperuser: pointer(true), HashedPassword: pointer("new"), UpdatedAt: later, KeepSuperuser: true,
	})
}

func testLastSuperuserUnprotected(t *testing.T, s user.Store) {
	for i, leave := range leaves(s) {
		last := add(t, s, fmt.Sprintf("last-%d@camelot.bt", i), superuser)
		checkError(t, leave.name, leave.do(t, last.ID, true), user.ErrLastSuperuser)
		if err := leave.do(t, last.ID, false); err != nil {
			t.Errorf("%s of the last superuser without protection: %v", leave.name, err)
		}
	}
}

func testWhoIsSuperuser(t *testing.T, s user.Store) {
	last := add(t, s, "arthur@camelot.bt", superuser)
	checkRefused := func(what string) {
		t.Helper()
		for _, leave := range leaves(s) {
			checkError(t, leave.name+" "+what, leave.do(t, last.ID, true), user.ErrLastSuperuser)
		}
	}
	flags := func(u *user.User, active, superuser bool) {
		t.Helper()
		update := user.Update{IsActive: &active, IsSuperuser: &superuser, UpdatedAt: later}
		if _, err := s.Update(t.Context(), u.ID, update); err != nil {
			t.Fatalf("Update: %v", err)
		}
	}
	other := add(t, s, "merlin@camelot.bt")
	checkRefused("beside an ordinary user")
	flags(other, false, true)
	checkRefused("beside an inactive superuser")
	flags(other, true, false)
	checkRefused("beside a former superuser")
	add(t, s, "mordred@camelot.bt", superuser, banned)
	checkRefused("beside a banned superuser")

	// A new superuser, however made, is found at once; and one who left is not, even
	// without protection.
	for _, leave := range leaves(s) {
		flags(other, true, true)
		if err := leave.do(t, last.ID, true); err != nil {
			t.Errorf("%s beside a new superuser: %v", leave.name, err)
		}
		checkError(t, leave.name+" of the new superuser", leave.do(t, other.ID, true), user.ErrLastSuperuser)
		last = add(t, s, leave.name+"@camelot.bt", superuser)
		if err := leave.do(t, other.ID, false); err != nil {
			t.Errorf("%s without protection: %v", leave.name, err)
		}
		checkRefused("after the other's " + leave.name)
		other = add(t, s, "after-"+leave.name+"@camelot.bt")
	}
}

func testOrdinaryWithoutSuperuser(t *testing.T, s user.Store) {
	for i, leave := range leaves(s) {
		for _, change := range []func(*user.User){func(*user.User) {}, inactive, func(u *user.User) { superuser(u); inactive(u) }} {
			u := add(t, s, fmt.Sprintf("ordinary-%d@camelot.bt", i), change)
			if err := leave.do(t, u.ID, true); err != nil {
				t.Errorf("%s of a user who is no active superuser: %v", leave.name, err)
			}
			if err := s.Delete(t.Context(), u.ID, user.DeleteOptions{}); err != nil {
				checkError(t, "Delete", err, user.ErrNotFound)
			}
		}
	}
}

// testBannedSuperuser: a ban that has ended is none, and one that will end is no reason to
// take the superuser away for good.
func testBannedSuperuser(t *testing.T, s user.Store) {
	for i, leave := range leaves(s) {
		former := add(t, s, fmt.Sprintf("former-%d@camelot.bt", i), superuser, formerlyBanned)
		other := add(t, s, fmt.Sprintf("other-%d@camelot.bt", i), superuser)
		if err := leave.do(t, other.ID, true); err != nil {
			t.Errorf("%s beside a superuser whose ban has ended: %v", leave.name, err)
		}
		checkError(t, leave.name+" of that superuser", leave.do(t, former.ID, true), user.ErrLastSuperuser)
		checkUnchanged(t, leave.name, s, former)
		if err := leave.do(t, former.ID, false); err != nil {
			t.Errorf("%s without protection: %v", leave.name, err)
		}
	}
	last := add(t, s, "banned@camelot.bt", superuser, banned)
	for _, leave := range leaves(s) {
		checkError(t, leave.name+" of a banned superuser", leave.do(t, last.ID, true), user.ErrLastSuperuser)
	}
	last.Ban, last.UpdatedAt = nil, later
	checkUpdate(t, "end of the ban", s, last, user.Update{Ban: &user.Ban{}, UpdatedAt: later, KeepSuperuser: true})
}

func testRefusedLeave(t *testing.T, s user.Store) {
	arthur := add(t, s, "arthur@camelot.bt", superuser)
	no := pointer(false)

	// A condition that does not hold comes first: nothing would happen.
	_, err := s.Update(t.Context(), arthur.ID, user.Update{
		IsActive: no, UpdatedAt: later, KeepSuperuser: true, If: user.Conditions{HashedPassword: pointer("other")},
	})
	checkError(t, "leave with a condition that does not hold", err, user.ErrNotFound)
	checkUnchanged(t, "a leave with a condition that does not hold", s, arthur)

	// One who could not leave is still found.
	merlin := add(t, s, "merlin@camelot.bt", superuser)
	_, err = s.Update(t.Context(), arthur.ID, user.Update{
		IsSuperuser: no, Email: &email.Email{Address: "merlin@camelot.bt", Key: "merlin@camelot.bt"},
		UpdatedAt: later, KeepSuperuser: true,
	})
	checkError(t, "leave with a taken e-mail", err, user.ErrExists)
	checkUnchanged(t, "a leave with a taken e-mail", s, arthur)
	if err := s.Delete(t.Context(), merlin.ID, user.DeleteOptions{KeepSuperuser: true}); err != nil {
		t.Errorf("Delete beside one who could not leave: %v", err)
	}
	checkError(t, "Delete of the last superuser",
		s.Delete(t.Context(), arthur.ID, user.DeleteOptions{KeepSuperuser: true}), user.ErrLastSuperuser)
	checkUnchanged(t, "a Delete that was refused", s, arthur)
}

func testSuperusersReturn(t *testing.T, s user.Store) {
	pair := []*user.User{add(t, s, "arthur@camelot.bt", superuser), add(t, s, "merlin@camelot.bt", superuser)}
	for i := range 6 {
		u, other := pair[i%2], pair[(i+1)%2]
		leave := leaves(s)[i%3]
		if err := leave.do(t, u.ID, true); err != nil {
			t.Fatalf("round %d: %s: %v", i, leave.name, err)
		}
		checkError(t, "leave of the one that stayed", leave.do(t, other.ID, true), user.ErrLastSuperuser)
		update := user.Update{IsActive: pointer(true), IsSuperuser: pointer(true), UpdatedAt: later, KeepSuperuser: true}
		if _, err := s.Update(t.Context(), u.ID, update); err != nil {
			t.Fatalf("round %d: return: %v", i, err)
		}
	}
}

func testSuperusersAtOnce(t *testing.T, s user.Store) {
	users := make([]*user.User, 12)
	for i := range users {
		users[i] = add(t, s, fmt.Sprintf("superuser-%d@camelot.bt", i), superuser)
	}
	ways := leaves(s)
	errs := atOnce(len(users), func(i int) error { return ways[i%len(ways)].do(t, users[i].ID, true) })
	checkWinners(t, "all superusers leave at once", errs, len(users)-1, user.ErrLastSuperuser)
	page, err := s.List(t.Context(), user.ListQuery{Limit: 100})
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	left := 0
	for _, u := range page.Users {
		if u.IsSuperuser && !u.Barred(later) {
			left++
		}
	}
	if left != 1 {
		t.Errorf("all superusers left at once: %d stayed, want 1", left)
	}
}

func testOneSuperuserManyTimes(t *testing.T, s user.Store) {
	u, other := add(t, s, "arthur@camelot.bt", superuser), add(t, s, "merlin@camelot.bt", superuser)
	demote := leaves(s)[0]
	errs := atOnce(10, func(i int) error { return demote.do(t, u.ID, true) })
	checkWinners(t, "one superuser is demoted many times", errs, len(errs), nil)
	checkUnchanged(t, "the demotion of another", s, other)
	checkError(t, "demotion of the one that stayed", demote.do(t, other.ID, true), user.ErrLastSuperuser)
}
