// Package listing has lists of users by what they are, for administrators: [Users] returns
// a page of them, where the store is a [Store].
package listing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Sort is an order of users.
type Sort string

// The orders of a [Store]. Ties are ordered by ID.
const (
	SortID      Sort = "id"
	SortCreated Sort = "created_at"
	SortNewest  Sort = "-created_at"
	SortEmail   Sort = "email" // by EmailKey, byte by byte
)

// MaxLookedAt is how many users a [Store] looks at for one page.
const MaxLookedAt = 10_000

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

// Page is one part of a list of users. Next is where it ends if there may be more,
// else nil. A page may be short, even empty, and not be the last.
type Page struct {
	Users []*user.User
	Next  *Place
}

// Store is an optional interface of a [user.Store], for administrators.
// [github.com/ginauth/ginauth/user/usertest.TestListStore] checks every clause of these
// comments. Its methods are as those of a user.Store.
type Store interface {
	// ListUsers returns the users that query selects, in its order, at most query.Limit
	// of them. Damaged users are left out. For one page it looks at no more than
	// [MaxLookedAt] users of an index: what other conditions of query leave of them may
	// be less than a page. Following Next from page to page returns every user once who
	// is there, and selected, all the time.
	ListUsers(ctx context.Context, query Query) (Page, error)

	// StoredRoles returns the names of all roles that users have, sorted.
	StoredRoles(ctx context.Context) ([]string, error)
}

// Selects reports whether q selects u, wherever in the order. It is for stores that
// decide in Go.
func (q Query) Selects(u *user.User) bool {
	return strings.HasPrefix(u.EmailKey, q.EmailPrefix) &&
		isOrAny(q.IsActive, u.IsActive) && isOrAny(q.IsVerified, u.IsVerified) && isOrAny(q.IsSuperuser, u.IsSuperuser) &&
		isOrAny(q.Banned, u.Banned(q.Now)) && (q.Role == "" || u.HasRole(q.Role)) &&
		(q.CreatedAfter.IsZero() || !u.CreatedAt.Before(q.CreatedAfter)) &&
		(q.CreatedBefore.IsZero() || u.CreatedAt.Before(q.CreatedBefore))
}

func isOrAny(wanted *bool, is bool) bool { return wanted == nil || *wanted == is }

// Compare orders two places by sort: negative where p comes first.
func (p Place) Compare(other Place, sort Sort) int {
	order := strings.Compare(string(p.ID), string(other.ID))
	switch sort {
	case SortCreated:
		if c := p.Created.Compare(other.Created); c != 0 {
			return c
		}
	case SortNewest:
		if c := p.Created.Compare(other.Created); c != 0 {
			return -c
		}
		return -order
	case SortEmail:
		if c := strings.Compare(p.EmailKey, other.EmailKey); c != 0 {
			return c
		}
	}
	return order
}

// Need is what [Ensure] asks a store for.
const Need records.Need = "user-list"

// Ensure prepares store for lists, as [records.Ensure] does: an error says that it is no
// [Store]. Features call it before the first request.
func Ensure(ctx context.Context, store user.Store) error {
	if _, err := storeOf(store); err != nil {
		return err
	}
	return records.Ensure(ctx, store, Need)
}

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

func storeOf(store user.Store) (Store, error) {
	if able, ok := records.As[Store](store); ok {
		return able, nil
	}
	var inner any = store
	for wrapper, wraps := inner.(records.StoreWrapper); wraps; wrapper, wraps = inner.(records.StoreWrapper) {
		inner = wrapper.Unwrap()
	}
	return nil, fmt.Errorf("listing: the store, a %T, is not a listing.Store, as mongostore.Store is: %w", inner, errors.ErrUnsupported)
}
