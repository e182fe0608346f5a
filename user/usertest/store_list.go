package usertest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/ginauth/ginauth/user"
)

func testList(t *testing.T, s user.Store) {
	page, err := s.List(t.Context(), user.ListQuery{Limit: 3})
	if err != nil || len(page.Users) != 0 || page.More {
		t.Errorf("List of no users: got %d, more %v, %v", len(page.Users), page.More, err)
	}
	want := make([]*user.User, 10)
	for i := range want {
		want[i] = add(t, s, fmt.Sprintf("user-%d@camelot.bt", i), func(u *user.User) { u.IsActive = i%2 == 0 })
	}
	slices.SortFunc(want, func(a, b *user.User) int { return cmp.Compare(a.ID, b.ID) })
	for _, limit := range []int{1, 3, 5, 9, 10, 11, 100} {
		checkPages(t, fmt.Sprint("List by ", limit), s, user.ListQuery{Limit: limit}, want)
	}

	// The page after a deleted user begins with the next one.
	if err := s.Delete(t.Context(), want[4].ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	checkPages(t, "List after a deleted user", s, user.ListQuery{Limit: 3, After: want[4].ID}, want[5:])
	checkPages(t, "List after the last user", s, user.ListQuery{Limit: 3, After: want[9].ID}, nil)
}

// checkPages reads all pages of a query and compares them with want.
func checkPages(t *testing.T, what string, s user.Store, query user.ListQuery, want []*user.User) {
	t.Helper()
	for first := true; first || len(want) > 0; first = false {
		page, err := s.List(t.Context(), query)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		n := min(query.Limit, len(want))
		if len(page.Users) != n || page.More != (len(want) > n) {
			t.Errorf("%s: got %d users, more %v, want %d, %v", what, len(page.Users), page.More, n, len(want) > n)
			return
		}
		for i, u := range page.Users {
			checkUser(t, fmt.Sprintf("%s: user %d", what, i), u, want[i])
		}
		if want = want[n:]; n > 0 {
			query.After = page.Users[n-1].ID
		}
	}
}

func testListPrefix(t *testing.T, s user.Store) {
	keys := []string{
		"a@camelot.bt", "a.b@camelot.bt", "a.*@camelot.bt", "axb@camelot.bt", "A@camelot.bt", "ab@camelot.bt", "b@camelot.bt",
		"^a$@camelot.bt", "a\\@camelot.bt", "a%@camelot.bt", "a_@camelot.bt", "[ab]@camelot.bt", "(a|b)@camelot.bt", "$gt",
		"é@camelot.bt", "ê@camelot.bt", "e\u0301@camelot.bt", "ёж@camelot.bt", "z\uD7FFz", "z\uE000z", "z\U0010FFFF", "z\U0010FFFFz", "zz", "\U0010FFFF",
	}
	all := map[string]*user.User{}
	for _, key := range keys {
		all[key] = add(t, s, key)
	}
	tests := []struct {
		prefix string
		want   []string
	}{
		{"", keys},
		{"a", []string{
			"a@camelot.bt", "a.b@camelot.bt", "a.*@camelot.bt", "axb@camelot.bt", "ab@camelot.bt", "a\\@camelot.bt",
			"a%@camelot.bt", "a_@camelot.bt",
		}},
		{"a.", []string{"a.b@camelot.bt", "a.*@camelot.bt"}},
		{"a.*", []string{"a.*@camelot.bt"}},
		{".*", nil},
		{"A", []string{"A@camelot.bt"}},
		{"^a", []string{"^a$@camelot.bt"}},
		{"[", []string{"[ab]@camelot.bt"}},
		{"(a|b)", []string{"(a|b)@camelot.bt"}},
		{"a%", []string{"a%@camelot.bt"}},
		{"a_", []string{"a_@camelot.bt"}},
		{`a\`, []string{"a\\@camelot.bt"}},
		{"$", []string{"$gt"}},
		{"é", []string{"é@camelot.bt"}},
		{"e", []string{"e\u0301@camelot.bt"}},
		{"ё", []string{"ёж@camelot.bt"}},
		{"a@camelot.bt", []string{"a@camelot.bt"}},
		{"a@camelot.bt ", nil},
		{"z\uD7FF", []string{"z\uD7FFz"}},
		{"z\U0010FFFF", []string{"z\U0010FFFF", "z\U0010FFFFz"}},
		{"z", []string{"z\uD7FFz", "z\uE000z", "z\U0010FFFF", "z\U0010FFFFz", "zz"}},
		{"\U0010FFFF", []string{"\U0010FFFF"}},
		{"\U0010FFFF\U0010FFFF", nil},
		{"\xff", nil},
		{"\x00", nil},
	}
	for _, test := range tests {
		var want []*user.User
		for _, key := range test.want {
			want = append(want, all[key])
		}
		slices.SortFunc(want, func(a, b *user.User) int { return cmp.Compare(a.ID, b.ID) })
		for _, limit := range []int{2, 100} {
			query := user.ListQuery{Limit: limit, EmailPrefix: test.prefix}
			checkPages(t, fmt.Sprintf("List of the prefix %q by %d", test.prefix, limit), s, query, want)
		}
	}
}
