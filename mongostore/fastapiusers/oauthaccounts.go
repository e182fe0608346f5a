package fastapiusers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// holders returns the entries with that pair in all users' documents. The query may
// find users whose entries have only the parts, each in another one, so both are
// compared here.
func (d *documents) holders(ctx context.Context, users *mongo.Collection, provider, accountID string) ([]entry, error) {
	found, err := find(ctx, users, bson.D{
		{Key: "oauth_accounts.account_id", Value: accountID},
		{Key: "oauth_accounts.oauth_name", Value: provider},
	}, options.Find().SetProjection(entryFields))
	if err != nil {
		return nil, err
	}
	var holders []entry
	for _, stored := range found {
		for _, e := range entriesOf(stored) {
			if e.isPair(provider, accountID) {
				holders = append(holders, e)
			}
		}
	}
	return holders, nil
}

// Account implements [records.OAuthStore]. An account that the other application has linked
// to two users is not found.
func (s *Store) Account(ctx context.Context, provider, accountID string) (records.OAuthAccount, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	own, err := s.Store.Account(ctx, provider, accountID)
	if err != nil && !isNotFound(err) {
		return records.OAuthAccount{}, err
	}
	linked := err == nil
	holders, err := s.documents.holders(ctx, s.documents.Users.Collection, provider, accountID)
	if err != nil {
		return records.OAuthAccount{}, err
	}
	var owners []string
	for _, e := range holders {
		owners = append(owners, idText(e.owner))
	}
	if linked {
		owners = append(owners, string(own.UserID))
	}
	slices.Sort(owners)
	switch owners = slices.Compact(owners); {
	case len(owners) == 0:
		return records.OAuthAccount{}, user.ErrNotFound
	case len(owners) > 1:
		return records.OAuthAccount{}, fmt.Errorf("%w: users %v have one oauth account", user.ErrDamaged, owners)
	case linked:
		return own, nil
	}
	return s.documents.ReadAccount(holders[0].document())
}

// AccountsOf implements [records.OAuthStore]. Damaged entries are left out.
func (s *Store) AccountsOf(ctx context.Context, id user.ID) ([]records.OAuthAccount, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	accounts, err := s.Store.AccountsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	owner, err := bson.ObjectIDFromHex(string(id))
	if err != nil {
		return nil, nil
	}
	stored, err := s.documents.stored(ctx, s.documents.Users.Collection, owner)
	if err != nil {
		return nil, err
	}
	for _, e := range entriesOf(stored) {
		if a, err := s.documents.ReadAccount(e.document()); err == nil {
			accounts = append(accounts, a)
		}
	}
	slices.SortStableFunc(accounts, func(a, b records.OAuthAccount) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return accounts, nil
}

// UnlinkAccount implements [records.OAuthStore].
func (s *Store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne records.KeepOne) error {
	owner, ownerErr := bson.ObjectIDFromHex(string(id))
	key, keyErr := bson.ObjectIDFromHex(account)
	if ownerErr == nil && keyErr == nil && keepOne != records.KeepLastOne {
		ctx, cancel := mongodb.Limit(ctx)
		defer cancel()
		removed, err := s.documents.RemoveEmbedded(ctx, owner, rawID(key), bson.RawValue{})
		if err != nil || removed {
			return err
		}
	}
	return s.Store.UnlinkAccount(ctx, id, account, keepOne)
}

func rawID(id bson.ObjectID) bson.RawValue {
	return bson.RawValue{Type: bson.TypeObjectID, Value: id[:]}
}

// UnlinkAccountsOf implements [records.OAuthStore]. No embedded account is of a former owner.
func (s *Store) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	if owner, err := bson.ObjectIDFromHex(string(id)); err == nil && before == records.EveryOwner {
		ctx, cancel := mongodb.Limit(ctx)
		defer cancel()
		_, err := s.documents.Users.UpdateOne(ctx,
			bson.D{{Key: "_id", Value: owner}, {Key: "oauth_accounts.0", Value: bson.D{{Key: "$exists", Value: true}}}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "oauth_accounts", Value: bson.A{}}}}})
		if err != nil {
			return mongodb.Failed("remove oauth accounts", err)
		}
	}
	return s.Store.UnlinkAccountsOf(ctx, id, before)
}
