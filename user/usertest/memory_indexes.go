package usertest

import (
	"iter"
	"slices"
	"sort"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// userIndex is users in an order, as an index of a database is.
type userIndex struct {
	order listing.Sort
	users []*user.User
}

// index returns the users whom selects is true of, all for nil, in an order. It is sorted for
// the first list that needs it and kept, under its name, until a user changes.
func (s *Store) index(name string, order listing.Sort, selects func(*user.User) bool) *userIndex {
	if x := s.indexes[name]; x != nil {
		return x
	}
	x := &userIndex{order: order}
	for _, u := range s.users {
		if selects == nil || selects(u) {
			x.users = append(x.users, u)
		}
	}
	slices.SortFunc(x.users, func(a, b *user.User) int { return listing.PlaceOf(a).Compare(listing.PlaceOf(b), order) })
	s.indexes[name] = x
	return x
}

func (s *Store) byID() *userIndex { return s.index("id", listing.SortID, nil) }

func (s *Store) byCreated() *userIndex { return s.index("created", listing.SortCreated, nil) }

func (s *Store) byEmail() *userIndex { return s.index("email", listing.SortEmail, nil) }

// place returns the place of the first user who is not before at, which may be beyond the
// last one.
func (x *userIndex) place(at listing.Place) int {
	return sort.Search(len(x.users), func(i int) bool { return listing.PlaceOf(x.users[i]).Compare(at, x.order) >= 0 })
}

// from returns the users in order, from the first who is not before at; all for nil.
func (x *userIndex) from(at *listing.Place) iter.Seq[*user.User] {
	if at == nil {
		return slices.Values(x.users)
	}
	return slices.Values(x.users[x.place(*at):])
}

// back returns the users in reverse order, from the last who is before at; all for nil.
func (x *userIndex) back(at *listing.Place) iter.Seq[*user.User] {
	end := len(x.users)
	if at != nil {
		end = x.place(*at)
	}
	return func(yield func(*user.User) bool) {
		for _, u := range slices.Backward(x.users[:end]) {
			if !yield(u) {
				return
			}
		}
	}
}
