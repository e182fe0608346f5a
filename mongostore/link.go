package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// LinkAccount implements [records.OAuthStore]. Whose an account is, is decided by
// the unique index alone: by the one insert that succeeds.
func (s *Store) LinkAccount(ctx context.Context, a records.OAuthAccount) error {
	id, idOK := s.ids.value(a.ID)
	owner, ownerOK := s.ids.value(string(a.UserID))
	if !idOK || !ownerOK {
		return mongodb.Failed("link oauth account", user.ErrInvalidID)
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	for {
		if done, err := s.renewAccount(ctx, owner, a); done || err != nil {
			return err
		}
		_, err := s.accounts.InsertOne(ctx, accountDocument(id, owner, a))
		if err == nil {
			return nil
		}
		field, taken := mongodb.Duplicate(err)
		if !taken || field == "_id" {
			return mongodb.Failed("link oauth account", err)
		}
		if again, err := s.makeRoom(ctx, a); err != nil || !again {
			return err
		}
	}
}

// renewAccount updates the entry if the user has it already, and not from an owner
// after a's.
func (s *Store) renewAccount(ctx context.Context, owner any, a records.OAuthAccount) (done bool, err error) {
	return s.changeAccount(ctx, append(pair(a.Provider, a.AccountID), bson.E{Key: "user_id", Value: owner}, notAfter(a.OwnerVersion)), a)
}

// RefreshAccount implements [records.OAuthStore].
func (s *Store) RefreshAccount(ctx context.Context, a records.OAuthAccount) error {
	id, idOK := s.ids.value(a.ID)
	key, ownerOK := s.ids.value(string(a.UserID))
	if !idOK || !ownerOK {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if owner, err := s.ownerOf(ctx, key); err != nil || !owner.has(a) {
		return unless(err, user.ErrNotFound)
	}
	done, err := s.changeAccount(ctx, bson.D{{Key: "_id", Value: id}, {Key: "user_id", Value: key}, ofOwner(a.OwnerVersion)}, a)
	if err != nil || done {
		return err
	}
	return user.ErrNotFound
}

// changeAccount updates the entry that filter names with what the provider reported last.
func (s *Store) changeAccount(ctx context.Context, filter bson.D, a records.OAuthAccount) (done bool, err error) {
	set := bson.D{
		{Key: "account_email", Value: a.AccountEmail},
		{Key: "email_verified", Value: a.EmailVerified},
		{Key: "access_token", Value: nullableText(a.AccessToken)},
		{Key: "expires_at", Value: seconds(a.ExpiresAt)},
		{Key: "updated_at", Value: nullable(a.UpdatedAt)},
	}
	if a.OwnerVersion != 0 {
		set = append(set, bson.E{Key: ownerVersion, Value: a.OwnerVersion})
	}
	if a.RefreshToken != "" { // else the old one stays good
		set = append(set, bson.E{Key: "refresh_token", Value: a.RefreshToken})
	}
	result, err := s.accounts.UpdateOne(ctx, filter, bson.D{{Key: "$set", Value: set}})
	if err != nil {
		return false, mongodb.Failed("update oauth account", err)
	}
	return result.MatchedCount > 0, nil
}

// ReserveAccount implements [records.OAuthStore].
func (s *Store) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	id, idOK := s.ids.value(a.ID)
	owner, ownerOK := s.ids.value(string(a.UserID))
	if !idOK || !ownerOK {
		return records.OAuthAccount{}, mongodb.Failed("reserve oauth account", user.ErrInvalidID)
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	document := accountDocument(id, owner, a)
	for {
		_, err := s.accounts.InsertOne(ctx, document)
		if err == nil {
			return a, nil
		}
		if field, taken := mongodb.Duplicate(err); !taken || field == "_id" {
			return records.OAuthAccount{}, mongodb.Failed("reserve oauth account", err)
		}
		there, err := s.accounts.Latest.FindOne(ctx, pair(a.Provider, a.AccountID)).Raw()
		if err == nil {
			reserved, lost, err := s.reserved(ctx, there)
			if err != nil || !lost {
				return reserved, err
			}
			continue
		}
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return records.OAuthAccount{}, mongodb.Failed("find oauth account", err)
		}
		if _, err := s.isFree(ctx, a); err != nil { // it was removed in the meantime
			return records.OAuthAccount{}, err
		}
	}
}

// reserved returns an entry that is there. It reports as lost, and removes, one that its
// user has lost by changing hands.
func (s *Store) reserved(ctx context.Context, there bson.Raw) (a records.OAuthAccount, lost bool, err error) {
	if a, err = s.readAccount(there); err != nil {
		return records.OAuthAccount{}, false, err
	}
	owner, err := s.ownerOf(ctx, there.Lookup("user_id"))
	if err != nil {
		return records.OAuthAccount{}, false, err
	}
	if !owner.exists || owner.has(a) {
		return a, false, nil
	}
	return records.OAuthAccount{}, true, s.removeAbsent(ctx, there, a.OwnerVersion)
}

// makeRoom looks up the owner of the account that could not be inserted. It reports true
// if another try may succeed: the user itself has it, it is gone, or it was left behind
// by a user that does not exist or has changed hands, in which case it is removed.
func (s *Store) makeRoom(ctx context.Context, a records.OAuthAccount) (again bool, err error) {
	holder, err := s.accounts.Latest.FindOne(ctx, pair(a.Provider, a.AccountID)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return s.isFree(ctx, a)
	}
	if err != nil {
		return false, mongodb.Failed("find oauth account", err)
	}
	f := fields{collection: s.accounts.Name(), document: holder}
	version := f.optionalInteger(ownerVersion)
	if f.err != nil {
		return false, user.ErrLinked // a damaged one is not for others to take
	}
	holderID := holder.Lookup("user_id")
	if id, ok := s.ids.text(holderID); ok && id == string(a.UserID) && version <= a.OwnerVersion {
		return true, nil
	}
	owner, err := s.ownerOf(ctx, holderID)
	if err != nil || owner.exists && owner.version == version {
		return false, unless(err, user.ErrLinked)
	}
	return true, s.removeAbsent(ctx, holder, version)
}

// removeAbsent removes an entry that has no owner, as long as it is of that version.
func (s *Store) removeAbsent(ctx context.Context, document bson.Raw, version int64) error {
	_, err := s.accounts.DeleteOne(ctx, bson.D{
		{Key: "_id", Value: document.Lookup("_id")}, {Key: "user_id", Value: document.Lookup("user_id")}, ofOwner(version),
	})
	if err != nil {
		return mongodb.Failed("remove oauth account left behind", err)
	}
	return nil
}

// isFree reports whether the ID of an unlinked account is free. The server need not say
// which of the two unique values was refused.
func (s *Store) isFree(ctx context.Context, a records.OAuthAccount) (bool, error) {
	id, _ := s.ids.value(a.ID)
	err := s.accounts.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Err()
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return true, nil
	case err != nil:
		return false, mongodb.Failed("find oauth account", err)
	}
	return false, errors.New("mongostore: link oauth account: the id is in use")
}

func accountDocument(id, owner any, a records.OAuthAccount) bson.D {
	document := bson.D{
		{Key: "_id", Value: id},
		{Key: "user_id", Value: owner},
		{Key: "provider", Value: a.Provider},
		{Key: "account_id", Value: a.AccountID},
		{Key: "account_email", Value: a.AccountEmail},
		{Key: "access_token", Value: nullableText(a.AccessToken)},
		{Key: "refresh_token", Value: nullableText(a.RefreshToken)},
		{Key: "expires_at", Value: seconds(a.ExpiresAt)},
		{Key: "email_verified", Value: a.EmailVerified},
		{Key: "created_at", Value: millisecond(a.CreatedAt)},
		{Key: "updated_at", Value: nullable(a.UpdatedAt)},
	}
	if a.OwnerVersion != 0 {
		document = append(document, bson.E{Key: ownerVersion, Value: a.OwnerVersion})
	}
	return document
}
