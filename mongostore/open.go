package mongostore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/mongostore/internal/shape"
)

const (
	// reachTimeout is how long Open looks for the server.
	reachTimeout = 4 * time.Second
	// buildTimeout is how long Open waits for the indexes of a collection that
	// already has many documents.
	buildTimeout = 5 * time.Minute
)

// Open returns a store over db after it has made sure that the indexes exist. It
// may run in any number of processes at once, and running it again changes
// nothing. The client stays the caller's; its settings for reading and writing
// do not matter, as the store has its own.
//
// Open fails within five seconds when no primary can be reached. Building an
// index over many existing documents may take longer, at most five minutes or
// until ctx ends; a build that Open no longer waits for goes on in the server.
//
// Profiles are stored with the registry and the BSON options that the client or the
// database was made with. A field whose values would be lost, in whole or in part, is
// an error that names it.
//
// Without the unique indexes there is no store: where existing documents
// contradict one, the error is a [*ConflictError]. Neither is there one where all
// users have IDs of the other kind than [WithObjectIDs] says. An engine without TTL
// indexes is no error, as nothing but tidiness depends on them. A server without a
// replica set is none either, but a warning, and so are clocks that are far apart.
func Open(ctx context.Context, db *mongo.Database, options ...Option) (*Store, error) {
	if db == nil {
		return nil, errors.New("mongostore: open: the database is nil")
	}
	var chosen settings
	for _, option := range options {
		option(&chosen)
	}
	if chosen.logger == nil {
		chosen.logger = slog.Default()
	}
	if chosen.profileErr != nil {
		return nil, fmt.Errorf("mongostore: open: %w", chosen.profileErr)
	}
	s := newStore(db, chosen)
	if err := s.profileFields.check(); err != nil {
		return nil, fmt.Errorf("mongostore: open: %w", err)
	}
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	if err := s.checkIDs(ctx); err != nil {
		return nil, err
	}
	if err := s.buildIndexes(ctx); err != nil {
		return nil, err
	}
	s.warnOfServers(ctx, chosen.logger)
	return s, nil
}

func newStore(db *mongo.Database, chosen settings) *Store {
	names := chosen.names.withDefaults()
	codec, found := codecOf(db)
	if !found && chosen.profile != nil {
		chosen.logger.Warn("mongostore: this version of the MongoDB driver hides the client's registry and BSON options: " +
			"profile fields are stored with the driver's defaults")
	}
	s := &Store{
		db:            db,
		ids:           chosen.ids,
		profile:       chosen.profile,
		profileFields: newProfileFields(chosen.profile, codec),
		users:         mongodb.OpenCollection(db, names.Users),
		accounts:      mongodb.OpenCollection(db, names.OAuthAccounts),
		tokens:        mongodb.OpenCollection(db, names.AccessTokens),
		states:        mongodb.OpenCollection(db, names.UsedStates),
		guards:        mongodb.OpenCollection(db, names.Guards),
		limits:        mongodb.OpenCollection(db, names.Limits),
		turn:          make(chan struct{}, 1),
		shape:         chosen.shape,
	}
	s.openOptionals(db, names)
	if s.shape != nil {
		s.shape.Attach(shape.Store{
			Users: s.users, Accounts: s.accounts, Profile: s.profileFields.names(), ReadUser: s.readUser, ReadAccount: s.readAccount,
		})
	}
	return s
}

func (s *Store) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	if err := s.db.Client().Ping(ctx, readpref.Primary()); err != nil {
		return mongodb.Failed("open: reach the primary", err)
	}
	return nil
}
