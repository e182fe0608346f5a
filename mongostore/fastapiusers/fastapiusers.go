// Package fastapiusers is a store that works directly on the MongoDB database of a
// FastAPI Users application with the Beanie adapter. Nothing has to be converted:
// both applications can run on it side by side.
//
// Users keep their documents, IDs, passwords and linked OAuth accounts. What ginauth adds
// (the key of the address, a token version, the time of the last change) are fields that
// the other application does not look at; what ginauth does not know it leaves as it is,
// to the byte. New OAuth accounts, access tokens and the rest go to collections of
// ginauth's own.
package fastapiusers

import (
	"context"
	"errors"
	"log/slog"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/mongostore/internal/shape"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Store keeps users and what belongs to them in the database of a FastAPI Users
// application. [Open] makes it. All methods are safe for concurrent use; what the
// comment on [mongostore.Store] says of times and errors is true of it, too.
//
// Where the other application lets several users have one address in different letter
// case, only the exact spelling names one of them; the address is taken.
type Store struct {
	*mongostore.Store
	documents *documents
	old       oldTokens
	logger    *slog.Logger
}

var (
	_ user.Store              = (*Store)(nil)
	_ records.TokenStore      = (*Store)(nil)
	_ records.PlainTokenStore = (*Store)(nil)
	_ records.OAuthStore      = (*Store)(nil)
	_ records.UsedStore       = (*Store)(nil)
	_ limits.Store            = (*Store)(nil)
	_ records.CredentialStore = (*Store)(nil)
	_ records.PendingStore    = (*Store)(nil)
	_ records.Ensurer         = (*Store)(nil)
)

// Open returns a store over db after it has made sure that the indexes exist: a
// unique one over the keys of addresses, which skips documents without a key, and
// some that make searches quick. It changes no document.
//
// It reads all users once, or twice where some share an address, and logs by their IDs,
// at most a hundred of each kind, those that are damaged and cannot log in, those with
// damaged OAuth accounts, and those with one address in different spellings.
//
// Otherwise it is like [mongostore.Open].
func Open(ctx context.Context, db *mongo.Database, options ...Option) (*Store, error) {
	if db == nil {
		return nil, errors.New("fastapiusers: open: the database is nil")
	}
	var chosen settings
	for _, option := range options {
		option(&chosen)
	}
	if err := chosen.complete(); err != nil {
		return nil, err
	}
	d := &documents{}
	base, err := mongostore.Open(ctx, db, append(chosen.store,
		mongostore.WithObjectIDs(),
		mongostore.WithLogger(chosen.logger),
		mongostore.WithCollectionNames(chosen.names),
		mongostore.WithShape(d))...)
	if err != nil {
		return nil, err
	}
	s := &Store{Store: base, documents: d, logger: chosen.logger}
	if chosen.tokens != nil {
		if s.old, err = openOldTokens(ctx, db, *chosen.tokens); err != nil {
			return nil, err
		}
	}
	if err := d.probe(ctx); err != nil {
		return nil, err
	}
	if err := s.report(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// documents are the users as the other application stores them.
type documents struct {
	shape.Store
	// folded says that the engine can compare regardless of letter case.
	folded bool
}

var _ shape.Shape = (*documents)(nil)

// Attach implements [shape.Shape].
func (d *documents) Attach(store shape.Store) { d.Store = store }

// probe finds out what the engine can do.
func (d *documents) probe(ctx context.Context) error {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	err := d.Users.FindOne(ctx, bson.D{{Key: "email", Value: ""}}, foldedOne()).Err()
	if mongodb.EngineLacks(err) {
		return nil
	}
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return mongodb.Failed("open: compare without letter case", err)
	}
	d.folded = true
	return nil
}
