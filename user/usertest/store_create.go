package usertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

func testCreate(t *testing.T, s user.Store) {
	tests := []struct {
		name   string
		change func(*user.User)
		want   func(*user.User)
	}{
		{name: "as it is", change: func(*user.User) {}},
		{name: "superuser", change: superuser},
		{name: "inactive", change: inactive},
		{name: "not verified", change: func(u *user.User) { u.IsVerified = false }},
		{name: "no password", change: func(u *user.User) { u.HashedPassword = "" }},
		{name: "token version", change: func(u *user.User) { u.TokenVersion = 1 << 40 }},
		{name: "keys ended", change: func(u *user.User) { u.KeyVersion = 5 }},
		{name: "changed hands", change: func(u *user.User) { u.OwnerVersion = 3 }},
		{name: "roles", change: func(u *user.User) { u.Roles = []string{"editor", "support"} }},
		{name: "banned", change: banned},
		{name: "banned by a user, for good", change: func(u *user.User) { u.Ban = &user.Ban{At: start, By: u.ID} }},
		{name: "kept token", change: func(u *user.User) { u.KeptToken = records.HashToken("kept") }},
		{name: "key of special characters", change: func(u *user.User) { u.EmailKey = `$.*"'\{}[]/ё🗡@camelot.bt` }},
		{name: "profile with nothing set", change: func(u *user.User) { u.Profile = &Profile{} }},
		{name: "profile of empty values", change: func(u *user.User) {
			u.Profile = &Profile{FirstName: pointer(""), Tags: []string{}, Scores: map[string]int64{}, Address: Address{Lines: []string{}}}
		}},
		{
			name:   "no profile",
			change: func(u *user.User) { u.Profile = nil },
			want:   func(u *user.User) { u.Profile = &Profile{} },
		},
	}
	for i, test := range tests {
		u := add(t, s, fmt.Sprintf("create-%d@camelot.bt", i), test.change)
		if test.want != nil {
			test.want(u)
		}
		checkUser(t, test.name+": ByID", stored(t, s, u.ID), u)
		byKey, err := s.ByEmail(t.Context(), email.Email{Key: u.EmailKey})
		if err != nil {
			t.Errorf("%s: ByEmail: %v", test.name, err)
			continue
		}
		checkUser(t, test.name+": ByEmail", byKey, u)
	}
}

func testCreateTaken(t *testing.T, s user.Store) {
	first := add(t, s, "arthur@camelot.bt")
	taken := sample(s, "arthur@camelot.bt")
	checkError(t, "Create with a taken key", s.Create(t.Context(), taken), user.ErrExists)
	checkUnchanged(t, "a Create with its key", s, first)
	_, err := s.ByID(t.Context(), taken.ID)
	checkError(t, "ByID of the user that was refused", err, user.ErrNotFound)

	// Another user never replaces one, whatever ID it comes with.
	impostor := sample(s, "mordred@camelot.bt")
	impostor.ID = first.ID
	if err := s.Create(t.Context(), impostor); err == nil {
		t.Error("Create with the ID of another user: got no error")
	}
	checkUnchanged(t, "a Create with its ID", s, first)

	// The key alone is unique, and to the byte.
	for _, key := range []string{"Arthur@camelot.bt", "arthur@camelot.bt ", "rthur@camelot.bt"} {
		add(t, s, key, func(u *user.User) { u.Email = first.Email })
	}
}

func testCreateAtOnce(t *testing.T, s user.Store) {
	users := make([]*user.User, 50)
	for i := range users {
		users[i] = sample(s, "arthur@camelot.bt")
		users[i].Email = fmt.Sprint(i)
	}
	errs := atOnce(len(users), func(i int) error { return s.Create(t.Context(), users[i]) })
	checkWinners(t, "Create with one key at once", errs, 1, user.ErrExists)
	for i, err := range errs {
		if err == nil {
			checkUser(t, "the one that was created", stored(t, s, users[i].ID), users[i])
			continue
		}
		_, err := s.ByID(t.Context(), users[i].ID)
		checkError(t, "ByID of one that was refused", err, user.ErrNotFound)
	}
}

func testCreateRepeated(t *testing.T, s user.Store) {
	u := sample(s, "arthur@camelot.bt")
	for i, err := range atOnce(10, func(int) error { return s.Create(t.Context(), u) }) {
		if err != nil {
			t.Errorf("Create of one user at once, call %d: %v", i, err)
		}
	}
	if err := s.Create(t.Context(), u); err != nil {
		t.Errorf("Create repeated: %v", err)
	}
	checkUnchanged(t, "the same Create again", s, u)
}

func testNothingShared(t *testing.T, s user.Store) {
	u := sample(s, "arthur@camelot.bt")
	want := sample(s, "arthur@camelot.bt")
	want.ID = u.ID
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatalf("Create: %v", err)
	}
	scribble(u)
	checkUnchanged(t, "a change of what Create was given", s, want)

	scribble(stored(t, s, want.ID))
	checkUnchanged(t, "a change of what ByID returned", s, want)

	u, err := s.ByEmail(t.Context(), email.Email{Key: want.EmailKey})
	if err != nil {
		t.Fatalf("ByEmail: %v", err)
	}
	scribble(u)
	checkUnchanged(t, "a change of what ByEmail returned", s, want)

	page, err := s.List(t.Context(), user.ListQuery{Limit: 1})
	if err != nil || len(page.Users) != 1 {
		t.Fatalf("List: got %d users, %v", len(page.Users), err)
	}
	scribble(page.Users[0])
	checkUnchanged(t, "a change of what List returned", s, want)

	given := sampleProfile()
	update := user.Update{Profile: given, ProfileFields: s.ProfileType().Keys(), UpdatedAt: want.UpdatedAt}
	u, err = s.Update(t.Context(), want.ID, update)
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	scribble(u)
	checkUnchanged(t, "a change of what Update returned", s, want)
	scribble(&user.User{Profile: given})
	checkUnchanged(t, "a change of what Update was given", s, want)
}

// scribble changes everything that can be reached from u.
func scribble(u *user.User) {
	profile := u.Profile.(*Profile)
	*profile.FirstName = "scribble"
	*profile.Address.City = "scribble"
	profile.Address.Lines[0] = "scribble"
	profile.Tags[0] = "scribble"
	profile.Scores["joust"] = -1
	profile.Scores["scribble"] = 1
	profile.Plan, profile.Note, profile.JoinedAt = "scribble", "scribble", time.Time{}
	*u = user.User{Email: "scribble", EmailKey: "scribble", HashedPassword: "scribble", Profile: profile}
}
