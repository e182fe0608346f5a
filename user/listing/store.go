package listing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

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

// MaxLookedAt is how many users a [Store] looks at for one page.
const MaxLookedAt = 10_000

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
