package sqlstore

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// List implements [user.Store].
func (s *Store) List(ctx context.Context, query user.ListQuery) (user.Page, error) {
	if query.After != "" && !isID(query.After) {
		return user.Page{}, user.ErrInvalidID
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	if !isText(query.EmailPrefix) {
		return user.Page{}, ctx.Err() // no key begins with it
	}
	want := max(query.Limit, 1) + 1 // one more than asked for shows whether there are more
	var users []*user.User
	for after := query.After; ; {
		n := want - len(users)
		found, err := s.usersAfter(ctx, after, query.EmailPrefix, n)
		if err != nil {
			return user.Page{}, err
		}
		for _, one := range found {
			after = one.place.ID
			if one.user != nil { // damaged ones are left out
				users = append(users, one.user)
			}
		}
		switch {
		case len(found) < n:
			return user.Page{Users: users}, nil
		case len(users) == want:
			return user.Page{Users: users[:want-1], More: true}, nil
		}
	}
}

// listed is one row of a list: a user, or nil for one that is damaged.
type listed struct {
	place listing.Place
	user  *user.User
}

func (s *Store) scanListed(in row) (listed, error) {
	var r userRow
	if err := in.Scan(r.targets()...); err != nil {
		return listed{}, err
	}
	u, err := s.user(&r)
	if errors.Is(err, user.ErrDamaged) {
		u, err = nil, nil
	}
	return listed{listing.Place{ID: user.ID(r.id.String), Created: r.createdAt.Time, EmailKey: r.emailKey.String}, u}, err
}

// usersAfter returns at most n rows in the order of their IDs.
func (s *Store) usersAfter(ctx context.Context, after user.ID, prefix string, n int) ([]listed, error) {
	var b statement
	b.add(`SELECT ` + userList + ` FROM users WHERE true`)
	if after != "" {
		b.add(` AND id > ?`, string(after))
	}
	b.within(prefix)
	b.add(` ORDER BY id LIMIT ?`, int64(n))
	return read(ctx, s, "list users", b.String(), b.args, s.scanListed)
}

// within adds the condition that a user's key begins with prefix.
func (s *statement) within(prefix string) {
	if prefix == "" {
		return
	}
	s.add(` AND email_key >= ?`, prefix)
	if end, ok := prefixEnd(prefix); ok {
		s.add(` AND email_key < ?`, end)
	}
}

// prefixEnd returns the least text that is greater than all that begin with prefix: both
// engines compare these columns by their bytes, whose order in UTF-8 is that of the code
// points. There is none after the greatest code point.
func prefixEnd(prefix string) (end string, ok bool) {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // the surrogates that follow are no characters
			return prefix + "\uE000", true
		}
		return prefix + string(last+1), true
	}
	return "", false
}
