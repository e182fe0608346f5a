package usertest

import (
	"context"
	"slices"

	"github.com/ginauth/ginauth/user"
)

// ListUsers implements [user.ListStore]. It looks at all users for a page, and keeps no
// more of them than the page has.
func (s *Store) ListUsers(ctx context.Context, query user.UserQuery) (user.UserPage, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return user.UserPage{}, err
	}
	defer end()
	limit := max(query.Limit, 1)
	var first []*user.User // of those selected, at most one more than the page
	order := func(a, b *user.User) int { return user.PlaceOf(a).Compare(user.PlaceOf(b), query.Sort) }
	for _, u := range s.users {
		if query.After.ID != "" && query.After.Compare(user.PlaceOf(u), query.Sort) >= 0 || !query.Selects(u) {
			continue
		}
		if len(first) > limit && order(first[limit], u) < 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(first, u, order)
		first = slices.Insert(first, at, u)
		first = first[:min(len(first), limit+1)]
	}
	var page user.UserPage
	for _, u := range first[:min(len(first), limit)] {
		page.Users = append(page.Users, s.copied(u))
	}
	if len(first) > limit {
		next := user.PlaceOf(first[limit-1])
		page.Next = &next
	}
	return page, nil
}

// StoredRoles implements [user.ListStore].
func (s *Store) StoredRoles(ctx context.Context) ([]string, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var roles []string
	for _, u := range s.users {
		roles = append(roles, u.Roles...)
	}
	slices.Sort(roles)
	return slices.Compact(roles), nil
}
