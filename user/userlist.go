package user

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// UserSort is an order of users.
type UserSort string

// The orders of a [ListStore]. Ties are ordered by ID.
const (
	SortID      UserSort = "id"
	SortCreated UserSort = "created_at"
	SortNewest  UserSort = "-created_at"
	SortEmail   UserSort = "email" // by EmailKey, byte by byte
)

// MaxLookedAt is how many users a [ListStore] looks at for one page.
const MaxLookedAt = 10_000

// UserPlace is a place in a list of users: a user, as far as its order is concerned.
type UserPlace struct {
	ID ID
	// Created and EmailKey are those of the user. Only that of the order is needed.
	Created  time.Time
	EmailKey string
}

// PlaceOf returns the place of u.
func PlaceOf(u *User) UserPlace {
	return UserPlace{ID: u.ID, Created: u.CreatedAt, EmailKey: u.EmailKey}
}

// UserQuery selects a page of users by what they are. Nil pointers, empty texts and zero
// times select all.
type UserQuery struct {
	// Limit is the greatest number of users to return, at least 1.
	Limit int
	// Sort is the order. Defaults to SortID.
	Sort UserSort
	// After is the last place of the page before; the zero value for the first page.
	After UserPlace
	// EmailPrefix selects users whose EmailKey begins with it. It is plain text.
	EmailPrefix                       string
	IsActive, IsVerified, IsSuperuser *bool
	// Role selects users with the role.
	Role string
	// Banned selects users with a ban in force at Now, or without one.
	Banned *bool
	Now    time.Time
	// CreatedAfter and CreatedBefore select users created at or after the one and before
	// the other.
	CreatedAfter, CreatedBefore time.Time
}

// UserPage is one part of a list of users. Next is where it ends if there may be more,
// else nil. A page may be short, even empty, and not be the last.
type UserPage struct {
	Users []*User
	Next  *UserPlace
}

// ListStore is an optional interface of a [Store], for administrators.
// [github.com/ginauth/ginauth/user/usertest.TestListStore] checks every clause of these
// comments. Its methods are as those of a Store.
type ListStore interface {
	// ListUsers returns the users that query selects, in its order, at most query.Limit
	// of them. Damaged users are left out. For one page it looks at no more than
	// [MaxLookedAt] users of an index: what other conditions of query leave of them may
	// be less than a page. Following Next from page to page returns every user once who
	// is there, and selected, all the time.
	ListUsers(ctx context.Context, query UserQuery) (UserPage, error)

	// StoredRoles returns the names of all roles that users have, sorted.
	StoredRoles(ctx context.Context) ([]string, error)
}

// Selects reports whether q selects u, wherever in the order. It is for stores that
// decide in Go.
func (q UserQuery) Selects(u *User) bool {
	return strings.HasPrefix(u.EmailKey, q.EmailPrefix) &&
		isOrAny(q.IsActive, u.IsActive) && isOrAny(q.IsVerified, u.IsVerified) && isOrAny(q.IsSuperuser, u.IsSuperuser) &&
		isOrAny(q.Banned, u.Banned(q.Now)) && (q.Role == "" || u.HasRole(q.Role)) &&
		(q.CreatedAfter.IsZero() || !u.CreatedAt.Before(q.CreatedAfter)) &&
		(q.CreatedBefore.IsZero() || u.CreatedAt.Before(q.CreatedBefore))
}

// Compare orders two places by sort: negative where p comes first.
func (p UserPlace) Compare(other UserPlace, sort UserSort) int {
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

// HasRole reports whether u has the role of that name. Whether the role means anything is
// a matter of the application's configuration; see [Roles.Has].
func (u *User) HasRole(name string) bool {
	for _, role := range u.Roles {
		if role == name {
			return true
		}
	}
	return false
}

// ListUsers returns a page of users. Errors: [errors.ErrUnsupported] if the store is no
// [ListStore].
func (m *Manager) ListUsers(ctx context.Context, query UserQuery) (UserPage, error) {
	store, err := listStore(m.store)
	if err != nil {
		return UserPage{}, err
	}
	query.Limit, query.Now = max(query.Limit, 1), m.time()
	page, err := StoreCall(ctx, func(ctx context.Context) (UserPage, error) { return store.ListUsers(ctx, query) })
	for _, u := range page.Users {
		m.Show(u)
	}
	return page, err
}

// UndeclaredRoles returns the roles that users have and the application does not declare.
// They are ignored. Errors: as those of [Manager.ListUsers].
func (m *Manager) UndeclaredRoles(ctx context.Context) ([]string, error) {
	store, err := listStore(m.store)
	if err != nil {
		return nil, err
	}
	stored, err := StoreCall(ctx, store.StoredRoles)
	var unknown []string
	for _, role := range stored {
		if !m.roles.Declares(role) {
			unknown = append(unknown, role)
		}
	}
	return unknown, err
}

// errNoList says what the store lacks. Features find out at start-up.
var errNoList = fmt.Errorf("user: the store has no lists by filters: %w", errors.ErrUnsupported)

func listStore(store Store) (ListStore, error) {
	able, ok := As[ListStore](store)
	if !ok {
		return nil, errNoList
	}
	return able, nil
}
