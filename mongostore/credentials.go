package mongostore

import (
	"context"
	"errors"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// CreateCredential implements [records.CredentialStore]. The unique index alone decides
// which of concurrent calls gets a key.
func (s *Store) CreateCredential(ctx context.Context, c records.Credential) error {
	const operation = "create credential"
	if err := s.credentials.check(operation); err != nil {
		return err
	}
	owner, ok := s.ids.value(string(c.UserID))
	if !ok || c.Rev != 1 || !utf8.ValidString(c.ID+string(c.Kind)+c.Key+c.Name+c.Change) {
		return mongodb.Failed(operation, errors.New("it is not valid"))
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	_, err := s.credentials.InsertOne(ctx, append(bson.D{
		{Key: "_id", Value: c.ID},
		{Key: "user_id", Value: owner},
		{Key: "kind", Value: string(c.Kind)},
		{Key: "created_at", Value: millisecond(c.CreatedAt)},
		{Key: "way_in", Value: c.WayIn},
	}, changingFields(c)...))
	if err == nil {
		return nil
	}
	field, taken := mongodb.Duplicate(err)
	if !taken {
		return mongodb.Failed(operation, err)
	}
	// The insert may have been done before, by a call whose answer was lost.
	there, readErr := s.credentialWhere(ctx, s.credentials.Latest, bson.D{{Key: "_id", Value: c.ID}})
	switch {
	case readErr == nil && isCreatedCredential(there, c):
		return nil
	case readErr == nil:
		return mongodb.Failed(operation, errors.New("the id is in use"))
	case !errors.Is(readErr, user.ErrNotFound) || errors.Is(readErr, user.ErrDamaged):
		return readErr
	case field != "kind" && field != "":
		return mongodb.Failed(operation, err) // an index of the application's own
	}
	return user.ErrExists
}

// isCreatedCredential reports whether there came from creating c.
func isCreatedCredential(there, c records.Credential) bool {
	return there.UserID == c.UserID && there.Kind == c.Kind && there.WayIn == c.WayIn &&
		there.CreatedAt.Equal(millisecond(c.CreatedAt).Time()) && (there.Rev > 1 || there.Key == c.Key)
}

// changingFields are the fields of c that a swap writes.
func changingFields(c records.Credential) bson.D {
	return bson.D{
		{Key: "key", Value: c.Key},
		{Key: "name", Value: c.Name},
		{Key: "data", Value: bson.Binary{Data: c.Data}},
		{Key: "owner_version", Value: c.OwnerVersion},
		{Key: "rev", Value: c.Rev},
		{Key: "change", Value: nullableText(c.Change)},
		{Key: "last_used_at", Value: nullable(c.LastUsedAt)},
		{Key: "expires_at", Value: nullable(c.ExpiresAt)},
	}
}

// CredentialByKey implements [records.CredentialStore].
func (s *Store) CredentialByKey(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, error) {
	if err := s.credentials.check("find credential"); err != nil {
		return records.Credential{}, err
	}
	if !utf8.ValidString(string(kind) + key) {
		return records.Credential{}, user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	return s.credentialWhere(ctx, s.credentials.Collection.Collection, bson.D{{Key: "kind", Value: string(kind)}, {Key: "key", Value: key}})
}

func (s *Store) credentialWhere(ctx context.Context, in *mongo.Collection, filter bson.D) (records.Credential, error) {
	document, err := in.FindOne(ctx, filter).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return records.Credential{}, user.ErrNotFound
	}
	if err != nil {
		return records.Credential{}, mongodb.Failed("find credential", err)
	}
	return s.readCredential(document)
}

// readCredential returns the credential of a document. A missing expiry is damage, as
// it is with tokens, and so is a missing rev, by which everything is decided.
func (s *Store) readCredential(document bson.Raw) (records.Credential, error) {
	f := fields{collection: s.credentials.Name(), document: document}
	c := records.Credential{
		ID:           f.text("_id"),
		UserID:       user.ID(f.id("user_id", s.ids)),
		Kind:         records.CredentialKind(f.text("kind")),
		Key:          f.text("key"),
		Name:         f.text("name"),
		Data:         f.bytes("data"),
		WayIn:        f.optionalFlag("way_in"),
		OwnerVersion: f.optionalInteger(ownerVersion),
		Rev:          f.integer("rev"),
		Change:       f.optionalText("change"),
		CreatedAt:    f.time("created_at"),
		LastUsedAt:   f.optionalTime("last_used_at"),
		ExpiresAt:    f.nullableTime("expires_at"),
	}
	if f.err != nil {
		return records.Credential{}, f.err
	}
	return c, nil
}

// CredentialsOf implements [records.CredentialStore]. Damaged ones are left out.
func (s *Store) CredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) ([]records.Credential, error) {
	if err := s.credentials.check("list credentials"); err != nil {
		return nil, err
	}
	filter, ok := s.credentialsOf(id, kinds)
	if !ok {
		return nil, nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	cursor, err := s.credentials.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}))
	if err != nil {
		return nil, mongodb.Failed("list credentials", err)
	}
	defer cursor.Close(ctx)
	var own []records.Credential
	for cursor.Next(ctx) {
		if c, err := s.readCredential(cursor.Current); err == nil {
			own = append(own, c)
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, mongodb.Failed("list credentials", err)
	}
	return own, nil
}

// credentialsOf is the filter for the user's credentials of the kinds named, of all if
// none is. It reports false where there can be none.
func (s *Store) credentialsOf(id user.ID, kinds []records.CredentialKind) (filter bson.D, ok bool) {
	owner, ok := s.ids.value(string(id))
	if !ok {
		return nil, false
	}
	filter = bson.D{{Key: "user_id", Value: owner}}
	if len(kinds) == 0 {
		return filter, true
	}
	names := bson.A{}
	for _, kind := range kinds {
		if utf8.ValidString(string(kind)) {
			names = append(names, string(kind))
		}
	}
	return append(filter, bson.E{Key: "kind", Value: bson.D{{Key: "$in", Value: names}}}), len(names) > 0
}

// SwapCredential implements [records.CredentialStore].
func (s *Store) SwapCredential(ctx context.Context, before, after records.Credential) (swapped bool, err error) {
	const operation = "swap credential"
	if err := s.credentials.check(operation); err != nil {
		return false, err
	}
	if !after.Follows(before) || !utf8.ValidString(after.Key+after.Name+after.Change) {
		return false, mongodb.Failed(operation, errors.New("it does not follow the one before"))
	}
	owner, ok := s.ids.value(string(before.UserID))
	if !ok || !utf8.ValidString(before.ID+string(before.Kind)) {
		return false, nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	result, err := s.credentials.UpdateOne(ctx, bson.D{
		{Key: "_id", Value: before.ID},
		{Key: "user_id", Value: owner},
		{Key: "kind", Value: string(before.Kind)},
		{Key: "rev", Value: before.Rev},
	}, bson.D{{Key: "$set", Value: changingFields(after)}})
	if field, taken := mongodb.Duplicate(err); taken && (field == "kind" || field == "") {
		return false, user.ErrExists
	}
	if err != nil {
		return false, mongodb.Failed(operation, err)
	}
	if result.MatchedCount == 1 || after.Change == "" {
		return result.MatchedCount == 1, nil
	}
	there, err := s.credentialWhere(ctx, s.credentials.Latest, bson.D{{Key: "_id", Value: after.ID}})
	if errors.Is(err, user.ErrNotFound) {
		return false, nil
	}
	return err == nil && there.Rev == after.Rev && there.Change == after.Change, err
}

// DeleteCredential implements [records.CredentialStore].
func (s *Store) DeleteCredential(ctx context.Context, id user.ID, credential string, keep records.KeepOne) error {
	if err := s.credentials.check("delete credential"); err != nil {
		return err
	}
	owner, ok := s.ids.value(string(id))
	if !ok || !utf8.ValidString(credential) {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if keep == records.KeepLastOne {
		return s.removeWayIn(ctx, id, owner, wayCredential, credential)
	}
	removed, err := s.removeCredential(ctx, owner, credential)
	if err == nil && !removed {
		err = user.ErrNotFound
	}
	return err
}

func (s *Store) removeCredential(ctx context.Context, owner, credential any) (removed bool, err error) {
	result, err := s.credentials.DeleteOne(ctx, bson.D{{Key: "_id", Value: credential}, {Key: "user_id", Value: owner}})
	if err != nil {
		return false, mongodb.Failed("delete credential", err)
	}
	return result.DeletedCount > 0, nil
}

// DeleteCredentialsOf implements [records.CredentialStore]. It does not ask whether this
// process has ensured credentials, as another one may have.
func (s *Store) DeleteCredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) error {
	filter, ok := s.credentialsOf(id, kinds)
	if !ok {
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if _, err := s.credentials.DeleteMany(ctx, filter); err != nil {
		return mongodb.Failed("delete credentials", err)
	}
	if len(kinds) > 0 {
		return nil
	}
	return s.removeGuard(ctx, id, filter[0].Value)
}
