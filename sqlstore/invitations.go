package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	invitationList = `id, email, email_key, token, roles, invited_by, created_at, expires_at`
	putInvitation  = `INSERT INTO invitations (` + invitationList + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)` +
		` ON CONFLICT (email_key) DO UPDATE SET email = excluded.email, token = excluded.token, roles = excluded.roles,` +
		` invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at RETURNING ` + invitationList
)

// PutInvitation implements [records.InvitationStore].
func (s *Store) PutInvitation(ctx context.Context, i records.Invitation) (records.Invitation, error) {
	const operation = "put invitation"
	if i.InvitedBy != "" && !isID(i.InvitedBy) || i.ID == "" || i.EmailKey == "" || i.ExpiresAt.IsZero() {
		return records.Invitation{}, failed(operation, errors.New("it is not valid"))
	}
	roles := i.Roles
	if roles == nil {
		roles = []string{}
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	args := []any{
		name(i.ID), name(i.Email), name(i.EmailKey), name(i.Token), list(roles), nullable(string(i.InvitedBy)),
		s.engine.at(i.CreatedAt), s.engine.at(i.ExpiresAt),
	}
	s.tidySometimes()
	return writeOne(ctx, s, operation, putInvitation, args, scanInvitation)
}

func scanInvitation(in row) (records.Invitation, error) {
	var i records.Invitation
	var roles []byte
	var inviter sql.NullString
	var createdAt, expiresAt stamp
	err := in.Scan(nameIn(&i.ID), nameIn(&i.Email), nameIn(&i.EmailKey), nameIn(&i.Token), &roles, &inviter, &createdAt, &expiresAt)
	if err != nil {
		return records.Invitation{}, err
	}
	i.InvitedBy, i.CreatedAt, i.ExpiresAt = user.ID(inviter.String), createdAt.Time, expiresAt.Time
	if i.Roles, err = names[string](roles); err == nil && len(i.Roles) == 0 {
		i.Roles = nil
	}
	return i, err
}

// Invitation implements [records.InvitationStore].
func (s *Store) Invitation(ctx context.Context, id string, now time.Time) (records.Invitation, error) {
	return s.invitationWhere(ctx, `id = $1`, id, now)
}

// InvitationTo implements [records.InvitationStore].
func (s *Store) InvitationTo(ctx context.Context, key string, now time.Time) (records.Invitation, error) {
	return s.invitationWhere(ctx, `email_key = $1`, key, now)
}

func (s *Store) invitationWhere(ctx context.Context, where, value string, now time.Time) (records.Invitation, error) {
	if !isName(value) {
		return records.Invitation{}, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return readOne(ctx, s, "find invitation", `SELECT `+invitationList+` FROM invitations WHERE `+where+` AND expires_at > $2`,
		[]any{name(value), s.engine.at(now)}, scanInvitation)
}

// RenewInvitation implements [records.InvitationStore].
func (s *Store) RenewInvitation(ctx context.Context, before, after records.Invitation) (renewed bool, err error) {
	if !isName(before.ID, before.Token, after.Token) {
		return false, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	changed, err := s.write(ctx, "renew invitation",
		`UPDATE invitations SET token = $1, created_at = $2, expires_at = $3 WHERE id = $4 AND token IN ($5, $6)`,
		name(after.Token), s.engine.at(after.CreatedAt), s.engine.at(after.ExpiresAt), name(before.ID), name(before.Token), name(after.Token))
	return changed == 1, err
}

// TakeInvitation implements [records.InvitationStore].
func (s *Store) TakeInvitation(ctx context.Context, key, token string, now time.Time) (taken bool, err error) {
	if !isName(key, token) {
		return false, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	removed, err := s.write(ctx, "take invitation", `DELETE FROM invitations WHERE email_key = $1 AND token = $2 AND expires_at > $3`,
		name(key), name(token), s.engine.at(now))
	return removed == 1, err
}

// DeleteInvitation implements [records.InvitationStore].
func (s *Store) DeleteInvitation(ctx context.Context, id string) error {
	if !isName(id) {
		return user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	return oneOf(s.write(ctx, "delete invitation", `DELETE FROM invitations WHERE id = $1`, name(id)))
}

// Invitations implements [records.InvitationStore].
func (s *Store) Invitations(ctx context.Context, query records.InvitationQuery) (records.InvitationPage, error) {
	if !isName(query.Before) {
		return records.InvitationPage{}, nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	var b statement
	b.add(`SELECT `+invitationList+` FROM invitations WHERE expires_at > ?`, s.engine.at(query.Now))
	if query.Before != "" {
		b.add(` AND id < ?`, name(query.Before))
	}
	most := max(query.Limit, 1)
	b.add(` ORDER BY id DESC LIMIT ?`, int64(most)+1)
	found, err := read(ctx, s, "list invitations", b.String(), b.args, scanInvitation)
	return records.InvitationPage{Invitations: found[:min(most, len(found))], More: len(found) > most}, err
}
