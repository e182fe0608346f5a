package usertest

import (
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// userIndexes are all users in each order that lists have, and by ID the few of each kind
// that is worth an index.
type userIndexes struct {
	byID, byCreated, byEmail     ordered
	superusers, banned, inactive ordered
	roles                        map[string]*ordered
}

func newUserIndexes() *userIndexes {
	x := &userIndexes{roles: map[string]*ordered{}}
	for _, o := range []*ordered{&x.byID, &x.superusers, &x.banned, &x.inactive} {
		o.order = listing.SortID
	}
	x.byCreated.order, x.byEmail.order = listing.SortCreated, listing.SortEmail
	return x
}

// of returns the indexes that u is in.
func (x *userIndexes) of(u *user.User) []*ordered {
	in := []*ordered{&x.byID, &x.byCreated, &x.byEmail}
	if u.IsSuperuser {
		in = append(in, &x.superusers)
	}
	if u.Ban != nil {
		in = append(in, &x.banned)
	}
	if !u.IsActive {
		in = append(in, &x.inactive)
	}
	for _, role := range u.Roles {
		in = append(in, x.role(role))
	}
	return in
}

// role returns the users who have the role.
func (x *userIndexes) role(name string) *ordered {
	if x.roles[name] == nil {
		x.roles[name] = &ordered{order: listing.SortID}
	}
	return x.roles[name]
}

// keep replaces a user by what has become of the user. Either may be nil.
func (s *Store) keep(before, after *user.User) {
	if before != nil {
		delete(s.users, before.ID)
		for _, o := range s.indexes.of(before) {
			o.remove(before)
		}
	}
	if after != nil {
		s.users[after.ID] = after
		for _, o := range s.indexes.of(after) {
			o.add(after)
		}
	}
}
