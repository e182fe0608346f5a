package mongostore

import (
	"context"
	"errors"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// ownerField is where an aggregation puts the user of a token; records have no such
// field.
const ownerField = "owner"

// TokenWithUser implements [user.TokenUserStore] with one aggregation: the record by
// its _id, and with $lookup the user by the _id it names. Where the engine refuses
// that, it finds the record alone.
func (s *Store) TokenWithUser(ctx context.Context, hash string) (records.Token, *user.User, error) {
	tried := s.lookups.There()
	if tried {
		t, owner, err := s.tokenAndOwner(ctx, hash)
		if isAnswer(err) {
			return t, owner, err
		}
	}
	t, err := s.TokenByHash(ctx, hash)
	if tried && isAnswer(err) {
		s.lookups.Missing()
	}
	return t, nil, err
}

// isAnswer reports whether err says something about what is stored.
func isAnswer(err error) bool {
	return err == nil || errors.Is(err, user.ErrNotFound) || errors.Is(err, user.ErrDamaged)
}

func (s *Store) tokenAndOwner(ctx context.Context, hash string) (records.Token, *user.User, error) {
	document, err := s.withOwner(ctx, s.tokens.Collection, bson.D{{Key: "_id", Value: hash}}, "find token and user")
	if err != nil {
		return records.Token{}, nil, err
	}
	t, err := s.readToken(document)
	if err != nil {
		return records.Token{}, nil, err
	}
	return t, s.readOwner(document), nil
}

// CredentialWithUser implements [user.CredentialUserStore] as TokenWithUser does its
// own: the credential by its kind and key.
func (s *Store) CredentialWithUser(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, *user.User, error) {
	const operation = "find credential and user"
	if err := s.credentials.check(operation); err != nil {
		return records.Credential{}, nil, err
	}
	if !utf8.ValidString(string(kind) + key) {
		return records.Credential{}, nil, user.ErrNotFound
	}
	tried := s.lookups.There()
	if tried {
		c, owner, err := s.credentialAndOwner(ctx, bson.D{{Key: "kind", Value: string(kind)}, {Key: "key", Value: key}}, operation)
		if isAnswer(err) {
			return c, owner, err
		}
	}
	c, err := s.CredentialByKey(ctx, kind, key)
	if tried && isAnswer(err) {
		s.lookups.Missing()
	}
	return c, nil, err
}

func (s *Store) credentialAndOwner(ctx context.Context, filter bson.D, operation string) (records.Credential, *user.User, error) {
	document, err := s.withOwner(ctx, s.credentials.Collection.Collection, filter, operation)
	if err != nil {
		return records.Credential{}, nil, err
	}
	c, err := s.readCredential(document)
	if err != nil {
		return records.Credential{}, nil, err
	}
	return c, s.readOwner(document), nil
}

// withOwner returns the one document that filter names, with the user whom its user_id
// names in ownerField.
func (s *Store) withOwner(ctx context.Context, in *mongo.Collection, filter bson.D, operation string) (bson.Raw, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	cursor, err := in.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: filter}},
		{{Key: "$lookup", Value: bson.D{
			{Key: "from", Value: s.users.Name()},
			{Key: "localField", Value: "user_id"},
			{Key: "foreignField", Value: "_id"},
			{Key: "as", Value: ownerField},
		}}},
	})
	if err != nil {
		return nil, mongodb.Failed(operation, err)
	}
	defer cursor.Close(ctx)
	if !cursor.Next(ctx) {
		if err := cursor.Err(); err != nil {
			return nil, mongodb.Failed(operation, err)
		}
		return nil, user.ErrNotFound
	}
	return cursor.Current, nil
}

// readOwner returns the user in a token's document, nil where [Store.ByID] has to say
// what is the matter.
func (s *Store) readOwner(document bson.Raw) *user.User {
	array, ok := document.Lookup(ownerField).ArrayOK()
	if !ok {
		return nil
	}
	first, err := array.IndexErr(0)
	if err != nil {
		return nil
	}
	stored, ok := first.DocumentOK()
	if !ok {
		return nil
	}
	u, err := s.readUser(stored)
	if err != nil {
		return nil
	}
	return u
}
