package fastapiusers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// oldTokens are the access tokens that the other application has stored. The zero
// value has none.
type oldTokens struct {
	records  *mongodb.Collection // {token, user_id, created_at}
	lifetime time.Duration       // negative: left to the backend
}

func openOldTokens(ctx context.Context, db *mongo.Database, chosen AccessTokens) (oldTokens, error) {
	records := mongodb.OpenCollection(db, chosen.Collection)
	for _, field := range []string{"token", "user_id"} {
		model := mongo.IndexModel{Keys: bson.D{{Key: field, Value: int32(1)}}}
		_, err := records.Indexes().CreateOne(ctx, model)
		// The other application has its own index over tokens, which is unique.
		if err != nil && !mongodb.HasCode(err, mongodb.CodeIndexOptions, mongodb.CodeIndexKeySpecs) && !mongodb.EngineLacks(err) {
			return oldTokens{}, mongodb.Failed("open: "+records.Name()+": build the index on "+field, err)
		}
	}
	return oldTokens{records: &records, lifetime: chosen.Lifetime}, nil
}

// TokenByPlain implements [records.PlainTokenStore].
func (s *Store) TokenByPlain(ctx context.Context, token string) (records.Token, error) {
	if s.old.records == nil {
		return records.Token{}, user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	record, err := s.old.records.FindOne(ctx, bson.D{{Key: "token", Value: token}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return records.Token{}, user.ErrNotFound
	}
	if err != nil {
		return records.Token{}, mongodb.Failed("find token", err)
	}
	return s.old.read(record)
}

// read returns the token of a record. It was in use when it was made, at least.
func (o oldTokens) read(record bson.Raw) (records.Token, error) {
	token, tokenOK := record.Lookup("token").StringValueOK()
	owner, ownerOK := record.Lookup("user_id").ObjectIDOK()
	created, createdOK := record.Lookup("created_at").TimeOK()
	if !tokenOK || !ownerOK || !createdOK {
		return records.Token{}, fmt.Errorf("%w: %s: document %s", user.ErrDamaged, o.records.Name(), idText(record.Lookup("_id")))
	}
	t := records.Token{
		Hash:       records.HashToken(token),
		UserID:     user.ID(owner.Hex()),
		CreatedAt:  created.UTC(),
		LastSeenAt: created.UTC(),
	}
	if o.lifetime >= 0 {
		t.ExpiresAt = t.CreatedAt.Add(o.lifetime)
	}
	return t, nil
}

// DeletePlain implements [records.PlainTokenStore].
func (s *Store) DeletePlain(ctx context.Context, token string) error {
	if s.old.records == nil {
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if _, err := s.old.records.DeleteMany(ctx, bson.D{{Key: "token", Value: token}}); err != nil {
		return mongodb.Failed("delete token", err)
	}
	return nil
}

// DeleteTokensOf implements [records.TokenStore]: the tokens that the other application
// has stored go, too.
func (s *Store) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	if err := s.Store.DeleteTokensOf(ctx, id, keep); err != nil {
		return err
	}
	owner, err := bson.ObjectIDFromHex(string(id))
	if err != nil || s.old.records == nil {
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	of := bson.D{{Key: "user_id", Value: owner}}
	if keep != "" {
		kept, err := s.old.recordOf(ctx, of, keep)
		if err != nil {
			return err
		}
		of = append(of, bson.E{Key: "_id", Value: bson.D{{Key: "$ne", Value: kept}}})
	}
	if _, err := s.old.records.DeleteMany(ctx, of); err != nil {
		return mongodb.Failed("delete tokens", err)
	}
	return nil
}

// recordOf returns the ID of the user's record with that hash, nil if there is none.
func (o oldTokens) recordOf(ctx context.Context, of bson.D, hash string) (any, error) {
	stored, err := find(ctx, o.records.Latest, of, options.Find().SetProjection(bson.D{{Key: "token", Value: 1}}))
	if err != nil {
		return nil, err
	}
	for _, record := range stored {
		if token, ok := record.Lookup("token").StringValueOK(); ok && records.HashToken(token) == hash {
			return record.Lookup("_id"), nil
		}
	}
	return nil, nil
}
