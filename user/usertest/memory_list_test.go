package usertest_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/usertest"
)

// listedUsers is how many users the lists of TestListsLookAtFewUsers are of.
var listedUsers = flag.Int("listed-users", 50_000, "users of TestListsLookAtFewUsers")

var manySince = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// many fills a store with n users: of a thousand one is a superuser, two are banned, three
// deactivated and ten editors.
func many(t *testing.T, n int) *usertest.Store {
	t.Helper()
	s := usertest.NewStore()
	for i := range n {
		u := &user.User{
			ID: s.NewID(), EmailKey: fmt.Sprintf("%c%07d@camelot.bt", 'a'+i%26, i), CreatedAt: manySince.Add(time.Duration(i/2) * time.Second),
			IsActive: i%1000 > 2, IsVerified: i%2 == 0, IsSuperuser: i%1000 == 3,
		}
		if i%1000 == 4 || i%1000 == 5 {
			u.Ban = &user.Ban{At: manySince}
		}
		if i%100 == 6 {
			u.Roles = []string{"editor"}
		}
		if err := s.Create(t.Context(), u); err != nil {
			t.Fatalf("Create: %v", err)
		}
	}
	return s
}

// TestListsLookAtFewUsers: for each filter in each order a page of a list of many users
// looks at a page of users where an index answers the filter, and at MaxLookedAt where it
// has to look for the users who are selected in another order; the first page and the one
// after it alike.
func TestListsLookAtFewUsers(t *testing.T) {
	t.Parallel()
	n := *listedUsers
	s := many(t, n)
	const limit = 50
	yes, no := true, false
	half := manySince.Add(time.Duration(n/4) * time.Second)
	// Where most users are selected, a page or two of any order have enough of them.
	const page, pages, tenThousand = limit + 1, 4 * limit, listing.MaxLookedAt
	for _, test := range []struct {
		name                  string
		query                 listing.Query
		byID, byTime, byEmail int
	}{
		{"all", listing.Query{}, page, page, page},
		{"active", listing.Query{IsActive: &yes}, pages, pages, pages},
		{"inactive", listing.Query{IsActive: &no}, page, tenThousand, tenThousand},
		{"verified", listing.Query{IsVerified: &yes}, pages, pages, tenThousand},
		{"not verified", listing.Query{IsVerified: &no}, pages, pages, tenThousand},
		{"superusers", listing.Query{IsSuperuser: &yes}, page, tenThousand, tenThousand},
		{"others", listing.Query{IsSuperuser: &no}, pages, pages, pages},
		{"banned", listing.Query{Banned: &yes}, page, tenThousand, tenThousand},
		{"not banned", listing.Query{Banned: &no}, pages, pages, pages},
		{"role", listing.Query{Role: "editor"}, page, tenThousand, tenThousand},
		{"unknown role", listing.Query{Role: "knight"}, 0, tenThousand, tenThousand},
		{"prefix", listing.Query{EmailPrefix: "q"}, tenThousand, tenThousand, page},
		{"created after", listing.Query{CreatedAfter: half}, pages, page, tenThousand},
		{"created before", listing.Query{CreatedBefore: half}, pages, page, tenThousand},
		{"created between", listing.Query{CreatedAfter: half, CreatedBefore: half.Add(time.Minute)}, tenThousand, page + 70, tenThousand},
		{"role of a prefix", listing.Query{Role: "editor", EmailPrefix: "g"}, tenThousand, tenThousand, tenThousand},
	} {
		for sort, most := range map[listing.Sort]int{
			listing.SortID: test.byID, listing.SortCreated: test.byTime, listing.SortNewest: test.byTime, listing.SortEmail: test.byEmail,
		} {
			query := test.query
			query.Limit, query.Sort, query.Now = limit, sort, half
			for number := range 2 {
				got, err := s.ListUsers(t.Context(), query)
				if err != nil {
					t.Fatalf("%s by %s: %v", test.name, sort, err)
				}
				if looked := s.LookedAt(); looked > most {
					t.Errorf("%s by %s, page %d: looked at %d users of %d, want at most %d", test.name, sort, number+1, looked, n, most)
				}
				t.Logf("%s by %s, page %d: %d users, looked at %d", test.name, sort, number+1, len(got.Users), s.LookedAt())
				if got.Next == nil {
					break
				}
				query.After = *got.Next
			}
		}
	}
}

// TestListsFollowChanges: after many changes, in any order, each list has the users that
// looking at all of them finds.
func TestListsFollowChanges(t *testing.T) {
	t.Parallel()
	s := many(t, 3000)
	random := rand.New(rand.NewPCG(1, 2))
	page, err := s.ListUsers(t.Context(), listing.Query{Limit: 3000})
	if err != nil || len(page.Users) != 3000 {
		t.Fatalf("ListUsers: got %d users, %v, want 3000", len(page.Users), err)
	}
	there := page.Users
	for i := range 6000 {
		at := random.IntN(len(there))
		u := there[at]
		if i%3 == 0 {
			if err := s.Delete(t.Context(), u.ID, user.DeleteOptions{}); err != nil {
				t.Fatalf("Delete: %v", err)
			}
			there = slices.Delete(there, at, at+1)
			continue
		}
		is, roles, key := i%2 == 0, []string{"support"}, fmt.Sprintf("%c%d@camelot.bt", 'a'+random.IntN(26), i)
		update := []user.Update{{IsSuperuser: &is}, {IsActive: &is}, {Roles: &roles}, {Ban: &user.Ban{At: half(is)}}, {Email: &email.Email{Address: key, Key: key}}}[random.IntN(5)]
		if there[at], err = s.Update(t.Context(), u.ID, update); err != nil {
			t.Fatalf("Update: %v", err)
		}
	}
	yes, no := true, false
	for _, query := range []listing.Query{{}, {IsSuperuser: &yes}, {IsActive: &no}, {Banned: &yes}, {Role: "support"}, {Role: "editor"}, {EmailPrefix: "k"}} {
		for _, sort := range []listing.Sort{listing.SortID, listing.SortCreated, listing.SortNewest, listing.SortEmail} {
			query.Sort, query.Limit, query.Now = sort, 3000, manySince.Add(time.Hour)
			got, err := s.ListUsers(t.Context(), query)
			if err != nil {
				t.Fatalf("ListUsers: %v", err)
			}
			want := slices.DeleteFunc(slices.Clone(there), func(u *user.User) bool { return !query.Selects(u) })
			slices.SortFunc(want, func(a, b *user.User) int { return listing.PlaceOf(a).Compare(listing.PlaceOf(b), sort) })
			if len(want) == 0 || !slices.EqualFunc(got.Users, want, func(a, b *user.User) bool { return a.ID == b.ID }) {
				t.Errorf("%+v: got %d users, want these %d", query, len(got.Users), len(want))
			}
		}
	}
}

// half is the time of a ban that is, or of none.
func half(banned bool) time.Time {
	if banned {
		return manySince
	}
	return time.Time{}
}
