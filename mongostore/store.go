// Package mongostore keeps users, OAuth accounts, access tokens, used states and
// the counters of abuse limits in MongoDB.
//
// [Open] builds the indexes and returns a [Store], which is a [user.Store] with
// all optional abilities. Each security decision is one atomic operation on one
// document, so that no transaction is needed and a single server, a replica set,
// a sharded cluster and MongoDB-compatible engines serve alike.
package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/ginauth/ginauth/user"
)

// operationTimeout bounds every operation whose context ends later or never.
const operationTimeout = 5 * time.Second

// Store keeps users and what belongs to them in a MongoDB database. [Open] makes
// it. All methods are safe for concurrent use and take at most five seconds;
// they write with majority and journal and read from the primary, whatever the
// client's settings are. An error that the interfaces of package user do not
// name has a text without any value from the database.
type Store struct {
	db       *mongo.Database
	ids      idKind
	profile  *user.ProfileType
	fields   *profileFields
	users    collection
	accounts collection
	tokens   collection
	states   collection
	guards   collection
	limits   collection
	// turn is held by the one operation of this process that takes a superuser
	// away. Other processes are kept off by the guard document alone.
	turn chan struct{}
}

var (
	_ user.Store      = (*Store)(nil)
	_ user.TokenStore = (*Store)(nil)
	_ user.OAuthStore = (*Store)(nil)
	_ user.UsedStore  = (*Store)(nil)
)

// ProfileType implements [user.Store].
func (s *Store) ProfileType() *user.ProfileType { return s.profile }

// Ping reports whether the primary answers. It suits a health check.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := limit(ctx)
	defer cancel()
	if err := s.db.Client().Ping(ctx, readpref.Primary()); err != nil {
		return failed("ping", err)
	}
	return nil
}

// limit returns ctx with a deadline that is not too far away.
func limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, operationTimeout)
}

// collection is one collection with its two ways to read.
type collection struct {
	// Collection reads what a majority has, which no failover takes back: for
	// answers.
	*mongo.Collection
	// latest reads what the primary has at this moment: for decisions that go
	// before a write. The write comes later in the primary's log, so once it is
	// acknowledged by a majority, what was read is, too.
	latest *mongo.Collection
}

func openCollection(db *mongo.Database, name string) collection {
	journal := true
	with := func(concern *readconcern.ReadConcern) *mongo.Collection {
		return db.Collection(name, options.Collection().
			SetReadPreference(readpref.Primary()).
			SetReadConcern(concern).
			SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}))
	}
	return collection{Collection: with(readconcern.Majority()), latest: with(readconcern.Local())}
}
