package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// userColumns are the columns of a user in the order of [userRow.targets].
var userColumns = []string{
	"id", "email", "email_key", "hashed_password", "is_active", "is_superuser", "is_verified", "second_factor",
	"token_version", "owner_version", "key_version", "kept_token", "created_at", "updated_at", "profile", "username", "username_key",
	"roles", "ban_at", "ban_until", "ban_reason", "ban_by",
}

var (
	userList   = strings.Join(userColumns, ", ")
	insertUser = `INSERT INTO users (` + userList + `) VALUES ` + places(len(userColumns)) + ` ON CONFLICT (email_key) DO NOTHING`
)

// Create implements [user.Store].
func (s *Store) Create(ctx context.Context, u *user.User) error {
	const operation = "create user"
	if !isID(u.ID) {
		return failed(operation, user.ErrInvalidID)
	}
	profile, err := s.encoded(u.Profile)
	if err != nil {
		return failed(operation, err)
	}
	ban := s.banValues(u.Ban)
	ctx, cancel := limit(ctx)
	defer cancel()
	inserted, err := s.write(ctx, operation, insertUser, string(u.ID), text(u.Email), text(u.EmailKey), text(u.HashedPassword),
		u.IsActive, u.IsSuperuser, u.IsVerified, u.SecondFactor, u.TokenVersion, u.OwnerVersion, u.KeyVersion, text(u.KeptToken),
		s.engine.at(u.CreatedAt), s.engine.at(u.UpdatedAt), profile, nullable(u.Username), nullable(u.UsernameKey),
		roles(u.Roles), ban[0], ban[1], ban[2], ban[3])
	if inserted == 1 || err != nil && !taken(err) {
		return err
	}
	// The insert may have been done before, by a call whose answer was lost.
	there, readErr := s.ByID(ctx, u.ID)
	switch {
	case readErr == nil && there.EmailKey == u.EmailKey && there.CreatedAt.Equal(millisecond(u.CreatedAt)):
		return nil
	case readErr == nil || errors.Is(readErr, user.ErrDamaged):
		return failed(operation, errors.New("the id is in use"))
	case !isNotFound(readErr):
		return readErr
	case err == nil:
		return user.ErrExists
	}
	return takenError(err)
}

// ByID implements [user.Store].
func (s *Store) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	if !isID(id) {
		return nil, user.ErrNotFound
	}
	return s.userWhere(ctx, "find user by id", `id = $1`, string(id))
}

// ByEmail implements [user.Store].
func (s *Store) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	if !isText(email.Key) {
		return nil, user.ErrNotFound
	}
	return s.userWhere(ctx, "find user by email", `email_key = $1`, email.Key)
}

// ByUsernameKey implements [user.UsernameStore].
func (s *Store) ByUsernameKey(ctx context.Context, key string) (*user.User, error) {
	if key == "" || !isText(key) {
		return nil, user.ErrNotFound
	}
	return s.userWhere(ctx, "find user by name", `username_key = $1`, key)
}

func (s *Store) userWhere(ctx context.Context, operation, where string, value any) (*user.User, error) {
	ctx, cancel := limit(ctx)
	defer cancel()
	return readOne(ctx, s, operation, `SELECT `+userList+` FROM users WHERE `+where, []any{value}, s.scanUser)
}

// userRow is a user as it is read. In the result of a join all of it may be NULL.
type userRow struct {
	username, usernameKey                  sql.NullString
	id, email, emailKey, hash              sql.NullString
	active, superuser, verified            sql.NullBool
	secondFactor                           sql.NullBool
	tokenVersion, ownerVersion, keyVersion sql.NullInt64
	keptToken                              sql.NullString
	banReason, banBy                       sql.NullString
	createdAt, updatedAt, banAt, banUntil  stamp
	profile, roles                         []byte
}

func (r *userRow) targets() []any {
	return []any{
		&r.id, &r.email, &r.emailKey, &r.hash, &r.active, &r.superuser, &r.verified, &r.secondFactor,
		&r.tokenVersion, &r.ownerVersion, &r.keyVersion, &r.keptToken, &r.createdAt, &r.updatedAt, &r.profile, &r.username, &r.usernameKey,
		&r.roles, &r.banAt, &r.banUntil, &r.banReason, &r.banBy,
	}
}

func (s *Store) scanUser(in row) (*user.User, error) {
	var r userRow
	if err := in.Scan(r.targets()...); err != nil {
		return nil, err
	}
	return s.user(&r)
}

// user returns the user of a row. The types of its columns keep out whatever would have to
// be refused, but not what the application's struct cannot hold.
func (s *Store) user(r *userRow) (*user.User, error) {
	u := &user.User{
		ID: user.ID(r.id.String), Email: r.email.String, EmailKey: r.emailKey.String, HashedPassword: r.hash.String,
		IsActive: r.active.Bool, IsSuperuser: r.superuser.Bool, IsVerified: r.verified.Bool, SecondFactor: r.secondFactor.Bool,
		TokenVersion: r.tokenVersion.Int64, OwnerVersion: r.ownerVersion.Int64, KeyVersion: r.keyVersion.Int64, KeptToken: r.keptToken.String,
		CreatedAt: r.createdAt.Time, UpdatedAt: r.updatedAt.Time, Username: r.username.String, UsernameKey: r.usernameKey.String,
	}
	if err := r.rights(u); err != nil {
		return nil, err
	}
	if s.profile == nil {
		return u, nil
	}
	profile, err := s.decoded(r.profile)
	if err != nil { // which may quote the value
		return nil, fmt.Errorf("%w: users: row %s: profile does not fit into %v", user.ErrDamaged, u.ID, s.profile.Type())
	}
	u.Profile = profile
	return u, nil
}

// decoded reads a profile, without the blanks that PostgreSQL writes.
func (s *Store) decoded(object []byte) (any, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, object); err != nil {
		return nil, err
	}
	return s.profile.DecodeStored(unescapedJSON(compact.Bytes()))
}
