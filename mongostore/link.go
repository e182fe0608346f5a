package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// LinkAccount implements [user.OAuthStore]. Whose an account is, is decided by
// the unique index alone: by the one insert that succeeds.
func (s *Store) LinkAccount(ctx context.Context, a user.OAuthAccount) error {
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
		if again, err := s.makeRoom(ctx, owner, a); !again {
			return err
		}
	}
}

// renewAccount updates the entry if the user has it already.
func (s *Store) renewAccount(ctx context.Context, owner any, a user.OAuthAccount) (done bool, err error) {
	return s.changeAccount(ctx, append(pair(a.Provider, a.AccountID), bson.E{Key: "user_id", Value: owner}), a)
}

// RefreshAccount implements [user.OAuthStore].
func (s *Store) RefreshAccount(ctx context.Context, a user.OAuthAccount) error {
	id, idOK := s.ids.value(a.ID)
	owner, ownerOK := s.ids.value(string(a.UserID))
	if !idOK || !ownerOK {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if exists, err := s.userExists(ctx, owner); err != nil || !exists {
		return unless(err, user.ErrNotFound)
	}
	done, err := s.changeAccount(ctx, bson.D{{Key: "_id", Value: id}, {Key: "user_id", Value: owner}}, a)
	if err != nil || done {
		return err
	}
	return user.ErrNotFound
}

// changeAccount gives the entry that filter names what the provider told last.
func (s *Store) changeAccount(ctx context.Context, filter bson.D, a user.OAuthAccount) (done bool, err error) {
	set := bson.D{
		{Key: "account_email", Value: a.AccountEmail},
		{Key: "access_token", Value: nullableText(a.AccessToken)},
		{Key: "expires_at", Value: seconds(a.ExpiresAt)},
		{Key: "updated_at", Value: nullable(a.UpdatedAt)},
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

// ReserveAccount implements [user.OAuthStore].
func (s *Store) ReserveAccount(ctx context.Context, a user.OAuthAccount) (user.OAuthAccount, error) {
	id, idOK := s.ids.value(a.ID)
	owner, ownerOK := s.ids.value(string(a.UserID))
	if !idOK || !ownerOK {
		return user.OAuthAccount{}, mongodb.Failed("reserve oauth account", user.ErrInvalidID)
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
			return user.OAuthAccount{}, mongodb.Failed("reserve oauth account", err)
		}
		there, err := s.accounts.Latest.FindOne(ctx, pair(a.Provider, a.AccountID)).Raw()
		if err == nil {
			return s.readAccount(there)
		}
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return user.OAuthAccount{}, mongodb.Failed("find oauth account", err)
		}
		if _, err := s.isFree(ctx, a); err != nil { // it was removed in the meantime
			return user.OAuthAccount{}, err
		}
	}
}

// makeRoom looks who has the account that could not be inserted. It reports true
// when it is worth another try: the user itself has it, nobody has it any more,
// or it was left behind by a user that does not exist, in which case it is
// removed.
func (s *Store) makeRoom(ctx context.Context, owner any, a user.OAuthAccount) (again bool, err error) {
	holder, err := s.accounts.Latest.FindOne(ctx, pair(a.Provider, a.AccountID)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return s.isFree(ctx, a)
	}
	if err != nil {
		return false, mongodb.Failed("find oauth account", err)
	}
	holderID := holder.Lookup("user_id")
	if id, ok := s.ids.text(holderID); ok && id == string(a.UserID) {
		return true, nil
	}
	if exists, err := s.userExists(ctx, holderID); err != nil || exists {
		return false, unless(err, user.ErrLinked)
	}
	_, err = s.accounts.DeleteOne(ctx, bson.D{{Key: "_id", Value: holder.Lookup("_id")}, {Key: "user_id", Value: holderID}})
	if err != nil {
		return false, mongodb.Failed("remove oauth account left behind", err)
	}
	return true, nil
}

// isFree reports whether the ID of an account that nobody has is free. The server
// need not say which of the two was refused.
func (s *Store) isFree(ctx context.Context, a user.OAuthAccount) (bool, error) {
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

func accountDocument(id, owner any, a user.OAuthAccount) bson.D {
	return bson.D{
		{Key: "_id", Value: id},
		{Key: "user_id", Value: owner},
		{Key: "provider", Value: a.Provider},
		{Key: "account_id", Value: a.AccountID},
		{Key: "account_email", Value: a.AccountEmail},
		{Key: "access_token", Value: nullableText(a.AccessToken)},
		{Key: "refresh_token", Value: nullableText(a.RefreshToken)},
		{Key: "expires_at", Value: seconds(a.ExpiresAt)},
		{Key: "created_at", Value: millisecond(a.CreatedAt)},
		{Key: "updated_at", Value: nullable(a.UpdatedAt)},
	}
}
