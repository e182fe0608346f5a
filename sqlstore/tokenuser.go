package sqlstore

import (
	"context"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
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
func (s *Store) TokenWithUser(ctx context.Context, hash string) (records.Token, *user.User, error) {
	if !isText(hash) {
		return records.Token{}, nil, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	type both struct {
		token records.Token
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

var selectCredentialUser = `SELECT ` + ofTable("c", credentialColumns) + `, ` + ofTable("u", userColumns) +
	` FROM credentials AS c LEFT JOIN users AS u ON u.id = c.user_id WHERE c.kind = $1 AND c.lookup_key = $2`

// CredentialWithUser implements [user.CredentialUserStore] with one query.
func (s *Store) CredentialWithUser(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, *user.User, error) {
	if !isName(string(kind), key) {
		return records.Credential{}, nil, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	type both struct {
		credential records.Credential
		user       *user.User
	}
	args := []any{name(kind), name(key)}
	found, err := readOne(ctx, s, "find credential and user", selectCredentialUser, args, func(in row) (found both, err error) {
		var c credentialRow
		var u userRow
		if err := in.Scan(append(c.targets(), u.targets()...)...); err != nil {
			return both{}, err
		}
		found.credential = c.credential()
		if !u.id.Valid {
			return found, nil
		}
		// A user that is damaged is left to ByID, which says so.
		if owner, err := s.user(&u); err == nil {
			found.user = owner
		}
		return found, nil
	})
	return found.credential, found.user, err
}
