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

// CreateToken implements [records.TokenStore]. Repeating a call whose answer was
// lost succeeds.
func (s *Store) CreateToken(ctx context.Context, t records.Token) error {
	owner, ok := s.ids.value(string(t.UserID))
	if !ok {
		return mongodb.Failed("create token", user.ErrInvalidID)
	}
	login, err := s.loginFields(t)
	if err != nil {
		return mongodb.Failed("create token", err)
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	_, err = s.tokens.InsertOne(ctx, append(bson.D{
		{Key: "_id", Value: t.Hash},
		{Key: "user_id", Value: owner},
		{Key: "backend", Value: t.Backend},
		{Key: "token_version", Value: t.TokenVersion},
		{Key: "created_at", Value: millisecond(t.CreatedAt)},
		{Key: "expires_at", Value: nullable(t.ExpiresAt)},
		{Key: "last_seen_at", Value: millisecond(t.LastSeenAt)},
		{Key: "ip", Value: t.IP},
		{Key: "user_agent", Value: t.UserAgent},
	}, append(login, rotationFields(t.Rotation)...)...))
	if err == nil {
		return nil
	}
	if _, taken := mongodb.Duplicate(err); taken {
		stored, readErr := s.tokenWhere(ctx, s.tokens.Latest, t.Hash)
		if readErr == nil && stored.UserID == t.UserID && stored.CreatedAt.Equal(millisecond(t.CreatedAt).Time()) {
			return nil
		}
	}
	return mongodb.Failed("create token", err)
}

// TokenByHash implements [records.TokenStore].
func (s *Store) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	return s.tokenWhere(ctx, s.tokens.Collection, hash)
}

func (s *Store) tokenWhere(ctx context.Context, tokens *mongo.Collection, hash string) (records.Token, error) {
	document, err := tokens.FindOne(ctx, bson.D{{Key: "_id", Value: hash}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return records.Token{}, user.ErrNotFound
	}
	if err != nil {
		return records.Token{}, mongodb.Failed("find token", err)
	}
	return s.readToken(document)
}

// readToken returns the token of a document. A missing expiry is damage: it must
// not make a token that lives for ever.
func (s *Store) readToken(document bson.Raw) (records.Token, error) {
	f := fields{collection: s.tokens.Name(), document: document, secretID: true}
	t := records.Token{
		Hash:         f.text("_id"),
		UserID:       user.ID(f.id("user_id", s.ids)),
		Backend:      f.text("backend"),
		TokenVersion: f.integer("token_version"),
		CreatedAt:    f.time("created_at"),
		ExpiresAt:    f.nullableTime("expires_at"),
		LastSeenAt:   f.optionalTime("last_seen_at"),
		IP:           f.optionalText("ip"),
		UserAgent:    f.optionalText("user_agent"),

		Methods:         methods(f.optionalTexts("methods")),
		AuthenticatedAt: f.optionalTime("authenticated_at"),
		Scopes:          f.optionalTexts("scopes"),
	}
	if !f.absent("actor") {
		t.Actor, t.ActorVersion = user.ID(f.id("actor", s.ids)), f.integer("actor_version")
	}
	if !f.absent("generation") {
		t.Rotation = f.rotation()
	}
	if f.err != nil {
		return records.Token{}, f.err
	}
	return t, nil
}

// TouchToken implements [records.TokenStore].
func (s *Store) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	result, err := s.tokens.UpdateOne(ctx, bson.D{{Key: "_id", Value: hash}}, bson.D{{Key: "$set", Value: bson.D{
		{Key: "last_seen_at", Value: millisecond(lastSeen)},
		{Key: "expires_at", Value: nullable(expiresAt)},
	}}})
	if err != nil {
		return mongodb.Failed("touch token", err)
	}
	if result.MatchedCount == 0 {
		return user.ErrNotFound
	}
	return nil
}

// DeleteToken implements [records.TokenStore].
func (s *Store) DeleteToken(ctx context.Context, hash string) error {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if _, err := s.tokens.DeleteOne(ctx, bson.D{{Key: "_id", Value: hash}}); err != nil {
		return mongodb.Failed("delete token", err)
	}
	return nil
}

// TokensOf implements [records.TokenStore]. Damaged records are left out.
func (s *Store) TokensOf(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	owner, ok := s.ids.value(string(id))
	if !ok {
		return nil, nil
	}
	filter := bson.D{{Key: "user_id", Value: owner}}
	if query.Backend != "" {
		filter = append(filter, bson.E{Key: "backend", Value: query.Backend})
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	cursor, err := s.tokens.Find(ctx, filter, options.Find().SetSort(newestFirst).SetLimit(int64(query.Limit)))
	if err != nil {
		return nil, mongodb.Failed("list tokens", err)
	}
	defer cursor.Close(ctx)
	var tokens []records.Token
	for cursor.Next(ctx) {
		if t, err := s.readToken(cursor.Current); err == nil {
			tokens = append(tokens, t)
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, mongodb.Failed("list tokens", err)
	}
	return tokens, nil
}

// DeleteTokensOf implements [records.TokenStore].
func (s *Store) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	owner, ok := s.ids.value(string(id))
	if !ok {
		return nil
	}
	filter := bson.D{{Key: "user_id", Value: owner}}
	if keep != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$ne", Value: keep}}})
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if _, err := s.tokens.DeleteMany(ctx, filter); err != nil {
		return mongodb.Failed("delete tokens", err)
	}
	return nil
}
