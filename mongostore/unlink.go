package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// UnlinkAccount implements [records.OAuthStore].
func (s *Store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne records.KeepOne) error {
	ownerID, ownerOK := s.ids.value(string(id))
	key, keyOK := s.ids.value(account)
	if !ownerOK || !keyOK {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if keepOne == records.KeepLastOne {
		return s.removeWayIn(ctx, id, ownerID, wayAccount, account)
	}
	owner, err := s.ownerOf(ctx, ownerID)
	if err != nil || !owner.exists {
		return unless(err, user.ErrNotFound)
	}
	removed, err := s.removeAccount(ctx, ownerID, bson.D{{Key: "_id", Value: key}, ofOwner(owner.version)})
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

// UnlinkAccountsOf implements [records.OAuthStore].
func (s *Store) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	key, ok := s.ids.value(string(id))
	if !ok {
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	filter := bson.D{{Key: "user_id", Value: key}}
	if before != records.EveryOwner {
		filter = append(filter, notOwner("$gte", before))
	}
	if _, err := s.accounts.DeleteMany(ctx, filter); err != nil {
		return mongodb.Failed("remove oauth accounts", err)
	}
	if before != records.EveryOwner {
		return nil
	}
	return s.removeGuard(ctx, id, key)
}
