package fastapiusers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// Create implements [user.Store].
func (s *Store) Create(ctx context.Context, u *user.User) error {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	id, err := bson.ObjectIDFromHex(string(u.ID))
	if err != nil {
		return fmt.Errorf("mongostore: create user: %w", user.ErrInvalidID)
	}
	if taken, err := s.documents.Taken(ctx, u.EmailKey, id); err != nil || taken {
		return unless(err, user.ErrExists)
	}
	return existing(s.Store.Create(ctx, u))
}

// Update implements [user.Store].
func (s *Store) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	u, err := s.Store.Update(ctx, id, update)
	return u, existing(err)
}

// existing knows the unique index over addresses that the other application may
// have: who has the address has its key.
func existing(err error) error {
	if field, taken := mongodb.Duplicate(err); taken && field == "email" {
		return user.ErrExists
	}
	return err
}

// ByEmail implements [user.Store].
func (s *Store) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	if !utf8.ValidString(email.Key) {
		return nil, user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	found, err := s.documents.withKey(ctx, s.documents.Users.Collection, email.Key)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, user.ErrNotFound
	}
	if len(found) > 1 {
		exact := slices.DeleteFunc(slices.Clone(found), func(document bson.Raw) bool {
			address, _ := document.Lookup("email").StringValueOK()
			return address != email.Address
		})
		if len(exact) != 1 {
			return nil, fmt.Errorf("%w: %s: documents %s have one e-mail address in different spellings",
				user.ErrDamaged, s.documents.Users.Name(), strings.Join(idsOf(found), ", "))
		}
		found = exact
	}
	return s.documents.ReadUser(found[0])
}

func idsOf(documents []bson.Raw) []string {
	ids := make([]string, len(documents))
	for i, document := range documents {
		ids[i] = idText(document.Lookup("_id"))
	}
	slices.Sort(ids)
	return ids
}

func idText(id bson.RawValue) string {
	if oid, ok := id.ObjectIDOK(); ok {
		return oid.Hex()
	}
	return id.String()
}

// Taken implements [shape.Shape].
func (d *documents) Taken(ctx context.Context, key string, id any) (bool, error) {
	if !utf8.ValidString(key) {
		return false, nil
	}
	found, err := d.withKey(ctx, d.Users.Latest, key)
	if err != nil {
		return false, err
	}
	for _, document := range found {
		if other, ok := document.Lookup("_id").ObjectIDOK(); !ok || other != id {
			return true, nil
		}
	}
	return false, d.release(ctx, key)
}

// release corrects the key of users who had the address with that key until the
// other application gave them another one.
func (d *documents) release(ctx context.Context, key string) error {
	holders, err := find(ctx, d.Users.Latest, bson.D{{Key: "email_key", Value: key}})
	if err != nil {
		return err
	}
	for _, holder := range holders {
		if hasKey(holder, key) {
			continue
		}
		as := bson.D{{Key: "_id", Value: holder.Lookup("_id")}, asIs(holder, "email"), asIs(holder, "email_key")}
		unset := bson.D{{Key: "$unset", Value: bson.D{{Key: "email_key", Value: ""}}}}
		change := unset
		if own, ok := keyOf(holder); ok {
			change = bson.D{{Key: "$set", Value: bson.D{
				{Key: "email_key", Value: own}, {Key: keyedField, Value: holder.Lookup("email")},
			}}}
		}
		_, err := d.Users.UpdateOne(ctx, as, change)
		if _, taken := mongodb.Duplicate(err); taken {
			_, err = d.Users.UpdateOne(ctx, as, unset)
		}
		if err != nil {
			return mongodb.Failed("correct the key of an address", err)
		}
	}
	return nil
}

// unless returns err, or answer where err is nil.
func unless(err, answer error) error {
	if err != nil {
		return err
	}
	return answer
}

func isNotFound(err error) bool {
	return errors.Is(err, user.ErrNotFound) && !errors.Is(err, user.ErrDamaged)
}
