package usertest

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// ListUsers implements [listing.Store], as the databases do: one condition and the order
// are answered by an index, and the others are looked at user by user.
func (s *Store) ListUsers(ctx context.Context, query listing.Query) (listing.Page, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return listing.Page{}, err
	}
	defer end()
	var page listing.Page
	looked := 0
	defer func() { s.looked = looked }()
	for u := range s.indexes.list(query) {
		place := listing.PlaceOf(u)
		if query.After.ID != "" && place.Compare(query.After, query.Sort) == 0 {
			continue
		}
		if looked++; query.Selects(u) {
			if len(page.Users) == max(query.Limit, 1) {
				page.Next = new(listing.PlaceOf(page.Users[len(page.Users)-1]))
				return page, nil
			}
			page.Users = append(page.Users, s.copied(u))
		}
		if looked == listing.MaxLookedAt {
			page.Next = &place
			return page, nil
		}
	}
	return page, nil
}

// list returns the users of the index that serves the query, from its place on.
func (x *userIndexes) list(query listing.Query) iter.Seq[*user.User] {
	switch query.Sort {
	case listing.SortCreated:
		return x.oldest(query)
	case listing.SortNewest:
		return x.newest(query)
	case listing.SortEmail:
		return x.prefixed(query.EmailPrefix, after(query))
	}
	if few := x.selective(query); few != nil {
		return few.from(after(query))
	}
	return x.byID.from(after(query))
}

// after returns the place that the page before ended at, nil for the first page.
func after(query listing.Query) *listing.Place {
	if query.After.ID == "" {
		return nil
	}
	return &query.After
}

// selective returns the index of the condition that leaves the fewest users, nil for none.
func (x *userIndexes) selective(query listing.Query) *ordered {
	is := func(flag *bool, value bool) bool { return flag != nil && *flag == value }
	switch {
	case query.Role != "":
		if o := x.roles[query.Role]; o != nil {
			return o
		}
		return &ordered{}
	case is(query.Banned, true):
		return &x.banned
	case is(query.IsSuperuser, true):
		return &x.superusers
	case is(query.IsActive, false):
		return &x.inactive
	}
	return nil
}

// oldest returns users in the order of their creation, within the times of the query.
func (x *userIndexes) oldest(query listing.Query) iter.Seq[*user.User] {
	from := after(query)
	if bound := (listing.Place{Created: query.CreatedAfter}); !bound.Created.IsZero() && (from == nil || from.Compare(bound, listing.SortCreated) < 0) {
		from = &bound
	}
	return while(x.byCreated.from(from), func(u *user.User) bool {
		return query.CreatedBefore.IsZero() || u.CreatedAt.Before(query.CreatedBefore)
	})
}

// newest returns users against the order of their creation, within the times of the query.
func (x *userIndexes) newest(query listing.Query) iter.Seq[*user.User] {
	from := after(query)
	if bound := (listing.Place{Created: query.CreatedBefore}); !bound.Created.IsZero() && (from == nil || from.Compare(bound, listing.SortCreated) > 0) {
		from = &bound
	}
	return while(x.byCreated.back(from), func(u *user.User) bool {
		return query.CreatedAfter.IsZero() || !u.CreatedAt.Before(query.CreatedAfter)
	})
}

// prefixed returns users in the order of their addresses, of which those of a prefix.
func (x *userIndexes) prefixed(prefix string, from *listing.Place) iter.Seq[*user.User] {
	if bound := (listing.Place{EmailKey: prefix}); from == nil || from.Compare(bound, listing.SortEmail) < 0 {
		from = &bound
	}
	return while(x.byEmail.from(from), func(u *user.User) bool { return strings.HasPrefix(u.EmailKey, prefix) })
}

// while returns users up to the first whom within does not hold for.
func while(users iter.Seq[*user.User], within func(*user.User) bool) iter.Seq[*user.User] {
	return func(yield func(*user.User) bool) {
		for u := range users {
			if !within(u) || !yield(u) {
				return
			}
		}
	}
}

// StoredRoles implements [listing.Store].
func (s *Store) StoredRoles(ctx context.Context) ([]string, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var roles []string
	for role, users := range s.indexes.roles {
		if len(users.blocks) > 0 {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return roles, nil
}
