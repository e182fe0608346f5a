package migrate

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// codeCursorNotFound is how a server says that it has given up on a cursor.
const codeCursorNotFound = 43

// batches reads a collection of the source by ascending _id, from the one after on,
// and calls f with each batch.
func (r *run) batches(ctx context.Context, in *mongo.Collection, after any, f func(documents []bson.Raw) error) error {
	for {
		last, err := r.batchesOnce(ctx, in, after, f)
		if mongodb.HasCode(err, codeCursorNotFound) && last != nil {
			after = last
			continue
		}
		return err
	}
}

// batchesOnce reads as long as one cursor serves, and returns the last _id that was
// done with.
func (r *run) batchesOnce(
	ctx context.Context, in *mongo.Collection, after any, f func(documents []bson.Raw) error,
) (last any, err error) {
	cursor, err := in.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetBatchSize(int32(r.Batch)))
	if err != nil {
		return nil, mongodb.Failed("read "+in.Name(), err)
	}
	defer cursor.Close(ctx)
	var documents []bson.Raw
	flush := func() error {
		if len(documents) == 0 {
			return nil
		}
		if err := f(documents); err != nil {
			return err
		}
		last = documents[len(documents)-1].Lookup("_id")
		documents = nil
		return nil
	}
	for cursor.Next(ctx) {
		documents = append(documents, slices.Clone(cursor.Current))
		if len(documents) < r.Batch {
			continue
		}
		if err := flush(); err != nil {
			return last, err
		}
	}
	if err := cursor.Err(); err != nil {
		return last, mongodb.Failed("read "+in.Name(), err)
	}
	return last, flush()
}
