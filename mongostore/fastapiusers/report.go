package fastapiusers

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/internal/twins"
	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// maxReported is how many findings of one kind are logged.
const maxReported = 100

// lookedAt are ginauth's fields that decide whether a user is found and can log in.
var lookedAt = []string{
	"email", "email_key", keyedField, "hashed_password", "is_active", "is_superuser", "is_verified", "token_version", "kept_token", "owner_version", "key_version", "roles", "ban",
	"created_at", "updated_at", "oauth_accounts",
}

// report reads all users once and logs those who cannot log in, or not in every way. That
// is not an error: both applications work.
func (s *Store) report(ctx context.Context) error {
	counter := twins.NewCounter()
	damaged, accounts := 0, 0
	err := s.documents.each(ctx, slices.Concat(lookedAt, s.documents.Profile), func(stored bson.Raw) {
		if key, ok := keyOf(stored); ok {
			counter.Add(key)
		}
		if _, err := s.documents.ReadUser(stored); err != nil {
			if damaged++; damaged <= maxReported {
				s.logger.LogAttrs(ctx, slog.LevelError, "ginauth: a stored user is damaged and refused", slog.String("error", err.Error()))
			}
		}
		if err := s.documents.checkEntries(stored); err != nil {
			if accounts++; accounts <= maxReported {
				s.logger.LogAttrs(ctx, slog.LevelError, "ginauth: an oauth account of a stored user is damaged and refused",
					slog.String("user", idText(stored.Lookup("_id"))), slog.String("error", err.Error()))
			}
		}
	})
	if err != nil {
		return err
	}
	s.more(ctx, "ginauth: more stored users are damaged and refused", damaged)
	s.more(ctx, "ginauth: more stored users have damaged oauth accounts, which are refused", accounts)
	groups := counter.Groups()
	if groups.None() {
		return nil
	}
	err = s.documents.each(ctx, []string{"email", "email_key", keyedField}, func(stored bson.Raw) {
		if key, ok := keyOf(stored); ok {
			groups.Add(key, idText(stored.Lookup("_id")))
		}
	})
	if err != nil {
		return err
	}
	found := groups.Twins()
	for _, ids := range found[:min(len(found), maxReported)] {
		s.logger.LogAttrs(ctx, slog.LevelError,
			"ginauth: several users have one e-mail address in different spellings; only the exact one finds them",
			slog.String("users", strings.Join(ids, ", ")))
	}
	s.more(ctx, "ginauth: more e-mail addresses are those of several users", len(found))
	return nil
}

func (s *Store) more(ctx context.Context, message string, found int) {
	if found > maxReported {
		s.logger.LogAttrs(ctx, slog.LevelError, message, slog.Int("more", found-maxReported))
	}
}

// each calls f with the named fields of every user, one by one.
func (d *documents) each(ctx context.Context, fields []string, f func(stored bson.Raw)) error {
	projection := bson.D{}
	for _, field := range fields {
		projection = append(projection, bson.E{Key: field, Value: 1})
	}
	cursor, err := d.Users.Find(ctx, bson.D{}, options.Find().SetProjection(projection))
	if err != nil {
		return mongodb.Failed("open: read all users", err)
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		f(cursor.Current)
	}
	if err := cursor.Err(); err != nil {
		return mongodb.Failed("open: read all users", err)
	}
	return nil
}
