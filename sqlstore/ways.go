package sqlstore

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// lockUser locks the row of a user, on which removals of the last way in are decided.
const lockUser = `SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE`

// The ways in of user $2 that are not the one with the ID $1. A credential that expires is
// none; see [records.Credential.IsWayIn].
const (
	ownVersion      = `(SELECT owner_version FROM users WHERE id = $2)`
	aCredentialIsIn = `c.way_in AND c.expires_at IS NULL AND c.owner_version = ` + ownVersion

	anyAccount         = `EXISTS (SELECT 1 FROM oauth_accounts AS a WHERE a.user_id = $2 AND a.owner_version = ` + ownVersion + `)`
	anotherAccount     = `EXISTS (SELECT 1 FROM oauth_accounts AS a WHERE a.user_id = $2 AND a.id <> $1 AND a.owner_version = ` + ownVersion + `)`
	anyCredential      = `EXISTS (SELECT 1 FROM credentials AS c WHERE c.user_id = $2 AND ` + aCredentialIsIn + `)`
	anotherCredential  = `EXISTS (SELECT 1 FROM credentials AS c WHERE c.user_id = $2 AND c.id <> $1 AND ` + aCredentialIsIn + `)`
	theAccount         = ` FROM oauth_accounts WHERE id = $1 AND user_id = $2 AND owner_version = ` + ownVersion
	theCredential      = ` FROM credentials WHERE id = $1 AND user_id = $2 AND EXISTS (SELECT 1 FROM users WHERE id = $2)`
	anotherThanAccount = `(` + anotherAccount + ` OR ` + anyCredential + `)`

	anotherThanCredential = `(NOT (way_in AND expires_at IS NULL AND owner_version = ` + ownVersion + `) OR ` +
		anyAccount + ` OR ` + anotherCredential + `)`
)

// way is how a way in of that sort is found and removed: $1 is its ID, $2 its user's.
type way struct{ find, remove string }

var (
	wayAccount = way{
		find:   `SELECT ` + anotherThanAccount + theAccount,
		remove: `DELETE` + theAccount + ` AND ` + anotherThanAccount,
	}
	wayCredential = way{
		find:   `SELECT ` + anotherThanCredential + theCredential,
		remove: `DELETE` + theCredential + ` AND ` + anotherThanCredential,
	}
)

// removeWayIn removes an OAuth account or a credential where another way in stays.
func (s *Store) removeWayIn(ctx context.Context, owner user.ID, of way, id string) error {
	const operation = "remove a way in"
	args := []any{name(id), string(owner)}
	for {
		var removed int64
		err := s.locked(ctx, lockUser, []any{string(owner)}, func(in runner) (err error) {
			removed, err = execute(ctx, in, of.remove, args)
			return err
		})
		if err != nil || removed == 1 {
			return failed(operation, err)
		}
		another, err := readOne(ctx, s, operation, of.find, args, func(in row) (another bool, err error) {
			return another, in.Scan(&another)
		})
		if err == nil && !another {
			err = user.ErrLastLoginMethod
		}
		if err != nil {
			return err
		}
	}
}
