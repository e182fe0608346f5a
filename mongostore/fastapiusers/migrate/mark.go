package migrate

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// mark is how far the copying of users has got, kept in the target. It only saves
// time: without it everything is looked at again.
type mark struct {
	ID    string        `bson:"_id"`
	After bson.ObjectID `bson:"after"`
	Done  int64         `bson:"done"`
}

// markID names a mark after all that decides what is copied.
func (r *run) markID() string {
	return fmt.Sprintf("%s.%s as %s to %s, provider tokens %v", r.From.Name(), r.Users, r.Shape, r.Names.Users, r.KeepProviderTokens)
}

func (r *run) readMark(ctx context.Context) (mark, error) {
	m := mark{ID: r.markID()}
	err := r.markers.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: m.ID}}).Decode(&m)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return mark{}, mongodb.Failed("read how far the last run got", err)
	}
	return m, nil
}

func (r *run) writeMark(ctx context.Context, m mark) error {
	_, err := r.markers.UpdateOne(ctx, bson.D{{Key: "_id", Value: m.ID}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "after", Value: m.After}, {Key: "done", Value: m.Done}}}},
		options.UpdateOne().SetUpsert(true))
	if err != nil {
		return mongodb.Failed("note how far the run got", err)
	}
	return nil
}

// finish removes the mark: the next run looks at everything. It says so where
// something is missing after all, as it is when the target was emptied by hand, and
// otherwise notes what is there.
func (r *run) finish(ctx context.Context) error {
	if _, err := r.markers.DeleteOne(ctx, bson.D{{Key: "_id", Value: r.markID()}}); err != nil {
		return mongodb.Failed("remove the mark", err)
	}
	if r.report.Missing > 0 {
		return ErrLost
	}
	return r.noteFilled(ctx)
}
