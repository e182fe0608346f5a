package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// operationTimeout bounds every operation whose context ends later or never.
const operationTimeout = 5 * time.Second

// Limit returns ctx with a deadline that is not too far away, which is ctx itself
// where it has one.
func Limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= operationTimeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, operationTimeout)
}

// Collection is one collection with its two ways to read. It writes with majority
// and journal.
type Collection struct {
	// Collection reads what a majority has, which no failover takes back: for
	// answers.
	*mongo.Collection
	// Latest reads what the primary has at this moment: for decisions that go
	// before a write. The write comes later in the primary's log, so once it is
	// acknowledged by a majority, what was read is, too.
	Latest *mongo.Collection
}

// OpenCollection returns the collection of that name.
func OpenCollection(db *mongo.Database, name string) Collection {
	journal := true
	with := func(concern *readconcern.ReadConcern) *mongo.Collection {
		return db.Collection(name, options.Collection().
			SetReadPreference(readpref.Primary()).
			SetReadConcern(concern).
			SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}))
	}
	return Collection{Collection: with(readconcern.Majority()), Latest: with(readconcern.Local())}
}
