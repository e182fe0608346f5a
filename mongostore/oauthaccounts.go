package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Account implements [records.OAuthStore].
func (s *Store) Account(ctx context.Context, provider, accountID string) (records.OAuthAccount, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	document, err := s.accounts.FindOne(ctx, pair(provider, accountID)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return records.OAuthAccount{}, user.ErrNotFound
	}
	if err != nil {
		return records.OAuthAccount{}, mongodb.Failed("find oauth account", err)
	}
	a, err := s.readAccount(document)
	if err != nil {
		return records.OAuthAccount{}, err
	}
	if owner, err := s.ownerOf(ctx, document.Lookup("user_id")); err != nil || !owner.has(a) {
		return records.OAuthAccount{}, unless(err, user.ErrNotFound)
	}
	return a, nil
}

// AccountsOf implements [records.OAuthStore]. Damaged entries are left out.
func (s *Store) AccountsOf(ctx context.Context, id user.ID) ([]records.OAuthAccount, error) {
	key, ok := s.ids.value(string(id))
	if !ok {
		return nil, nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	documents, err := s.accountsOf(ctx, s.accounts.Collection, key)
	if err != nil || len(documents) == 0 {
		return nil, err
	}
	owner, err := s.ownerOf(ctx, key)
	if err != nil {
		return nil, err
	}
	var accounts []records.OAuthAccount
	for _, document := range documents {
		if a, err := s.readAccount(document); err == nil && owner.has(a) {
			accounts = append(accounts, a)
		}
	}
	return accounts, nil
}

func (s *Store) accountsOf(ctx context.Context, accounts *mongo.Collection, owner any) ([]bson.Raw, error) {
	cursor, err := accounts.Find(ctx, bson.D{{Key: "user_id", Value: owner}},
		options.Find().SetSort(bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}))
	if err != nil {
		return nil, mongodb.Failed("list oauth accounts", err)
	}
	var documents []bson.Raw
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, mongodb.Failed("list oauth accounts", err)
	}
	return documents, nil
}

// unless returns err, or answer where err is nil.
func unless(err, answer error) error {
	if err != nil {
		return err
	}
	return answer
}

func pair(provider, accountID string) bson.D {
	return bson.D{{Key: "provider", Value: provider}, {Key: "account_id", Value: accountID}}
}

func (s *Store) readAccount(document bson.Raw) (records.OAuthAccount, error) {
	f := fields{collection: s.accounts.Name(), document: document}
	a := records.OAuthAccount{
		ID:            f.id("_id", s.ids),
		UserID:        user.ID(f.id("user_id", s.ids)),
		Provider:      f.text("provider"),
		AccountID:     f.text("account_id"),
		OwnerVersion:  f.optionalInteger(ownerVersion),
		AccountEmail:  f.optionalText("account_email"),
		EmailVerified: f.optionalFlag("email_verified"),
		AccessToken:   f.optionalText("access_token"),
		RefreshToken:  f.optionalText("refresh_token"),
		CreatedAt:     f.optionalTime("created_at"),
		UpdatedAt:     f.optionalTime("updated_at"),
	}
	if !f.absent("expires_at") {
		a.ExpiresAt = time.Unix(f.integer("expires_at"), 0).UTC()
	}
	if f.err != nil {
		return records.OAuthAccount{}, f.err
	}
	return a, nil
}

// seconds is a time as providers state it, or null for the zero time.
func seconds(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.Unix()
}
