package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// credentialColumns are the columns of a credential in the order of [credentialRow.targets].
var credentialColumns = []string{
	"id", "user_id", "kind", "lookup_key", "name", "data", "way_in", "owner_version", "rev", "change", "created_at", "last_used_at", "expires_at",
}

var (
	credentialList   = strings.Join(credentialColumns, ", ")
	selectCredential = `SELECT ` + credentialList + ` FROM credentials WHERE `
	insertCredential = `INSERT INTO credentials (` + credentialList + `) VALUES ` + places(len(credentialColumns)) +
		` ON CONFLICT (kind, lookup_key) DO NOTHING`
)

// CreateCredential implements [records.CredentialStore]. Who gets a key is decided by the
// unique index alone.
func (s *Store) CreateCredential(ctx context.Context, c records.Credential) error {
	const operation = "create credential"
	if !isID(c.UserID) || c.Rev != 1 {
		return failed(operation, errors.New("it is not valid"))
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	e := s.engine
	inserted, err := s.write(ctx, operation, insertCredential, name(c.ID), string(c.UserID), name(c.Kind), name(c.Key), name(c.Name),
		blob(c.Data), c.WayIn, c.OwnerVersion, c.Rev, text(c.Change), e.at(c.CreatedAt), e.orNull(c.LastUsedAt), e.orNull(c.ExpiresAt))
	if inserted == 1 || err != nil && !taken(err) {
		s.tidySometimes()
		return err
	}
	// The insert may have been done before, by a call whose answer was lost.
	there, readErr := s.credentialWhere(ctx, `id = $1`, name(c.ID))
	switch {
	case readErr == nil && isCreatedCredential(there, c):
		return nil
	case readErr == nil:
		return failed(operation, errors.New("the id is in use"))
	case !isNotFound(readErr):
		return readErr
	case err != nil && !credentialKey.refused(err):
		return err // an index of the application's own
	}
	return user.ErrExists
}

// isCreatedCredential reports whether there came from creating c.
func isCreatedCredential(there, c records.Credential) bool {
	return there.UserID == c.UserID && there.Kind == c.Kind && there.WayIn == c.WayIn &&
		there.CreatedAt.Equal(millisecond(c.CreatedAt)) && (there.Rev > 1 || there.Key == c.Key)
}

// credentialRow is a credential as it is read.
type credentialRow struct {
	c                                records.Credential
	createdAt, lastUsedAt, expiresAt stamp
}

func (r *credentialRow) targets() []any {
	c := &r.c
	return []any{
		nameIn(&c.ID), &c.UserID, nameIn(&c.Kind), nameIn(&c.Key), nameIn(&c.Name), &c.Data, &c.WayIn, &c.OwnerVersion, &c.Rev, &c.Change,
		&r.createdAt, &r.lastUsedAt, &r.expiresAt,
	}
}

func (r *credentialRow) credential() records.Credential {
	c := r.c
	c.CreatedAt, c.LastUsedAt, c.ExpiresAt = r.createdAt.Time, r.lastUsedAt.Time, r.expiresAt.Time
	return c
}

func scanCredential(in row) (records.Credential, error) {
	var r credentialRow
	err := in.Scan(r.targets()...)
	return r.credential(), err
}

// CredentialByKey implements [records.CredentialStore].
func (s *Store) CredentialByKey(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, error) {
	if !isName(string(kind), key) {
		return records.Credential{}, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return s.credentialWhere(ctx, `kind = $1 AND lookup_key = $2`, name(kind), name(key))
}

func (s *Store) credentialWhere(ctx context.Context, where string, values ...any) (records.Credential, error) {
	return readOne(ctx, s, "find credential", selectCredential+where, values, scanCredential)
}

// CredentialsOf implements [records.CredentialStore].
func (s *Store) CredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) ([]records.Credential, error) {
	var b statement
	if !credentialsOf(&b, `SELECT `+credentialList, id, kinds) {
		return nil, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	b.add(` ORDER BY created_at, id`)
	return read(ctx, s, "list credentials", b.String(), b.args, scanCredential)
}

// credentialsOf begins a statement about the user's credentials of the kinds named, of all
// if none is. It reports false where there can be none.
func credentialsOf(b *statement, begin string, id user.ID, kinds []records.CredentialKind) bool {
	if !isID(id) {
		return false
	}
	b.add(begin+` FROM credentials WHERE user_id = ?`, string(id))
	if len(kinds) == 0 {
		return true
	}
	named := 0
	for _, kind := range kinds {
		if !isName(kind) {
			continue
		}
		if named++; named == 1 {
			b.add(` AND kind IN (?`, name(kind))
		} else {
			b.add(`, ?`, name(kind))
		}
	}
	b.add(`)`)
	return named > 0
}

// SwapCredential implements [records.CredentialStore].
func (s *Store) SwapCredential(ctx context.Context, before, after records.Credential) (swapped bool, err error) {
	const operation = "swap credential"
	if !after.Follows(before) {
		return false, failed(operation, errors.New("it does not follow the one before"))
	}
	if !isID(before.UserID) || !isName(before.ID, string(before.Kind)) {
		return false, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	var b statement
	b.add(`UPDATE credentials SET lookup_key = ?, name = ?, data = ?, owner_version = ?, rev = ?, change = ?, last_used_at = ?, expires_at = ?`,
		name(after.Key), name(after.Name), blob(after.Data), after.OwnerVersion, after.Rev, text(after.Change),
		s.engine.orNull(after.LastUsedAt), s.engine.orNull(after.ExpiresAt))
	b.add(` WHERE id = ? AND user_id = ? AND kind = ? AND rev = ?`, name(before.ID), string(before.UserID), name(before.Kind), before.Rev)
	changed, err := s.write(ctx, operation, b.String(), b.args...)
	if credentialKey.refused(err) {
		return false, user.ErrExists
	}
	if err != nil || changed == 1 || after.Change == "" {
		return changed == 1, err
	}
	there, err := s.credentialWhere(ctx, `id = $1`, name(after.ID))
	if isNotFound(err) {
		return false, nil
	}
	return err == nil && there.Rev == after.Rev && there.Change == after.Change, err
}

// DeleteCredential implements [records.CredentialStore].
func (s *Store) DeleteCredential(ctx context.Context, id user.ID, credential string, keep records.KeepOne) error {
	if !isID(id) || !isName(credential) {
		return user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	if keep == records.KeepLastOne {
		return s.removeWayIn(ctx, id, wayCredential, credential)
	}
	return oneOf(s.write(ctx, "delete credential", `DELETE FROM credentials WHERE id = $1 AND user_id = $2`, name(credential), string(id)))
}

// DeleteCredentialsOf implements [records.CredentialStore].
func (s *Store) DeleteCredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) error {
	var b statement
	if !credentialsOf(&b, `DELETE`, id, kinds) {
		return nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	_, err := s.write(ctx, "delete credentials", b.String(), b.args...)
	return err
}
