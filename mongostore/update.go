package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/username"
)

// Update implements [user.Store].
func (s *Store) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	key, ok := s.ids.value(string(id))
	if !ok {
		return nil, user.ErrNotFound
	}
	changes, err := s.changes(update)
	if err != nil {
		return nil, fmt.Errorf("mongostore: update user: %w", err)
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	var after *user.User
	write := func(ctx context.Context, second bson.D) (err error) {
		if s.shape != nil {
			after, err = s.updateShaped(ctx, key, update, changes, second)
		} else {
			after, err = s.updateWhere(ctx, also(matching(key, update.If), second), changes, update.Username)
		}
		return err
	}
	if update.KeepSuperuser && update.LeavesSuperusers() {
		err = s.leaveSuperusers(ctx, key, update.If, update.UpdatedAt, write)
	} else {
		err = write(ctx, nil)
	}
	if err != nil {
		return nil, err
	}
	return after, nil
}

// updateWhere changes the one user that filter names, in one step.
func (s *Store) updateWhere(ctx context.Context, filter, changes bson.D, name *username.Username) (*user.User, error) {
	document, err := s.users.FindOneAndUpdate(ctx, filter, changes,
		options.FindOneAndUpdate().SetReturnDocument(options.After)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, user.ErrNotFound
	}
	if field, taken := mongodb.Duplicate(err); taken {
		nameKey := ""
		if name != nil {
			nameKey = name.Key
		}
		if refusal := s.whatIsTaken(ctx, field, nameKey, filter[0].Value); refusal != nil {
			return nil, refusal
		}
	}
	if err != nil {
		return nil, mongodb.Failed("update user", err)
	}
	return s.readUser(document)
}

// changes returns the update document: only what is named changes.
func (s *Store) changes(update user.Update) (bson.D, error) {
	set, unset, err := s.profileFields.changes(update.Profile, update.ProfileFields)
	if err != nil {
		return nil, err
	}
	if update.Email != nil {
		set = append(set, bson.E{Key: "email", Value: update.Email.Address}, bson.E{Key: "email_key", Value: update.Email.Key})
	}
	nameSet, nameUnset, err := s.nameChanges(update.Username)
	if err != nil {
		return nil, err
	}
	set, unset = append(set, nameSet...), append(unset, nameUnset...)
	set = appendSet(set, "hashed_password", update.HashedPassword)
	set = appendSet(set, "is_active", update.IsActive)
	set = appendSet(set, "is_superuser", update.IsSuperuser)
	set = appendSet(set, "is_verified", update.IsVerified)
	set = appendSet(set, "second_factor", update.SecondFactor)
	if set, unset, err = s.appendRights(set, unset, update); err != nil {
		return nil, err
	}
	set = append(set, bson.E{Key: "updated_at", Value: millisecond(update.UpdatedAt)})
	switch {
	case update.EndTokens && update.KeepToken != "":
		set = append(set, bson.E{Key: "kept_token", Value: update.KeepToken})
	case update.EndTokens:
		unset = append(unset, bson.E{Key: "kept_token", Value: ""})
	}
	changes := bson.D{{Key: "$set", Value: set}}
	if len(unset) > 0 {
		changes = append(changes, bson.E{Key: "$unset", Value: unset})
	}
	var raised bson.D
	if update.EndTokens {
		raised = append(raised, bson.E{Key: "token_version", Value: int64(1)})
	}
	if update.ChangeOwner {
		raised = append(raised, bson.E{Key: ownerVersion, Value: int64(1)})
	}
	if update.KeyVersionUp {
		raised = append(raised, bson.E{Key: keyVersion, Value: int64(1)})
	}
	if len(raised) > 0 {
		changes = append(changes, bson.E{Key: "$inc", Value: raised})
	}
	return changes, nil
}

// matching returns the filter for the user with that ID where c holds. It demands
// the right types of all fields that readUser does, so that a damaged document
// stays as it is.
func matching(key any, c user.Conditions) bson.D {
	return bson.D{
		{Key: "_id", Value: key},
		{Key: "email", Value: ofType("string")},
		{Key: "email_key", Value: equalOr(c.EmailKey, "string")},
		{Key: "hashed_password", Value: equalOr(c.HashedPassword, "string")},
		{Key: "is_active", Value: equalOr(c.IsActive, "bool")},
		{Key: "is_superuser", Value: ofType("bool")},
		{Key: "is_verified", Value: equalOr(c.IsVerified, "bool")},
		{Key: "token_version", Value: equalOr(c.TokenVersion, "int", "long")},
		{Key: "second_factor", Value: optionalFlag(c.SecondFactor)},
	}
}

// optionalFlag is true of a flag of that value, of any where it is nil. One that is
// missing is false; null, which to the server equals a missing one, is damage.
func optionalFlag(value *bool) bson.D {
	values := bson.A{}
	if value == nil || *value {
		values = append(values, true)
	}
	if value == nil || !*value {
		values = append(values, false, nil)
	}
	return bson.D{{Key: "$in", Value: values}, {Key: "$not", Value: bson.D{{Key: "$type", Value: bson.A{"null", "array"}}}}}
}

// ofType is true of values of the types named. To the server an array of such
// values is one, too.
func ofType(names ...string) bson.D {
	return bson.D{{Key: "$type", Value: names}, {Key: "$not", Value: bson.D{{Key: "$type", Value: "array"}}}}
}

func equalOr[T any](value *T, typeNames ...string) any {
	if value == nil {
		return ofType(typeNames...)
	}
	return *value
}

// also returns a filter with a second one that must hold too.
func also(filter, second bson.D) bson.D {
	if len(second) == 0 {
		return filter
	}
	return append(slices.Clone(filter), bson.E{Key: "$and", Value: bson.A{second}})
}

// holds reports whether c is true of a user that was read.
func holds(u *user.User, c user.Conditions) bool {
	return equals(c.HashedPassword, u.HashedPassword) && equals(c.EmailKey, u.EmailKey) &&
		equals(c.IsActive, u.IsActive) && equals(c.IsVerified, u.IsVerified) &&
		equals(c.TokenVersion, u.TokenVersion) && equals(c.SecondFactor, u.SecondFactor)
}

func equals[T comparable](want *T, is T) bool { return want == nil || *want == is }

func appendSet[T any](set bson.D, field string, value *T) bson.D {
	if value == nil {
		return set
	}
	return append(set, bson.E{Key: field, Value: *value})
}
