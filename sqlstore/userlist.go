package sqlstore

import (
	"context"
	"slices"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// listBatch is how many rows are read at once where most of them are not selected.
const listBatch = 1000

// ListUsers implements [listing.Store]. One condition and the order are answered by an
// index; the others are looked at row by row.
func (s *Store) ListUsers(ctx context.Context, query listing.Query) (listing.Page, error) {
	if query.After.ID != "" && !isID(query.After.ID) {
		return listing.Page{}, user.ErrInvalidID
	}
	if !isText(query.EmailPrefix, query.Role, query.After.EmailKey) {
		return listing.Page{}, ctx.Err() // no user has it
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	most := max(query.Limit, 1)
	var page listing.Page
	for looked := 0; looked < listing.MaxLookedAt; {
		n := min(listing.MaxLookedAt-looked, listBatch)
		if looked == 0 {
			n = most + 1
		}
		found, err := s.usersBy(ctx, query, n)
		if err != nil {
			return listing.Page{}, err
		}
		looked += len(found)
		for _, one := range found {
			if one.user != nil && query.Selects(one.user) { // damaged ones are left out
				if len(page.Users) == most {
					page.Next = new(listing.PlaceOf(page.Users[most-1]))
					return page, nil
				}
				page.Users = append(page.Users, one.user)
			}
			query.After = one.place
		}
		if len(found) < n {
			return page, nil
		}
	}
	page.Next = &query.After
	return page, nil
}

// usersBy returns the next n rows of the index that serves the query.
func (s *Store) usersBy(ctx context.Context, query listing.Query, n int) ([]listed, error) {
	b := s.engine.usersBy(query, n)
	return read(ctx, s, "list users", b.String(), b.args, s.scanListed)
}

// usersBy returns the statement that reads the next n rows of a query.
func (e Engine) usersBy(query listing.Query, n int) *statement {
	var b statement
	b.add(`SELECT ` + userList + ` FROM users WHERE true`)
	switch query.Sort {
	case listing.SortCreated:
		e.created(&b, query, `>`)
		b.add(` ORDER BY created_at, id`)
	case listing.SortNewest:
		e.created(&b, query, `<`)
		b.add(` ORDER BY created_at DESC, id DESC`)
	case listing.SortEmail:
		b.within(query.EmailPrefix)
		if query.After.ID != "" {
			b.add(` AND email_key > ?`, query.After.EmailKey)
		}
		b.add(` ORDER BY email_key`)
	default:
		b.selective(query)
		if query.After.ID != "" {
			b.add(` AND id > ?`, string(query.After.ID))
		}
		b.add(` ORDER BY id`)
	}
	b.add(` LIMIT ?`, int64(n))
	return &b
}

// created adds the conditions of a list by time, which goes on beyond a place.
func (e Engine) created(b *statement, query listing.Query, beyond string) {
	if !query.CreatedAfter.IsZero() {
		b.add(` AND created_at >= ?`, e.bound(query.CreatedAfter))
	}
	if !query.CreatedBefore.IsZero() {
		b.add(` AND created_at < ?`, e.bound(query.CreatedBefore))
	}
	if query.After.ID != "" {
		b.add(` AND (created_at, id) `+beyond+` (?, ?)`, e.bound(query.After.Created), string(query.After.ID))
	}
}

// selective adds the condition that leaves the fewest users, as the index has it that is
// over these users alone.
func (s *statement) selective(query listing.Query) {
	is := func(flag *bool, value bool) bool { return flag != nil && *flag == value }
	switch {
	case query.Role != "":
		s.add(` AND roles <> '[]'`)
	case is(query.Banned, true):
		s.add(` AND ban_at IS NOT NULL`)
	case is(query.IsSuperuser, true):
		s.add(` AND is_superuser`)
	case is(query.IsActive, false):
		s.add(` AND NOT is_active`)
	default:
		s.within(query.EmailPrefix)
	}
}

// StoredRoles implements [listing.Store].
func (s *Store) StoredRoles(ctx context.Context) ([]string, error) {
	ctx, cancel := limit(ctx)
	defer cancel()
	ask := `SELECT DISTINCT role FROM users, jsonb_array_elements_text(roles) AS role WHERE roles <> '[]'`
	if s.engine == SQLite {
		ask = `SELECT DISTINCT value FROM users, json_each(roles) WHERE roles <> '[]'`
	}
	found, err := read(ctx, s, "list roles", ask, nil, func(in row) (role string, err error) { return role, in.Scan(nameIn(&role)) })
	slices.Sort(found)
	return found, err
}
