package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user/listing"
)

// ListUsers implements [listing.Store].
func (s *FaultyStore) ListUsers(ctx context.Context, query listing.Query) (listing.Page, error) {
	return withAbility(ctx, s, Call{Method: "ListUsers"}, func(in listing.Store) (listing.Page, error) {
		return in.ListUsers(ctx, query)
	})
}

// StoredRoles implements [listing.Store].
func (s *FaultyStore) StoredRoles(ctx context.Context) ([]string, error) {
	return withAbility(ctx, s, Call{Method: "StoredRoles"}, func(in listing.Store) ([]string, error) { return in.StoredRoles(ctx) })
}
