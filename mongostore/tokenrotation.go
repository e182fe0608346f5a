package mongostore

import (
	"context"
	"errors"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

var _ records.RotatingTokenStore = (*Store)(nil)

// rotationFields are the fields of a token's document about its refresh token. Records
// without one have none of them.
func rotationFields(r records.Rotation) bson.D {
	if r.Generation == 0 {
		return nil
	}
	return append(bson.D{
		{Key: "absolute_at", Value: millisecond(r.AbsoluteAt)},
		{Key: "salt", Value: string(r.Salt)},
		{Key: "remember", Value: r.Remember},
	}, rotatedFields(r)...)
}

// rotatedFields are those of [rotationFields] that a rotation changes.
func rotatedFields(r records.Rotation) bson.D {
	return bson.D{
		{Key: "generation", Value: int64(r.Generation)},
		{Key: "parent", Value: int64(r.Parent)},
		{Key: "rotated_at", Value: nullable(r.RotatedAt)},
		{Key: "lost", Value: r.Lost},
	}
}

// rotation reads the fields of [rotationFields].
func (f *fields) rotation() records.Rotation {
	return records.Rotation{
		Generation: f.generation("generation"),
		Parent:     f.generation("parent"),
		RotatedAt:  f.optionalTime("rotated_at"),
		Lost:       f.optionalFlag("lost"),
		AbsoluteAt: f.time("absolute_at"),
		Salt:       secrets.Secret(f.text("salt")),
		Remember:   f.optionalFlag("remember"),
	}
}

func (f *fields) generation(name string) uint32 {
	n := f.integer(name)
	if n < 0 || n > math.MaxUint32 {
		f.damage(name, "is no generation")
		return 0
	}
	return uint32(n)
}

// RotateToken implements [records.RotatingTokenStore]: one findOneAndUpdate decides.
func (s *Store) RotateToken(ctx context.Context, before, after records.Token, now time.Time) (records.Token, bool, error) {
	login, err := s.loginFields(records.Token{Methods: after.Methods, AuthenticatedAt: after.AuthenticatedAt})
	if err != nil {
		return records.Token{}, false, mongodb.Failed("rotate token", err)
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	alive := bson.D{{Key: "$gt", Value: millisecond(now)}}
	filter := bson.D{
		{Key: "_id", Value: before.Hash},
		{Key: "backend", Value: before.Backend},
		{Key: "generation", Value: int64(before.Rotation.Generation)},
		{Key: "expires_at", Value: alive},
		{Key: "absolute_at", Value: alive},
	}
	set := append(bson.D{
		{Key: "token_version", Value: after.TokenVersion},
		{Key: "expires_at", Value: millisecond(after.ExpiresAt)},
		{Key: "last_seen_at", Value: millisecond(after.LastSeenAt)},
		{Key: "ip", Value: after.IP},
		{Key: "user_agent", Value: after.UserAgent},
	}, append(login, rotatedFields(after.Rotation)...)...)
	document, err := s.tokens.FindOneAndUpdate(ctx, filter, bson.D{{Key: "$set", Value: set}},
		options.FindOneAndUpdate().SetReturnDocument(options.After)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		stored, err := s.tokenWhere(ctx, s.tokens.Latest, before.Hash)
		return stored, false, err
	}
	if err != nil {
		return records.Token{}, false, mongodb.Failed("rotate token", err)
	}
	stored, err := s.readToken(document)
	return stored, err == nil, err
}

// TakeToken implements [records.RotatingTokenStore].
func (s *Store) TakeToken(ctx context.Context, hash string) (bool, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	result, err := s.tokens.DeleteOne(ctx, bson.D{{Key: "_id", Value: hash}})
	if err != nil {
		return false, mongodb.Failed("take token", err)
	}
	return result.DeletedCount == 1, nil
}
