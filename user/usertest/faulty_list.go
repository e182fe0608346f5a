package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// ListUsers implements [user.ListStore].
func (s *FaultyStore) ListUsers(ctx context.Context, query user.UserQuery) (user.UserPage, error) {
	return withAbility(ctx, s, Call{Method: "ListUsers"}, func(in user.ListStore) (user.UserPage, error) {
		return in.ListUsers(ctx, query)
	})
}

// StoredRoles implements [user.ListStore].
func (s *FaultyStore) StoredRoles(ctx context.Context) ([]string, error) {
	return withAbility(ctx, s, Call{Method: "StoredRoles"}, func(in user.ListStore) ([]string, error) { return in.StoredRoles(ctx) })
}
