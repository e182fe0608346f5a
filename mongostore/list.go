package mongostore

import (
	"context"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// List implements [user.Store].
func (s *Store) List(ctx context.Context, query user.ListQuery) (user.Page, error) {
	var after any
	if query.After != "" {
		key, ok := s.ids.value(string(query.After))
		if !ok {
			return user.Page{}, user.ErrInvalidID
		}
		after = key
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if !utf8.ValidString(query.EmailPrefix) {
		return user.Page{}, ctx.Err() // no key begins with it
	}
	want := max(query.Limit, 1) + 1 // one more than asked for shows whether there are more
	var users []*user.User
	for len(users) < want {
		n := want - len(users)
		found, err := s.usersAfter(ctx, after, query.EmailPrefix, n)
		if err != nil {
			return user.Page{}, err
		}
		for _, document := range found {
			u, err := s.readUser(document)
			if err == nil && strings.HasPrefix(u.EmailKey, query.EmailPrefix) { // damaged ones are left out
				users = append(users, u)
			}
		}
		if len(found) < n {
			return user.Page{Users: users}, nil
		}
		after = found[n-1].Lookup("_id")
	}
	return user.Page{Users: users[:want-1], More: true}, nil
}

// usersAfter returns at most n documents in the order of their IDs.
func (s *Store) usersAfter(ctx context.Context, after any, prefix string, n int) ([]bson.Raw, error) {
	filter := bson.D{}
	if after != nil {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}})
	}
	switch {
	case prefix == "":
	case s.shape != nil:
		filter = append(filter, s.shape.PrefixFilter(prefix)...)
	default:
		filter = append(filter, bson.E{Key: "email_key", Value: prefixRange(prefix)})
	}
	cursor, err := s.users.Find(ctx, filter,
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(n)))
	if err != nil {
		return nil, mongodb.Failed("list users", err)
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return nil, mongodb.Failed("list users", err)
	}
	return found, nil
}

// prefixRange is true of strings that begin with prefix. It compares, and so
// gives no character a special meaning.
func prefixRange(prefix string) bson.D {
	within := bson.D{{Key: "$gte", Value: prefix}}
	if end, ok := prefixEnd(prefix); ok {
		within = append(within, bson.E{Key: "$lt", Value: end})
	}
	return within
}

// prefixEnd returns the least string that is greater than all strings that begin
// with prefix. Strings are compared by their bytes, whose order in UTF-8 is that
// of the code points. There is none after the greatest code point.
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
