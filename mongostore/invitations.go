package mongostore

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// putTries is how often an invitation is put again because a concurrent call created or
// removed one.
const putTries = 5

// PutInvitation implements [records.InvitationStore]. It is one update of the address's
// document, or an insert where there is none.
func (s *Store) PutInvitation(ctx context.Context, i records.Invitation) (records.Invitation, error) {
	const operation = "put invitation"
	document, err := s.invitationDocument(operation, i)
	if err != nil {
		return records.Invitation{}, err
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	for range putTries {
		replaced, err := s.oneInvitation(operation, s.invitations.FindOneAndUpdate(ctx,
			bson.D{{Key: "email_key", Value: i.EmailKey}}, bson.D{{Key: "$set", Value: document[1:]}},
			options.FindOneAndUpdate().SetReturnDocument(options.After)))
		if !errors.Is(err, user.ErrNotFound) {
			return replaced, err
		}
		_, err = s.invitations.InsertOne(ctx, document)
		if err == nil {
			return s.readInvitation(mustRaw(document))
		}
		if field, taken := mongodb.Duplicate(err); !taken || field == "_id" {
			return records.Invitation{}, mongodb.Failed(operation, err)
		}
	}
	return records.Invitation{}, mongodb.Failed(operation, errors.New("too many changes at once"))
}

// mustRaw encodes a document of plain values.
func mustRaw(document bson.D) bson.Raw {
	raw, err := bson.Marshal(document)
	if err != nil {
		return nil // readInvitation reports it as damaged
	}
	return raw
}

// invitationDocument returns i as it is stored. The first element is the ID.
func (s *Store) invitationDocument(operation string, i records.Invitation) (bson.D, error) {
	if err := s.invitations.check(operation); err != nil {
		return nil, err
	}
	inviter, ok := s.ids.value(string(i.InvitedBy))
	if i.InvitedBy == "" {
		inviter, ok = nil, true
	}
	if !ok || i.ID == "" || i.EmailKey == "" || i.ExpiresAt.IsZero() || !utf8.ValidString(i.ID+i.EmailKey+i.Token) {
		return nil, mongodb.Failed(operation, errors.New("it is not valid"))
	}
	roles := i.Roles
	if roles == nil {
		roles = []string{}
	}
	return bson.D{
		{Key: "_id", Value: i.ID},
		{Key: "email", Value: i.Email},
		{Key: "email_key", Value: i.EmailKey},
		{Key: "token", Value: i.Token},
		{Key: "roles", Value: roles},
		{Key: "invited_by", Value: inviter},
		{Key: "created_at", Value: millisecond(i.CreatedAt)},
		{Key: "expires_at", Value: millisecond(i.ExpiresAt)},
	}, nil
}

func (s *Store) readInvitation(document bson.Raw) (records.Invitation, error) {
	f := fields{collection: s.invitations.Name(), document: document}
	i := records.Invitation{
		ID:        f.text("_id"),
		Email:     f.text("email"),
		EmailKey:  f.text("email_key"),
		Token:     f.text("token"),
		Roles:     f.optionalTexts("roles"),
		CreatedAt: f.time("created_at"),
		ExpiresAt: f.time("expires_at"),
	}
	if len(i.Roles) == 0 {
		i.Roles = nil
	}
	if !f.absent("invited_by") {
		i.InvitedBy = user.ID(f.id("invited_by", s.ids))
	}
	if f.err != nil {
		return records.Invitation{}, f.err
	}
	return i, nil
}

func (s *Store) oneInvitation(operation string, found *mongo.SingleResult) (records.Invitation, error) {
	document, err := found.Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return records.Invitation{}, user.ErrNotFound
	}
	if err != nil {
		return records.Invitation{}, mongodb.Failed(operation, err)
	}
	return s.readInvitation(document)
}

// Invitation implements [records.InvitationStore].
func (s *Store) Invitation(ctx context.Context, id string, now time.Time) (records.Invitation, error) {
	return s.invitationWhere(ctx, "_id", id, now)
}

// InvitationTo implements [records.InvitationStore].
func (s *Store) InvitationTo(ctx context.Context, key string, now time.Time) (records.Invitation, error) {
	return s.invitationWhere(ctx, "email_key", key, now)
}

func (s *Store) invitationWhere(ctx context.Context, field, value string, now time.Time) (records.Invitation, error) {
	const operation = "find invitation"
	if err := s.invitations.check(operation); err != nil {
		return records.Invitation{}, err
	}
	if !utf8.ValidString(value) {
		return records.Invitation{}, user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	return s.oneInvitation(operation, s.invitations.FindOne(ctx, bson.D{{Key: field, Value: value}, notExpired(now)}))
}

// notExpired is true of documents whose end is after now, to the millisecond.
func notExpired(now time.Time) bson.E {
	return bson.E{Key: "expires_at", Value: bson.D{{Key: "$gt", Value: millisecond(now)}}}
}

// RenewInvitation implements [records.InvitationStore].
func (s *Store) RenewInvitation(ctx context.Context, before, after records.Invitation) (renewed bool, err error) {
	const operation = "renew invitation"
	if err := s.invitations.check(operation); err != nil || !utf8.ValidString(before.ID+before.Token+after.Token) {
		return false, err
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	result, err := s.invitations.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: before.ID}, {Key: "token", Value: bson.D{{Key: "$in", Value: bson.A{before.Token, after.Token}}}}},
		bson.D{{Key: "$set", Value: bson.D{
			{Key: "token", Value: after.Token},
			{Key: "created_at", Value: millisecond(after.CreatedAt)},
			{Key: "expires_at", Value: millisecond(after.ExpiresAt)},
		}}})
	if err != nil {
		return false, mongodb.Failed(operation, err)
	}
	return result.MatchedCount == 1, nil
}

// TakeInvitation implements [records.InvitationStore].
func (s *Store) TakeInvitation(ctx context.Context, key, token string, now time.Time) (taken bool, err error) {
	const operation = "take invitation"
	if err := s.invitations.check(operation); err != nil || !utf8.ValidString(key+token) {
		return false, err
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	result, err := s.invitations.DeleteOne(ctx,
		bson.D{{Key: "email_key", Value: key}, {Key: "token", Value: token}, notExpired(now)})
	if err != nil {
		return false, mongodb.Failed(operation, err)
	}
	return result.DeletedCount == 1, nil
}

// DeleteInvitation implements [records.InvitationStore].
func (s *Store) DeleteInvitation(ctx context.Context, id string) error {
	const operation = "delete invitation"
	if err := s.invitations.check(operation); err != nil {
		return err
	}
	if !utf8.ValidString(id) {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	result, err := s.invitations.DeleteOne(ctx, bson.D{{Key: "_id", Value: id}})
	if err != nil {
		return mongodb.Failed(operation, err)
	}
	if result.DeletedCount == 0 {
		return user.ErrNotFound
	}
	return nil
}

// Invitations implements [records.InvitationStore].
func (s *Store) Invitations(ctx context.Context, query records.InvitationQuery) (records.InvitationPage, error) {
	const operation = "list invitations"
	if err := s.invitations.check(operation); err != nil || !utf8.ValidString(query.Before) {
		return records.InvitationPage{}, err
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	filter := bson.D{notExpired(query.Now)}
	if query.Before != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$lt", Value: query.Before}}})
	}
	limit := max(query.Limit, 1)
	cursor, err := s.invitations.Find(ctx, filter,
		options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	if err != nil {
		return records.InvitationPage{}, mongodb.Failed(operation, err)
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return records.InvitationPage{}, mongodb.Failed(operation, err)
	}
	page := records.InvitationPage{More: len(found) > limit}
	for _, document := range found[:min(limit, len(found))] {
		i, err := s.readInvitation(document)
		if err != nil {
			return records.InvitationPage{}, err
		}
		page.Invitations = append(page.Invitations, i)
	}
	return page, nil
}
