package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// UnlinkAccount implements [user.OAuthStore].
func (s *Store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne user.KeepOne) error {
	owner, ownerOK := s.ids.value(string(id))
	key, keyOK := s.ids.value(account)
	if !ownerOK || !keyOK {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if keepOne == user.KeepLastOne {
		return s.removeWayIn(ctx, id, owner, wayAccount, account)
	}
	if exists, err := s.userExists(ctx, owner); err != nil || !exists {
		return unless(err, user.ErrNotFound)
	}
	removed, err := s.removeAccount(ctx, owner, bson.D{{Key: "_id", Value: key}})
	if err != nil || removed {
		return err
	}
	return user.ErrNotFound
}

func (s *Store) removeAccount(ctx context.Context, owner any, filter bson.D) (removed bool, err error) {
	result, err := s.accounts.DeleteOne(ctx, append(filter, bson.E{Key: "user_id", Value: owner}))
	if err != nil {
		return false, mongodb.Failed("remove oauth account", err)
	}
	return result.DeletedCount > 0, nil
}

// UnlinkAccountsOf implements [user.OAuthStore].
func (s *Store) UnlinkAccountsOf(ctx context.Context, id user.ID) error {
	owner, ok := s.ids.value(string(id))
	if !ok {
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if _, err := s.accounts.DeleteMany(ctx, bson.D{{Key: "user_id", Value: owner}}); err != nil {
		return mongodb.Failed("remove oauth accounts", err)
	}
	return s.removeGuard(ctx, id, owner)
}
