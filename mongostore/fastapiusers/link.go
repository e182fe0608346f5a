package fastapiusers

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// LinkAccount implements [records.OAuthStore]. An account that the user has in its own
// document is updated there; new ones go to the collection of accounts.
func (s *Store) LinkAccount(ctx context.Context, a records.OAuthAccount) error {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	holders, err := s.documents.holders(ctx, s.documents.Users.Latest, a.Provider, a.AccountID)
	if err != nil {
		return err
	}
	for _, e := range holders {
		if idText(e.owner) != string(a.UserID) {
			return user.ErrLinked
		}
	}
	if len(holders) > 0 {
		own, err := s.Store.Account(ctx, a.Provider, a.AccountID)
		if err == nil && own.UserID != a.UserID {
			return user.ErrLinked
		}
		if err != nil && !isNotFound(err) {
			return err
		}
		renewed, err := s.renew(ctx, a, func(e entry) bool { return e.isPair(a.Provider, a.AccountID) })
		if err != nil || renewed {
			return err
		}
	}
	return s.Store.LinkAccount(ctx, a)
}

// ReserveAccount implements [records.OAuthStore].
func (s *Store) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	holders, err := s.documents.holders(ctx, s.documents.Users.Latest, a.Provider, a.AccountID)
	if err != nil {
		return records.OAuthAccount{}, err
	}
	if len(holders) > 0 {
		return s.documents.ReadAccount(holders[0].document())
	}
	return s.Store.ReserveAccount(ctx, a)
}

// RefreshAccount implements [records.OAuthStore].
func (s *Store) RefreshAccount(ctx context.Context, a records.OAuthAccount) error {
	id, err := bson.ObjectIDFromHex(a.ID)
	if err != nil {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	renewed, err := s.renew(ctx, a, func(e entry) bool { return e.id().Equal(rawID(id)) })
	if err != nil || renewed {
		return err
	}
	return s.Store.RefreshAccount(ctx, a)
}

// renew updates the entry in the document of a's user with what the provider reported
// last. It adds no field: the other application would drop it. Where no token is kept,
// the one that is there stays, as the other application cannot read an entry without one.
func (s *Store) renew(ctx context.Context, a records.OAuthAccount, which func(entry) bool) (done bool, err error) {
	owner, err := bson.ObjectIDFromHex(string(a.UserID))
	if err != nil {
		return false, nil
	}
	for {
		stored, err := s.documents.stored(ctx, s.documents.Users.Latest, owner)
		if err != nil {
			return false, err
		}
		var e *entry
		for _, one := range entriesOf(stored) {
			if which(one) {
				e = &one
				break
			}
		}
		if e == nil {
			return false, nil
		}
		result, err := s.documents.Users.UpdateOne(ctx, e.filter(), bson.D{{Key: "$set", Value: e.renewal(a)}})
		if err != nil {
			return false, mongodb.Failed("update oauth account", err)
		}
		if result.MatchedCount > 0 {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, mongodb.Failed("update oauth account", err)
		}
	}
}

// filter is true of the document as long as the entry has its place there.
func (e entry) filter() bson.D {
	filter := bson.D{{Key: "_id", Value: e.owner}}
	for _, name := range []string{"id", "oauth_name", "account_id"} {
		filter = append(filter, bson.E{Key: e.field(name), Value: e.raw.Lookup(name)})
	}
	return filter
}

func (e entry) renewal(a records.OAuthAccount) bson.D {
	set := bson.D{{Key: e.field("account_email"), Value: a.AccountEmail}}
	if a.AccessToken != "" {
		var expires any
		if !a.ExpiresAt.IsZero() {
			expires = a.ExpiresAt.Unix()
		}
		set = append(set, bson.E{Key: e.field("access_token"), Value: a.AccessToken},
			bson.E{Key: e.field("expires_at"), Value: expires})
	}
	if a.RefreshToken != "" {
		set = append(set, bson.E{Key: e.field("refresh_token"), Value: a.RefreshToken})
	}
	return set
}
