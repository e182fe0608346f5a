// Package sqlitestore keeps users in SQLite: an example of a store of one's own. It
// has all that [user.Store] demands and none of the optional abilities.
package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/google/uuid"
)

const (
	// The unique key decides who gets an address; STRICT and CHECK keep out what would
	// have to be refused as damaged. Times are Unix milliseconds; roles, ban and profile are JSON.
	schema = `CREATE TABLE IF NOT EXISTS users (
	id TEXT PRIMARY KEY, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL,
	is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)), is_superuser INTEGER NOT NULL CHECK (is_superuser IN (0, 1)),
	is_verified INTEGER NOT NULL CHECK (is_verified IN (0, 1)), second_factor INTEGER NOT NULL CHECK (second_factor IN (0, 1)),
	token_version INTEGER NOT NULL, kept_token TEXT NOT NULL, owner_version INTEGER NOT NULL, key_version INTEGER NOT NULL,
	roles TEXT NOT NULL, ban TEXT NOT NULL,
	created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, profile TEXT NOT NULL) STRICT`
	columns = `id, email, email_key, hashed_password, is_active, is_superuser, is_verified, second_factor, token_version, kept_token, owner_version, key_version, roles, ban, created_at, updated_at, profile`
	values  = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// Store keeps users in one SQLite database. It is safe for concurrent use.
type Store struct {
	db      *sql.DB
	profile *profile.Type
}

// New returns a store over db after it has made sure that the table exists. profile
// describes the application's own fields; nil for none.
func New(ctx context.Context, db *sql.DB, profile *profile.Type) (*Store, error) {
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, fmt.Errorf("sqlitestore: create table: %w", err)
	}
	return &Store{db: db, profile: profile}, nil
}

// NewID implements [user.Store].
func (s *Store) NewID() user.ID { return user.ID(uuid.NewString()) }

// ParseID implements [user.Store]. It takes 36 characters in any letter case.
func (s *Store) ParseID(text string) (user.ID, error) {
	if id, err := uuid.Parse(text); err == nil && len(text) == len(id.String()) {
		return user.ID(id.String()), nil
	}
	return "", user.ErrInvalidID
}

// ProfileType implements [user.Store].
func (s *Store) ProfileType() *profile.Type { return s.profile }

// Create implements [user.Store].
func (s *Store) Create(ctx context.Context, u *user.User) error {
	insert := `INSERT OR IGNORE INTO users (` + columns + `) VALUES ` + values
	if inserted, err := s.write(ctx, s.db.ExecContext, insert, record{User: u}); inserted || err != nil {
		return err
	}
	there, err := s.ByID(ctx, u.ID)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return user.ErrExists
	case err == nil && (there.EmailKey != u.EmailKey || !there.CreatedAt.Equal(u.CreatedAt)):
		return errors.New("sqlitestore: create user: the id is in use")
	}
	return err // nil: it is the same call again, whose answer was lost
}

// ByID implements [user.Store].
func (s *Store) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	found, err := s.find(ctx, s.db.QueryContext, `id = ?`, id)
	return found.User, err
}

// ByEmailKey implements [user.Store].
func (s *Store) ByEmailKey(ctx context.Context, key string) (*user.User, error) {
	found, err := s.find(ctx, s.db.QueryContext, `email_key = ?`, key)
	return found.User, err
}

// Update implements [user.Store].
func (s *Store) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	found, err := s.change(ctx, id, update.KeepSuperuser && update.LeavesSuperusers(), update.UpdatedAt, func(tx *sql.Tx, found record) error {
		if !update.If.Hold(found.User) {
			return user.ErrNotFound
		}
		if err := update.Apply(found.User, s.profile); err != nil {
			return err
		}
		change := `UPDATE OR IGNORE users SET (` + columns + `) = ` + values + ` WHERE id = ?1`
		changed, err := s.write(ctx, tx.ExecContext, change, found)
		if err == nil && !changed {
			return user.ErrExists
		}
		return err
	})
	return found.User, err
}

// Delete implements [user.Store].
func (s *Store) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	_, err := s.change(ctx, id, options.KeepSuperuser, options.At, func(tx *sql.Tx, _ record) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM users WHERE id = ?`, id)
		return err
	})
	return err
}

// change finds a user and lets do write, in one transaction.
func (s *Store) change(ctx context.Context, id user.ID, keepSuperuser bool, at time.Time, do func(*sql.Tx, record) error) (record, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return record{}, err
	}
	defer tx.Rollback() // which does nothing after a commit
	found, err := s.find(ctx, tx.QueryContext, `id = ?`, id)
	if err != nil {
		return record{}, err
	}
	stays := !keepSuperuser || !found.IsActive || !found.IsSuperuser
	if err = do(tx, found); err == nil && !stays {
		var others []record
		others, err = s.query(ctx, tx.QueryContext, `id <> ? AND is_active AND is_superuser`, id)
		stays = slices.ContainsFunc(others, func(other record) bool { return !other.Banned(at) })
	}
	switch {
	case err != nil:
		return record{}, err
	case !stays:
		return record{}, user.ErrLastSuperuser
	}
	return found, tx.Commit()
}

// List implements [user.Store]. It compares bytes, none of which is special.
func (s *Store) List(ctx context.Context, query user.ListQuery) (page user.Page, err error) {
	const where = `id > ? AND substr(CAST(email_key AS BLOB), 1, ?) = CAST(? AS BLOB) ORDER BY id LIMIT ?`
	found, err := s.query(ctx, s.db.QueryContext, where, query.After, len(query.EmailPrefix), query.EmailPrefix, query.Limit+1)
	for _, one := range found[:min(query.Limit, len(found))] {
		page.Users = append(page.Users, one.User)
	}
	page.More = len(found) > query.Limit
	return page, err
}

// record is a user and the profile as it is stored, fields of other versions included.
type record struct {
	*user.User
	profile []byte
}

// call is a method of a *sql.DB or a *sql.Tx.
type call[R any] = func(ctx context.Context, statement string, values ...any) (R, error)

func (s *Store) find(ctx context.Context, in call[*sql.Rows], where string, value any) (record, error) {
	found, err := s.query(ctx, in, where, value)
	if err == nil && len(found) == 0 {
		err = user.ErrNotFound
	}
	return append(found, record{})[0], err
}

func (s *Store) query(ctx context.Context, in call[*sql.Rows], where string, values ...any) (found []record, err error) {
	rows, err := in(ctx, `SELECT `+columns+` FROM users WHERE `+where, values...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		u, profile, created, updated := &user.User{}, []byte(nil), int64(0), int64(0)
		var roles, ban []byte
		if err = rows.Scan(&u.ID, &u.Email, &u.EmailKey, &u.HashedPassword, &u.IsActive, &u.IsSuperuser, &u.IsVerified,
			&u.SecondFactor, &u.TokenVersion, &u.KeptToken, &u.OwnerVersion, &u.KeyVersion, &roles, &ban, &created, &updated, &profile); err == nil {
			u.Profile, err = s.profile.DecodeStored(profile)
			err = errors.Join(err, json.Unmarshal(roles, &u.Roles), json.Unmarshal(ban, &u.Ban))
		}
		if err != nil {
			return nil, err
		}
		u.CreatedAt, u.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
		found = append(found, record{u, profile})
	}
	return found, rows.Err()
}

// write reports whether a row was written: the unique key, and an ID in use, prevent it.
func (s *Store) write(ctx context.Context, in call[sql.Result], statement string, r record) (bool, error) {
	profile, err := s.profile.EncodeStored(r.Profile, r.profile)
	if err != nil {
		return false, err
	}
	roles, _ := json.Marshal(r.Roles) // plain texts and times have a JSON form
	ban, _ := json.Marshal(r.Ban)
	result, err := in(ctx, statement, r.ID, r.Email, r.EmailKey, r.HashedPassword, r.IsActive, r.IsSuperuser, r.IsVerified,
		r.SecondFactor, r.TokenVersion, r.KeptToken, r.OwnerVersion, r.KeyVersion, string(roles), string(ban), r.CreatedAt.UnixMilli(), r.UpdatedAt.UnixMilli(), string(profile))
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}
