package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	insertAccount = `INSERT INTO oauth_accounts (` + accountList + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)` +
		` ON CONFLICT (provider, account_id) DO NOTHING`

	// The entry of the same user, and not of an owner after the given one, is renewed.
	isRenewed = `user_id = $2 AND owner_version <= $5`
	// An entry that is absent is taken over.
	renewAccount = `UPDATE oauth_accounts SET` +
		` id = CASE WHEN ` + isRenewed + ` THEN id ELSE $1 END,` +
		` created_at = CASE WHEN ` + isRenewed + ` THEN created_at ELSE $11 END,` +
		` refresh_token = CASE WHEN ` + isRenewed + ` AND $9 = '' THEN refresh_token ELSE $9 END,` +
		` user_id = $2, owner_version = $5, account_email = $6, email_verified = $7, access_token = $8, expires_at = $10, updated_at = $12` +
		` WHERE provider = $3 AND account_id = $4 AND (` + isRenewed + ` OR NOT ` + isOwned + `)`

	// An entry that its user has lost by changing hands makes way for a reservation.
	replaceAccount = `UPDATE oauth_accounts SET id = $1, user_id = $2, owner_version = $5, account_email = $6, email_verified = $7,` +
		` access_token = $8, refresh_token = $9, expires_at = $10, created_at = $11, updated_at = $12` +
		` WHERE provider = $3 AND account_id = $4 AND` +
		` EXISTS (SELECT 1 FROM users WHERE users.id = oauth_accounts.user_id AND users.owner_version <> oauth_accounts.owner_version)`
)

// accountArgs are the values of an account in the order of accountList.
func (s *Store) accountArgs(a records.OAuthAccount) []any {
	return []any{
		a.ID, string(a.UserID), name(a.Provider), name(a.AccountID), a.OwnerVersion, name(strings.ToValidUTF8(a.AccountEmail, "\uFFFD")), a.EmailVerified,
		text(a.AccessToken), text(a.RefreshToken), seconds(a.ExpiresAt), s.engine.at(a.CreatedAt), s.engine.orNull(a.UpdatedAt),
	}
}

// LinkAccount implements [records.OAuthStore]. Whose an account is, is decided by the unique
// index: by the one insert that succeeds, or the one update of an entry that is absent.
func (s *Store) LinkAccount(ctx context.Context, a records.OAuthAccount) error {
	const operation = "link oauth account"
	if !isID(a.ID) || !isID(a.UserID) {
		return failed(operation, user.ErrInvalidID)
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	args := s.accountArgs(a)
	for {
		for _, one := range []string{renewAccount, insertAccount} {
			changed, err := s.write(ctx, operation, one, args...)
			if taken(err) {
				err = failed(operation, errors.New("the id is in use"))
			}
			if changed == 1 || err != nil {
				return err
			}
		}
		// It is there. Where it belongs to another user that is the answer; else it has
		// changed meanwhile.
		held, err := readOne(ctx, s, operation,
			`SELECT `+isOwned+` AND NOT (user_id = $3 AND owner_version <= $4) FROM oauth_accounts WHERE provider = $1 AND account_id = $2`,
			[]any{name(a.Provider), name(a.AccountID), string(a.UserID), a.OwnerVersion},
			func(in row) (held bool, err error) { return held, in.Scan(&held) })
		switch {
		case held:
			return user.ErrLinked
		case err != nil && !isNotFound(err):
			return err
		}
	}
}

// ReserveAccount implements [records.OAuthStore].
func (s *Store) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	const operation = "reserve oauth account"
	if !isID(a.ID) || !isID(a.UserID) {
		return records.OAuthAccount{}, failed(operation, user.ErrInvalidID)
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	args := s.accountArgs(a)
	for {
		for _, one := range []string{insertAccount, replaceAccount} {
			changed, err := s.write(ctx, operation, one, args...)
			if taken(err) {
				err = failed(operation, errors.New("the id is in use"))
			}
			if changed == 1 || err != nil {
				return a, err
			}
		}
		there, err := readOne(ctx, s, operation,
			`SELECT `+accountList+` FROM oauth_accounts WHERE provider = $1 AND account_id = $2`, []any{name(a.Provider), name(a.AccountID)}, scanAccount)
		if !isNotFound(err) { // else it was removed meanwhile
			return there, err
		}
	}
}

// RefreshAccount implements [records.OAuthStore].
func (s *Store) RefreshAccount(ctx context.Context, a records.OAuthAccount) error {
	if !isID(a.ID) || !isID(a.UserID) {
		return user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	var b statement
	b.add(`UPDATE oauth_accounts SET account_email = ?, email_verified = ?, access_token = ?, expires_at = ?, updated_at = ?`,
		name(strings.ToValidUTF8(a.AccountEmail, "\uFFFD")), a.EmailVerified, text(a.AccessToken), seconds(a.ExpiresAt), s.engine.orNull(a.UpdatedAt))
	if a.RefreshToken != "" { // else the old one stays valid
		b.add(`, refresh_token = ?`, text(a.RefreshToken))
	}
	b.add(` WHERE id = ? AND user_id = ? AND owner_version = ? AND `+isOwned, a.ID, string(a.UserID), a.OwnerVersion)
	return oneOf(s.write(ctx, "update oauth account", b.String(), b.args...))
}
