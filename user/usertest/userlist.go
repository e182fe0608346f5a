package usertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// listStore is what administration needs of a store.
type listStore interface {
	user.Store
	listing.Store
}

// TestListStore checks every clause of the comments on [listing.Store], which the store
// must implement. newStore is as for [TestStore]; where the store is a [records.Ensurer] the
// suite calls Ensure.
func TestListStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s listStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			ensure(t, s, listing.Need)
			test(t, s.(listStore))
		}
	}
	run(t, newStore, "ListStore", []suite{
		{"every filter in every order", with(testListFilters)},
		{"ties", with(testListTies)},
		{"odd texts", with(testListOddTexts)},
		{"users who come and go", with(testListMeanwhile)},
		{"StoredRoles", with(testStoredRoles)},
	})
}

// crowd stores users of every kind. Several have one time of creation.
func crowd(t *testing.T, s listStore) []*user.User {
	t.Helper()
	var all []*user.User
	for i := range 24 {
		all = append(all, add(t, s, fmt.Sprintf("%c%02d@camelot.bt", 'a'+i%3, 97*i%100), func(u *user.User) {
			u.CreatedAt = start.Add(time.Duration(i/4) * time.Second)
			u.IsActive, u.IsVerified, u.IsSuperuser = i%3 != 0, i%4 != 0, i%5 == 0
			switch i % 6 {
			case 1:
				u.Roles = []string{"editor"}
			case 2:
				u.Roles = []string{"editor", "support"}
			case 3:
				u.Ban = &user.Ban{At: start, Reason: "for good"}
			case 4:
				formerlyBanned(u)
			case 5:
				banned(u)
			}
		}))
	}
	return all
}

// follow returns the users of all pages of a query.
func follow(t *testing.T, s listStore, query listing.Query) []*user.User {
	t.Helper()
	var found []*user.User
	for range 1000 {
		page, err := s.ListUsers(t.Context(), query)
		if err != nil {
			t.Fatalf("ListUsers: %v", err)
		}
		if len(page.Users) > query.Limit {
			t.Fatalf("ListUsers: got %d users, want at most %d", len(page.Users), query.Limit)
		}
		found = append(found, page.Users...)
		if page.Next == nil {
			return found
		}
		query.After = *page.Next
	}
	t.Fatal("ListUsers: the list has no end")
	return nil
}

func testListFilters(t *testing.T, s listStore) {
	all := crowd(t, s)
	yes, no := pointer(true), pointer(false)
	queries := map[string]listing.Query{
		"all":                 {},
		"active":              {IsActive: yes},
		"inactive":            {IsActive: no},
		"verified":            {IsVerified: yes},
		"not verified":        {IsVerified: no},
		"superusers":          {IsSuperuser: yes},
		"others":              {IsSuperuser: no},
		"role":                {Role: "editor"},
		"another role":        {Role: "support"},
		"unknown role":        {Role: "edit"},
		"banned":              {Banned: yes},
		"not banned":          {Banned: no},
		"prefix":              {EmailPrefix: "b"},
		"whole address":       {EmailPrefix: all[5].EmailKey},
		"created after":       {CreatedAfter: start.Add(2 * time.Second)},
		"created before":      {CreatedBefore: start.Add(2 * time.Second)},
		"created between":     {CreatedAfter: start.Add(time.Second), CreatedBefore: start.Add(3 * time.Second)},
		"role and flags":      {Role: "editor", IsActive: yes, IsVerified: yes},
		"banned and inactive": {Banned: yes, IsActive: no},
		"prefix and role":     {EmailPrefix: "b", Role: "editor"},
		"prefix and banned":   {EmailPrefix: "a", Banned: yes, CreatedAfter: start.Add(time.Second)},
		"all at once":         {EmailPrefix: "b", Role: "editor", IsActive: yes, IsVerified: yes, IsSuperuser: no, Banned: no},
	}
	for name, query := range queries {
		for _, sort := range []listing.Sort{"", listing.SortID, listing.SortCreated, listing.SortNewest, listing.SortEmail} {
			query.Sort, query.Now, query.Limit = sort, later, 4
			got := follow(t, s, query)
			want := slices.DeleteFunc(slices.Clone(all), func(u *user.User) bool { return !query.Selects(u) })
			slices.SortFunc(want, func(a, b *user.User) int { return listing.PlaceOf(a).Compare(listing.PlaceOf(b), sort) })
			if !slices.EqualFunc(got, want, func(a, b *user.User) bool { return a.ID == b.ID }) {
				t.Errorf("%s by %q: got %s, want %s", name, sort, keysOf(got), keysOf(want))
			}
		}
	}
	if got := follow(t, s, listing.Query{Limit: 100, Now: later}); len(got) > 0 {
		checkUser(t, "ListUsers", got[0], stored(t, s, got[0].ID))
	}
}

func keysOf(users []*user.User) string {
	var keys []string
	for _, u := range users {
		keys = append(keys, u.EmailKey)
	}
	return strings.Join(keys, " ")
}

// testListTies has pages end between users of one time.
func testListTies(t *testing.T, s listStore) {
	for i := range 7 {
		add(t, s, fmt.Sprintf("tie-%d@camelot.bt", i))
	}
	for _, sort := range []listing.Sort{listing.SortCreated, listing.SortNewest} {
		for limit := 1; limit < 9; limit++ {
			got := follow(t, s, listing.Query{Limit: limit, Sort: sort, Now: later})
			seen := map[user.ID]bool{}
			for _, u := range got {
				seen[u.ID] = true
			}
			if len(got) != 7 || len(seen) != 7 {
				t.Errorf("by %s in pages of %d: got %d users, %d of them different, want 7", sort, limit, len(got), len(seen))
			}
		}
	}
}

// testListOddTexts has texts that are operators or patterns elsewhere.
func testListOddTexts(t *testing.T, s listStore) {
	add(t, s, "arthur@camelot.bt", func(u *user.User) { u.Roles = []string{"editor"} })
	for _, text := range []string{`{"$ne":""}`, "$ne", ".*", "^a", "a.", "%", "_", "\x00", "\xff", "editor\x00", "roles.0", "A"} {
		for _, query := range []listing.Query{{EmailPrefix: text}, {Role: text}, {EmailPrefix: text, Sort: listing.SortEmail}} {
			query.Limit, query.Now = 10, later
			page, err := s.ListUsers(t.Context(), query)
			if err != nil || len(page.Users) != 0 {
				t.Errorf("prefix %q, role %q: got %d users, %v, want none", query.EmailPrefix, query.Role, len(page.Users), err)
			}
		}
	}
}

// testListMeanwhile deletes the user at whom a page ended.
func testListMeanwhile(t *testing.T, s listStore) {
	crowd(t, s)
	for _, sort := range []listing.Sort{listing.SortID, listing.SortCreated, listing.SortNewest, listing.SortEmail} {
		all := follow(t, s, listing.Query{Limit: 100, Sort: sort, Now: later})
		page, err := s.ListUsers(t.Context(), listing.Query{Limit: 3, Sort: sort, Now: later})
		if err != nil || page.Next == nil {
			t.Fatalf("ListUsers by %s: %v, want more than a page", sort, err)
		}
		if err := s.Delete(t.Context(), all[2].ID, user.DeleteOptions{}); err != nil {
			t.Fatalf("Delete: %v", err)
		}
		rest := follow(t, s, listing.Query{Limit: 100, Sort: sort, Now: later, After: *page.Next})
		if keysOf(rest) != keysOf(all[3:]) {
			t.Errorf("by %s after a user who is gone: got %s, want %s", sort, keysOf(rest), keysOf(all[3:]))
		}
	}
}

func testStoredRoles(t *testing.T, s listStore) {
	roles, err := s.StoredRoles(t.Context())
	if err != nil || len(roles) != 0 {
		t.Errorf("StoredRoles of no users: got %q, %v, want none", roles, err)
	}
	crowd(t, s)
	if roles, err = s.StoredRoles(t.Context()); err != nil || !slices.Equal(roles, []string{"editor", "support"}) {
		t.Errorf("StoredRoles: got %q, %v, want editor and support", roles, err)
	}
}
