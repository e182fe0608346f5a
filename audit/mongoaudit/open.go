// Package mongoaudit keeps events in a collection of MongoDB. Only applications that
// import it link the driver for it.
//
//	log, err := mongoaudit.Open(ctx, db, mongoaudit.Config{})
//	config.OnEvent = log.Sink
//
// Documents are inserted and never changed, but for what is forgotten of a deleted user.
package mongoaudit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/ginauth/ginauth/audit"
)

// Config is how events are kept.
type Config struct {
	audit.Config
	// Collection is the name of the collection. Defaults to "events".
	Collection string
	// FastWrites acknowledges events when one server has them (w:1), which loses the last
	// ones when it fails. Events that have to be recorded wait for a majority all the same.
	// Defaults to false.
	FastWrites bool
}

const (
	defaultCollection = "events"
	indexTime         = 5 * time.Minute // building them over a large collection takes time
	callTime          = 5 * time.Second
)

// The answers of engines that do not know what they are asked for, and of a server whose
// index has other options.
const (
	codeCommandUnsupported = 115
	codeNotImplemented     = 238
)

// Open returns a log over a collection of db, and builds its indexes: (user_id, at),
// (kind, at), (at), and one that deletes what has expired. An engine without such an index
// deletes nothing, and expired events are not shown all the same. The error joins the
// mistakes of config, or is that of the database.
func Open(ctx context.Context, db *mongo.Database, config Config) (*audit.Log, error) {
	store := NewStore(db, config)
	log, err := audit.NewLog(store, config.Config)
	if err != nil {
		return nil, err
	}
	return log, store.Ensure(ctx)
}

// Store is an [audit.EventStore] over a collection of MongoDB. It is safe for concurrent
// use.
type Store struct {
	fast, safe *mongo.Collection
}

var _ audit.EventStore = (*Store)(nil)

// NewStore returns a store that is ready when [Store.Ensure] has succeeded in one process.
// Of config it uses Collection and FastWrites.
func NewStore(db *mongo.Database, config Config) *Store {
	journal := true
	open := func(concern *writeconcern.WriteConcern) *mongo.Collection {
		return db.Collection(cmp.Or(config.Collection, defaultCollection), options.Collection().
			SetReadPreference(readpref.Primary()).SetReadConcern(readconcern.Majority()).SetWriteConcern(concern))
	}
	safe := open(&writeconcern.WriteConcern{W: "majority", Journal: &journal})
	if !config.FastWrites {
		return &Store{safe, safe}
	}
	return &Store{open(writeconcern.W1()), safe}
}

// Ensure builds the indexes. Running it again changes nothing.
func (s *Store) Ensure(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, indexTime)
	defer cancel()
	for _, fields := range [][]string{{userField, atField, idField}, {kindField, atField, idField}, {atField, idField}} {
		keys := bson.D{}
		for _, field := range fields {
			keys = append(keys, bson.E{Key: field, Value: 1})
		}
		if _, err := s.safe.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys}); err != nil {
			return failed("build an index", err)
		}
	}
	_, err := s.safe.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys: bson.D{{Key: expiresField, Value: 1}}, Options: options.Index().SetExpireAfterSeconds(0),
	})
	if err != nil && !lacking(err) {
		return failed("build an index", err)
	}
	return nil
}

// lacking reports whether an engine does not know what it was asked for at all.
func lacking(err error) bool {
	var answer mongo.ServerError
	return errors.As(err, &answer) && (answer.HasErrorCode(codeCommandUnsupported) || answer.HasErrorCode(codeNotImplemented))
}

// failed leaves the server's text out, which may quote a document.
func failed(operation string, err error) error {
	var command mongo.CommandError
	switch {
	case errors.As(err, &command):
		return fmt.Errorf("mongoaudit: %s: server error %d (%s)", operation, command.Code, command.Name)
	case errors.As(err, new(mongo.WriteException)):
		return fmt.Errorf("mongoaudit: %s: the server refused the write", operation)
	}
	return fmt.Errorf("mongoaudit: %s: %w", operation, err)
}

// limited bounds a call that has no deadline of its own.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, callTime)
}
