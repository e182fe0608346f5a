package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const accountList = `id, user_id, provider, account_id, owner_version, account_email, email_verified, ` +
	`access_token, refresh_token, expires_at, created_at, updated_at`

// isOwned is true of an account whose user exists and has not changed hands since.
const isOwned = `EXISTS (SELECT 1 FROM users WHERE users.id = oauth_accounts.user_id AND users.owner_version = oauth_accounts.owner_version)`

// Account implements [records.OAuthStore].
func (s *Store) Account(ctx context.Context, provider, accountID string) (records.OAuthAccount, error) {
	if !isName(provider, accountID) {
		return records.OAuthAccount{}, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return readOne(ctx, s, "find oauth account",
		`SELECT `+accountList+` FROM oauth_accounts WHERE provider = $1 AND account_id = $2 AND `+isOwned, []any{name(provider), name(accountID)}, scanAccount)
}

// AccountsOf implements [records.OAuthStore].
func (s *Store) AccountsOf(ctx context.Context, id user.ID) ([]records.OAuthAccount, error) {
	if !isID(id) {
		return nil, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return read(ctx, s, "list oauth accounts",
		`SELECT `+accountList+` FROM oauth_accounts WHERE user_id = $1 AND `+isOwned+` ORDER BY created_at, id`, []any{string(id)}, scanAccount)
}

func scanAccount(in row) (records.OAuthAccount, error) {
	var a records.OAuthAccount
	var expiresAt sql.NullInt64
	var createdAt, updatedAt stamp
	err := in.Scan(&a.ID, &a.UserID, nameIn(&a.Provider), nameIn(&a.AccountID), &a.OwnerVersion, nameIn(&a.AccountEmail), &a.EmailVerified,
		&a.AccessToken, &a.RefreshToken, &expiresAt, &createdAt, &updatedAt)
	if expiresAt.Valid {
		a.ExpiresAt = time.Unix(expiresAt.Int64, 0).UTC()
	}
	a.CreatedAt, a.UpdatedAt = createdAt.Time, updatedAt.Time
	return a, err
}

// seconds is a time as providers state it, or NULL for the zero time.
func seconds(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.Unix()
}

// UnlinkAccount implements [records.OAuthStore].
func (s *Store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne records.KeepOne) error {
	if !isID(id) || !isID(account) {
		return user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	if keepOne == records.KeepLastOne {
		return s.removeWayIn(ctx, id, wayAccount, account)
	}
	return oneOf(s.write(ctx, "remove oauth account", `DELETE FROM oauth_accounts WHERE id = $1 AND user_id = $2 AND `+isOwned, account, string(id)))
}

// UnlinkAccountsOf implements [records.OAuthStore].
func (s *Store) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	if !isID(id) {
		return nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	_, err := s.write(ctx, "remove oauth accounts", `DELETE FROM oauth_accounts WHERE user_id = $1 AND owner_version < $2`, string(id), before)
	return err
}
