package usertest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

func testUpdateOneField(t *testing.T, s user.Store) {
	for i, test := range slices.Concat(flagUpdates, roleUpdates(s.NewID())) {
		want := add(t, s, fmt.Sprintf("one-field-%d@camelot.bt", i), func(u *user.User) {
			u.TokenVersion, u.KeptToken = 7, records.HashToken("kept")
		})
		test.update.UpdatedAt = later
		want.UpdatedAt = later
		if test.before.Roles != nil || test.before.Ban != nil {
			test.before.UpdatedAt = start
			if _, err := s.Update(t.Context(), want.ID, test.before); err != nil {
				t.Fatalf("%s: Update before: %v", test.name, err)
			}
		}
		test.want(want)
		checkUpdate(t, test.name, s, want, test.update)
	}
}

// fieldUpdate is an update of one field, after another one where before names something.
type fieldUpdate struct {
	name   string
	before user.Update
	update user.Update
	want   func(*user.User)
}

var flagUpdates = []fieldUpdate{
	{name: "nothing", want: func(*user.User) {}},
	{
		name:   "hash",
		update: user.Update{HashedPassword: pointer("$argon2id$new")},
		want:   func(u *user.User) { u.HashedPassword = "$argon2id$new" },
	},
	{
		name:   "no password any more",
		update: user.Update{HashedPassword: pointer("")},
		want:   func(u *user.User) { u.HashedPassword = "" },
	},
	{
		name:   "inactive",
		update: user.Update{IsActive: pointer(false)},
		want:   func(u *user.User) { u.IsActive = false },
	},
	{
		name:   "superuser",
		update: user.Update{IsSuperuser: pointer(true)},
		want:   func(u *user.User) { u.IsSuperuser = true },
	},
	{
		name:   "not verified",
		update: user.Update{IsVerified: pointer(false)},
		want:   func(u *user.User) { u.IsVerified = false },
	},
	{
		name:   "second factor",
		update: user.Update{SecondFactor: pointer(true)},
		want:   func(u *user.User) { u.SecondFactor = true },
	},
	{
		name:   "second factor and end of tokens",
		update: user.Update{SecondFactor: pointer(true), EndTokens: true},
		want:   func(u *user.User) { u.SecondFactor, u.TokenVersion, u.KeptToken = true, 8, "" },
	},
	{
		name:   "no second factor, as before",
		update: user.Update{SecondFactor: pointer(false)},
		want:   func(*user.User) {},
	},
	{
		name:   "as it was",
		update: user.Update{IsActive: pointer(true), IsSuperuser: pointer(false), IsVerified: pointer(true)},
		want:   func(*user.User) {},
	},
	{
		name:   "all flags, keeping a superuser",
		update: user.Update{IsActive: pointer(false), IsSuperuser: pointer(true), IsVerified: pointer(false), KeepSuperuser: true},
		want:   func(u *user.User) { u.IsActive, u.IsSuperuser, u.IsVerified = false, true, false },
	},
	{
		name:   "profile that names no field",
		update: user.Update{Profile: &Profile{Plan: "ignored"}},
		want:   func(*user.User) {},
	},
}

// roleUpdates are those of roles and bans, by the user by.
func roleUpdates(by user.ID) []fieldUpdate {
	return []fieldUpdate{
		{
			name:   "roles",
			update: user.Update{Roles: &[]string{"editor", "support"}},
			want:   func(u *user.User) { u.Roles = []string{"editor", "support"} },
		},
		{
			name:   "other roles",
			before: user.Update{Roles: &[]string{"editor", "support"}},
			update: user.Update{Roles: &[]string{"support"}},
			want:   func(u *user.User) { u.Roles = []string{"support"} },
		},
		{
			name:   "no roles any more",
			before: user.Update{Roles: &[]string{"editor"}},
			update: user.Update{Roles: &[]string{}},
			want:   func(*user.User) {},
		},
		{
			name:   "ban without end",
			update: user.Update{Ban: &user.Ban{At: later, Reason: "ÄÖÜ \"$ne\" 🗡", By: by}, EndTokens: true},
			want: func(u *user.User) {
				u.Ban, u.TokenVersion, u.KeptToken = &user.Ban{At: later, Reason: "ÄÖÜ \"$ne\" 🗡", By: by}, 8, ""
			},
		},
		{
			name:   "another ban",
			before: user.Update{Ban: &user.Ban{At: start, Reason: "first"}},
			update: user.Update{Ban: &user.Ban{At: later, Until: later.Add(time.Hour)}},
			want:   func(u *user.User) { u.Ban = &user.Ban{At: later, Until: later.Add(time.Hour)} },
		},
		{
			name:   "end of a ban",
			before: user.Update{Ban: &user.Ban{At: start, Reason: "first"}},
			update: user.Update{Ban: &user.Ban{}},
			want:   func(*user.User) {},
		},
		{
			name:   "something else of a banned user with roles",
			before: user.Update{Ban: &user.Ban{At: start, Reason: "first"}, Roles: &[]string{"editor"}},
			update: user.Update{IsVerified: pointer(false)},
			want: func(u *user.User) {
				u.IsVerified, u.Ban, u.Roles = false, &user.Ban{At: start, Reason: "first"}, []string{"editor"}
			},
		},
	}
}

// checkUpdate applies an update and compares what it returns, and what is stored
// then, with want.
func checkUpdate(t *testing.T, what string, s user.Store, want *user.User, update user.Update) {
	t.Helper()
	got, err := s.Update(t.Context(), want.ID, update)
	if err != nil {
		t.Errorf("%s: Update: %v", what, err)
		return
	}
	checkUser(t, what+": Update", got, want)
	checkUser(t, what+": ByID", stored(t, s, want.ID), want)
}

func testUpdateProfile(t *testing.T, s user.Store) {
	given := &Profile{
		Plan:    "gold",
		Address: Address{City: pointer("Tintagel")},
		Tags:    []string{"queen"},
		Scores:  map[string]int64{"quest": 2},
		Note:    "new note",
	}
	tests := []struct {
		name   string
		fields []string
		want   func(*Profile)
	}{
		{name: "to nil", fields: []string{"first_name"}, want: func(p *Profile) { p.FirstName = nil }},
		{name: "one field", fields: []string{"plan"}, want: func(p *Profile) { p.Plan = "gold" }},
		{name: "struct as a whole", fields: []string{"address"}, want: func(p *Profile) { p.Address = given.Address }},
		{name: "map as a whole", fields: []string{"scores"}, want: func(p *Profile) { p.Scores = given.Scores }},
		{name: "field never sent", fields: []string{"Note"}, want: func(p *Profile) { p.Note = "new note" }},
		{name: "time to zero", fields: []string{"joined_at"}, want: func(p *Profile) { p.JoinedAt = given.JoinedAt }},
		{name: "two fields", fields: []string{"tags", "plan"}, want: func(p *Profile) { p.Tags, p.Plan = given.Tags, "gold" }},
		{name: "all", fields: s.ProfileType().Keys(), want: func(p *Profile) { *p = *given }},
	}
	for i, test := range tests {
		want := add(t, s, fmt.Sprintf("profile-%d@camelot.bt", i))
		want.UpdatedAt = later
		test.want(want.Profile.(*Profile))
		checkUpdate(t, test.name, s, want, user.Update{Profile: given, ProfileFields: test.fields, UpdatedAt: later})
	}

	u := add(t, s, "unknown-field@camelot.bt")
	update := user.Update{Profile: given, ProfileFields: []string{"plan", "is_superuser"}, IsActive: pointer(false), UpdatedAt: later}
	if _, err := s.Update(t.Context(), u.ID, update); err == nil {
		t.Error("Update of a profile field that does not exist: got no error")
	}
	checkUnchanged(t, "an Update of a profile field that does not exist", s, u)
}

func testUpdateEndTokens(t *testing.T, s user.Store) {
	want := add(t, s, "arthur@camelot.bt")
	kept := records.HashToken("kept")
	steps := []struct {
		name    string
		update  user.Update
		version int64
		kept    string
	}{
		{name: "keep none", update: user.Update{EndTokens: true}, version: 1},
		{name: "keep one", update: user.Update{EndTokens: true, KeepToken: kept}, version: 2, kept: kept},
		{name: "something else", update: user.Update{IsActive: pointer(true)}, version: 2, kept: kept},
		{name: "token without end", update: user.Update{KeepToken: records.HashToken("other")}, version: 2, kept: kept},
		{name: "keep none again", update: user.Update{EndTokens: true}, version: 3},
	}
	for _, step := range steps {
		step.update.UpdatedAt = later
		want.UpdatedAt, want.TokenVersion, want.KeptToken = later, step.version, step.kept
		checkUpdate(t, step.name, s, want, step.update)
	}
}

func testUpdateChangeOwner(t *testing.T, s user.Store) {
	want := add(t, s, "arthur@camelot.bt")
	want.UpdatedAt = later
	for version := int64(1); version <= 2; version++ {
		want.OwnerVersion, want.TokenVersion = version, version
		checkUpdate(t, "change hands", s, want, user.Update{ChangeOwner: true, EndTokens: true, UpdatedAt: later})
	}
	want.HashedPassword, want.TokenVersion = "new", 3
	checkUpdate(t, "something else", s, want, user.Update{HashedPassword: pointer("new"), EndTokens: true, UpdatedAt: later})
	refused := user.Update{ChangeOwner: true, EndTokens: true, UpdatedAt: later, If: user.Conditions{TokenVersion: pointer(int64(2))}}
	_, err := s.Update(t.Context(), want.ID, refused)
	checkError(t, "Update that is refused", err, user.ErrNotFound)
	checkUnchanged(t, "an Update that is refused", s, want)
}

func testUpdateKeyVersion(t *testing.T, s user.Store) {
	want := add(t, s, "arthur@camelot.bt")
	want.UpdatedAt = later
	for want.KeyVersion = 1; want.KeyVersion <= 2; want.KeyVersion++ {
		checkUpdate(t, "end keys", s, want, user.Update{KeyVersionUp: true, UpdatedAt: later})
	}
	want.KeyVersion, want.TokenVersion, want.OwnerVersion = 3, 1, 1
	checkUpdate(t, "with all others", s, want, user.Update{KeyVersionUp: true, ChangeOwner: true, EndTokens: true, UpdatedAt: later})
	want.HashedPassword, want.TokenVersion = "new", 2
	checkUpdate(t, "something else", s, want, user.Update{HashedPassword: pointer("new"), EndTokens: true, UpdatedAt: later})
}

func testUpdateEmail(t *testing.T, s user.Store) {
	want := add(t, s, "arthur@camelot.bt")
	other := add(t, s, "merlin@camelot.bt")
	want.UpdatedAt = later

	want.Email = "ARTHUR@camelot.bt"
	checkUpdate(t, "own key", s, want,
		user.Update{Email: &email.Email{Address: "ARTHUR@camelot.bt", Key: "arthur@camelot.bt"}, UpdatedAt: later})

	taken := user.Update{
		Email:    &email.Email{Address: "Merlin@camelot.bt", Key: "merlin@camelot.bt"},
		IsActive: pointer(false), HashedPassword: pointer("new"), EndTokens: true, UpdatedAt: later.Add(1),
		Profile: &Profile{Plan: "gold"}, ProfileFields: []string{"plan"},
	}
	u, err := s.Update(t.Context(), want.ID, taken)
	checkError(t, "Update to a taken key", err, user.ErrExists)
	if u != nil {
		t.Error("Update to a taken key: got a user")
	}
	checkUnchanged(t, "an Update to a taken key", s, want)
	checkUnchanged(t, "an Update to its key", s, other)

	want.Email, want.EmailKey = "Arthur@tintagel.bt", "arthur@tintagel.bt"
	checkUpdate(t, "new key", s, want,
		user.Update{Email: &email.Email{Address: "Arthur@tintagel.bt", Key: "arthur@tintagel.bt"}, UpdatedAt: later})
	_, err = s.ByEmail(t.Context(), email.Email{Key: "arthur@camelot.bt"})
	checkError(t, "ByEmail with the old key", err, user.ErrNotFound)
	add(t, s, "arthur@camelot.bt") // the old key is free
	u, err = s.ByEmail(t.Context(), email.Email{Key: "arthur@tintagel.bt"})
	if err != nil {
		t.Fatalf("ByEmail with the new key: %v", err)
	}
	checkUser(t, "ByEmail with the new key", u, want)
}

func testUpdateIf(t *testing.T, s user.Store) {
	u := sample(s, "any@camelot.bt")
	tests := []struct {
		name  string
		cond  user.Conditions
		holds bool
	}{
		{name: "none", holds: true},
		{name: "hash", cond: user.Conditions{HashedPassword: &u.HashedPassword}, holds: true},
		{name: "other hash", cond: user.Conditions{HashedPassword: pointer("other")}},
		{name: "empty hash", cond: user.Conditions{HashedPassword: pointer("")}},
		{name: "other key", cond: user.Conditions{EmailKey: pointer("other@camelot.bt")}},
		{name: "empty key", cond: user.Conditions{EmailKey: pointer("")}},
		{name: "active", cond: user.Conditions{IsActive: pointer(true)}, holds: true},
		{name: "inactive", cond: user.Conditions{IsActive: pointer(false)}},
		{name: "verified", cond: user.Conditions{IsVerified: pointer(true)}, holds: true},
		{name: "not verified", cond: user.Conditions{IsVerified: pointer(false)}},
		{name: "version", cond: user.Conditions{TokenVersion: pointer(int64(0))}, holds: true},
		{name: "other version", cond: user.Conditions{TokenVersion: pointer(int64(1))}},
		{name: "negative version", cond: user.Conditions{TokenVersion: pointer(int64(-1))}},
		{name: "all but one", cond: user.Conditions{
			HashedPassword: &u.HashedPassword, IsActive: pointer(true), IsVerified: pointer(false),
		}},
		{name: "several", cond: user.Conditions{
			HashedPassword: &u.HashedPassword, IsActive: pointer(true), IsVerified: pointer(true),
		}, holds: true},
	}
	for i, test := range tests {
		want := add(t, s, fmt.Sprintf("if-%d@camelot.bt", i), func(n *user.User) { n.HashedPassword = u.HashedPassword })
		update := user.Update{HashedPassword: pointer("new"), EndTokens: true, UpdatedAt: later, If: test.cond}
		if test.holds {
			want.HashedPassword, want.TokenVersion, want.UpdatedAt = "new", 1, later
			checkUpdate(t, test.name, s, want, update)
			continue
		}
		_, err := s.Update(t.Context(), want.ID, update)
		checkError(t, test.name+": Update", err, user.ErrNotFound)
		checkUnchanged(t, test.name, s, want)
	}
	testUpdateIfSecondFactor(t, s)
	want := add(t, s, "own-key@camelot.bt")
	want.UpdatedAt = later
	checkUpdate(t, "own key", s, want, user.Update{UpdatedAt: later, If: user.Conditions{EmailKey: &want.EmailKey}})
}

// testUpdateIfSecondFactor switches the flag on and off, each only from the other state.
func testUpdateIfSecondFactor(t *testing.T, s user.Store) {
	want := add(t, s, "second-factor@camelot.bt")
	for _, is := range []bool{false, true, false} {
		want.UpdatedAt = want.UpdatedAt.Add(time.Second)
		update := user.Update{SecondFactor: pointer(!is), UpdatedAt: want.UpdatedAt, If: user.Conditions{SecondFactor: pointer(!is)}}
		_, err := s.Update(t.Context(), want.ID, update)
		checkError(t, "Update from the other state", err, user.ErrNotFound)
		update.If.SecondFactor = &is
		want.SecondFactor = !is
		checkUpdate(t, fmt.Sprintf("second factor from %v", is), s, want, update)
	}
}

func testUpdateUnknown(t *testing.T, s user.Store) {
	u := add(t, s, "arthur@camelot.bt")
	for _, id := range []user.ID{s.NewID(), "", "nonsense"} {
		for _, update := range []user.Update{
			{IsActive: pointer(false), UpdatedAt: later},
			{IsActive: pointer(false), UpdatedAt: later, KeepSuperuser: true},
			{Email: &email.Email{Address: "a@b.bt", Key: "a@b.bt"}, EndTokens: true, UpdatedAt: later},
		} {
			got, err := s.Update(t.Context(), id, update)
			checkError(t, "Update of an unknown user", err, user.ErrNotFound)
			if got != nil {
				t.Error("Update of an unknown user: got a user")
			}
		}
	}
	checkUnchanged(t, "updates of others", s, u)
	page, err := s.List(t.Context(), user.ListQuery{Limit: 10})
	if err != nil || len(page.Users) != 1 {
		t.Errorf("List after updates of unknown users: got %d users, %v, want 1", len(page.Users), err)
	}
}
