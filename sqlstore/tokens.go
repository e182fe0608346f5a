package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// tokenColumns are the columns of a token in the order of [tokenRow.targets].
var tokenColumns = []string{
	"hash", "user_id", "backend", "token_version", "created_at", "expires_at", "last_seen_at", "ip", "user_agent",
	"methods", "authenticated_at", "actor", "actor_version", "scopes",
	"generation", "parent", "rotated_at", "lost", "absolute_at", "salt", "remember",
}

var (
	tokenList   = strings.Join(tokenColumns, ", ")
	insertToken = `INSERT INTO access_tokens (` + tokenList + `) VALUES ` + places(len(tokenColumns)) + ` ON CONFLICT (hash) DO NOTHING`
)

// CreateToken implements [records.TokenStore]. Repeating a call whose answer was lost
// succeeds.
func (s *Store) CreateToken(ctx context.Context, t records.Token) error {
	const operation = "create token"
	if !isID(t.UserID) || t.Actor != "" && !isID(t.Actor) {
		return failed(operation, user.ErrInvalidID)
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	r, e := t.Rotation, s.engine
	inserted, err := s.write(ctx, operation, insertToken,
		text(t.Hash), string(t.UserID), text(t.Backend), t.TokenVersion, e.at(t.CreatedAt), e.orNull(t.ExpiresAt), e.at(t.LastSeenAt),
		described(t.IP), described(t.UserAgent), list(t.Methods), e.orNull(t.AuthenticatedAt), nullable(string(t.Actor)), t.ActorVersion,
		list(t.Scopes), int64(r.Generation), int64(r.Parent), e.orNull(r.RotatedAt), r.Lost, e.orNull(r.AbsoluteAt), text(string(r.Salt)), r.Remember)
	if err != nil || inserted == 1 {
		s.tidySometimes()
		return err
	}
	there, err := s.TokenByHash(ctx, t.Hash)
	if err == nil && (there.UserID != t.UserID || !there.CreatedAt.Equal(millisecond(t.CreatedAt))) {
		err = fmt.Errorf("sqlstore: %s: the hash is in use", operation)
	}
	if isNotFound(err) {
		return fmt.Errorf("sqlstore: %s: the record was removed meanwhile", operation)
	}
	return err
}

// TokenByHash implements [records.TokenStore].
func (s *Store) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	if !isText(hash) {
		return records.Token{}, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return readOne(ctx, s, "find token", `SELECT `+tokenList+` FROM access_tokens WHERE hash = $1`, []any{hash}, scanToken)
}

// tokenRow is a token as it is read.
type tokenRow struct {
	t                  records.Token
	salt               string
	actor              sql.NullString
	methods, scopes    []byte
	generation, parent int64

	createdAt, expiresAt, lastSeenAt, authenticatedAt, rotatedAt, absoluteAt stamp
}

func (r *tokenRow) targets() []any {
	return []any{
		&r.t.Hash, &r.t.UserID, &r.t.Backend, &r.t.TokenVersion, &r.createdAt, &r.expiresAt, &r.lastSeenAt, &r.t.IP, &r.t.UserAgent,
		&r.methods, &r.authenticatedAt, &r.actor, &r.t.ActorVersion, &r.scopes,
		&r.generation, &r.parent, &r.rotatedAt, &r.t.Rotation.Lost, &r.absoluteAt, &r.salt, &r.t.Rotation.Remember,
	}
}

func (r *tokenRow) token() (records.Token, error) {
	t := r.t
	t.CreatedAt, t.ExpiresAt, t.LastSeenAt, t.AuthenticatedAt = r.createdAt.Time, r.expiresAt.Time, r.lastSeenAt.Time, r.authenticatedAt.Time
	t.Actor, t.Rotation.Salt = user.ID(r.actor.String), secrets.Secret(r.salt)
	t.Rotation.RotatedAt, t.Rotation.AbsoluteAt = r.rotatedAt.Time, r.absoluteAt.Time
	// The columns have no others.
	t.Rotation.Generation, t.Rotation.Parent = uint32(r.generation&math.MaxUint32), uint32(r.parent&math.MaxUint32)
	var methodsErr, scopesErr error
	t.Methods, methodsErr = names[user.Method](r.methods)
	t.Scopes, scopesErr = names[string](r.scopes)
	if methodsErr != nil || scopesErr != nil {
		return records.Token{}, fmt.Errorf("%w: access_tokens: a row of user %s: methods or scopes are not texts", user.ErrDamaged, t.UserID)
	}
	return t, nil
}

func scanToken(in row) (records.Token, error) {
	var r tokenRow
	if err := in.Scan(r.targets()...); err != nil {
		return records.Token{}, err
	}
	return r.token()
}

// TouchToken implements [records.TokenStore].
func (s *Store) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	if !isText(hash) {
		return user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return oneOf(s.write(ctx, "touch token", `UPDATE access_tokens SET last_seen_at = $1, expires_at = $2 WHERE hash = $3`,
		s.engine.at(lastSeen), s.engine.orNull(expiresAt), hash))
}

// DeleteToken implements [records.TokenStore].
func (s *Store) DeleteToken(ctx context.Context, hash string) error {
	_, err := s.TakeToken(ctx, hash)
	return err
}

// TokensOf implements [records.TokenStore].
func (s *Store) TokensOf(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	if !isID(id) || !isText(query.Backend) {
		return nil, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	var b statement
	b.add(`SELECT `+tokenList+` FROM access_tokens WHERE user_id = ?`, string(id))
	if query.Backend != "" {
		b.add(` AND backend = ?`, query.Backend)
	}
	b.add(` ORDER BY created_at DESC, hash DESC`)
	if query.Limit > 0 {
		b.add(` LIMIT ?`, int64(query.Limit))
	}
	return read(ctx, s, "list tokens", b.String(), b.args, scanToken)
}

// DeleteTokensOf implements [records.TokenStore].
func (s *Store) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	if !isID(id) {
		return nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	_, err := s.write(ctx, "delete tokens", `DELETE FROM access_tokens WHERE user_id = $1 AND hash <> $2`, string(id), text(keep))
	return err
}
