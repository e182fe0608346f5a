package sqlstore

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

var selectTokenUser = `SELECT ` + ofTable("t", tokenColumns) + `, ` + ofTable("u", userColumns) +
	` FROM access_tokens AS t LEFT JOIN users AS u ON u.id = t.user_id WHERE t.hash = $1`

// ofTable returns the columns of a table by the name it has in a statement.
func ofTable(name string, columns []string) string {
	list := ""
	for i, column := range columns {
		if i > 0 {
			list += ", "
		}
		list += name + "." + column
	}
	return list
}

// TokenWithUser implements [user.TokenUserStore] with one query.
func (s *Store) TokenWithUser(ctx context.Context, hash string) (user.Token, *user.User, error) {
	if !isText(hash) {
		return user.Token{}, nil, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	type both struct {
		token user.Token
		user  *user.User
	}
	found, err := readOne(ctx, s, "find token and user", selectTokenUser, []any{hash}, func(in row) (found both, err error) {
		var t tokenRow
		var u userRow
		if err := in.Scan(append(t.targets(), u.targets()...)...); err != nil {
			return both{}, err
		}
		if found.token, err = t.token(); err != nil || !u.id.Valid {
			return found, err
		}
		// A user that is damaged is left to ByID, which says so.
		if owner, err := s.user(&u); err == nil {
			found.user = owner
		}
		return found, nil
	})
	return found.token, found.user, err
}
