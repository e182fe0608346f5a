// Package listing has lists of users by what they are, for administrators: [Users] returns
// a page of them, where the store is a [Store].
package listing

import (
	"context"
	"slices"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Users returns a page of the users of m. Errors: [errors.ErrUnsupported] if the store of m
// is no [Store].
func Users(ctx context.Context, m *user.Manager, query Query) (Page, error) {
	store, err := storeOf(m.Store())
	if err != nil {
		return Page{}, err
	}
	query.Limit = max(query.Limit, 1)
	if query.Now.IsZero() {
		query.Now = time.Now()
	}
	query.Now = query.Now.UTC().Truncate(time.Millisecond) // as times are stored
	page, err := records.StoreCall(ctx, func(ctx context.Context) (Page, error) { return store.ListUsers(ctx, query) })
	for _, u := range page.Users {
		m.Show(u)
	}
	return page, err
}

// UndeclaredRoles returns the roles that users of m have and the application does not
// declare. They are ignored. Errors: as those of [Users].
func UndeclaredRoles(ctx context.Context, m *user.Manager) ([]string, error) {
	store, err := storeOf(m.Store())
	if err != nil {
		return nil, err
	}
	stored, err := records.StoreCall(ctx, store.StoredRoles)
	return slices.DeleteFunc(stored, m.Roles().Declares), err
}

// Query selects a page of users by what they are. Nil pointers, empty texts and zero
// times select all.
type Query struct {
	// Limit is the greatest number of users to return, at least 1.
	Limit int
	// Sort is the order. Defaults to SortID.
	Sort Sort
	// After is the last place of the page before; the zero value for the first page.
	After Place
	// EmailPrefix selects users whose EmailKey begins with it. It is plain text.
	EmailPrefix                       string
	IsActive, IsVerified, IsSuperuser *bool
	// Role selects users with the role.
	Role string
	// Banned selects users with a ban in force at Now, or without one. [Users] sets Now to
	// time.Now where it is zero.
	Banned *bool
	Now    time.Time
	// CreatedAfter and CreatedBefore select users created at or after the one and before
	// the other.
	CreatedAfter, CreatedBefore time.Time
}

// Sort is an order of users.
type Sort string

// The orders of a [Store]. Ties are ordered by ID.
const (
	SortID      Sort = "id"
	SortCreated Sort = "created_at"
	SortNewest  Sort = "-created_at"
	SortEmail   Sort = "email" // by EmailKey, byte by byte
)

// Place is a place in a list of users: a user, as far as its order is concerned.
type Place struct {
	ID user.ID
	// Created and EmailKey are those of the user. Only that of the order is needed.
	Created  time.Time
	EmailKey string
}

// PlaceOf returns the place of u.
func PlaceOf(u *user.User) Place {
	return Place{ID: u.ID, Created: u.CreatedAt, EmailKey: u.EmailKey}
}

// Page is one part of a list of users. Next is where it ends if there may be more,
// else nil. A page may be short, even empty, and not be the last.
type Page struct {
	Users []*user.User
	Next  *Place
}
