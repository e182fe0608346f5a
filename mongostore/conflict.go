package mongostore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

const (
	// conflictTimeout bounds the search for what contradicts an index.
	conflictTimeout = 30 * time.Second
	maxGroups       = 10 // groups named in an error
	maxIDs          = 10 // documents named of each
)

// ConflictError says that existing documents contradict a unique index without
// which the store does not open. Its text says what to do and holds no value of
// any document but the IDs.
type ConflictError struct {
	// Collection is the name of the collection.
	Collection string
	// Fields are the fields of the index.
	Fields []string
	// Count is how many values occur in more than one document; 0 if the search
	// for them failed.
	Count int
	// IDs are the IDs of documents that have a value in common: one element for
	// each value, at most ten of them, and at most ten IDs in each.
	IDs [][]string
	// Missing are the IDs of documents that lack the fields, at most ten. More
	// than one such document contradicts the index, too.
	Missing []string

	cause error
}

// Unwrap returns the server's error.
func (e *ConflictError) Unwrap() error { return e.cause }

// Error implements error.
func (e *ConflictError) Error() string {
	fields := strings.Join(e.Fields, ", ")
	text := fmt.Sprintf("mongostore: open: %s: the unique index on %s cannot be built: ", e.Collection, fields)
	if e.Count == 0 {
		return text + "documents have a value in common; find them, change or remove all but one, and start again"
	}
	text += fmt.Sprintf("%d values occur in more than one document (values not shown).", e.Count)
	for _, ids := range e.IDs {
		text += " Documents with one value: " + strings.Join(ids, ", ") + "."
	}
	if len(e.Missing) > 0 {
		text += " Documents without " + fields + ": " + strings.Join(e.Missing, ", ") +
			" (a FastAPI Users database needs the store of package fastapiusers)."
	}
	return text + " Change or remove all but one of each and start again"
}

// findConflict returns the error for an index that could not be built.
func findConflict(ctx context.Context, in mongodb.Collection, x index, cause error) error {
	ctx, cancel := context.WithTimeout(ctx, conflictTimeout)
	defer cancel()
	conflict := &ConflictError{Collection: in.Name(), Fields: x.fields, cause: cause}
	if err := conflict.search(ctx, in, x); err != nil {
		conflict.Count = 0
	}
	return conflict
}

func (e *ConflictError) search(ctx context.Context, in mongodb.Collection, x index) error {
	group := make(bson.D, len(x.fields))
	for i, field := range x.fields {
		group[i] = bson.E{Key: field, Value: "$" + field}
	}
	match := bson.D{}
	if x.sparse {
		match = bson.D{{Key: x.fields[0], Value: bson.D{{Key: "$exists", Value: true}}}}
	}
	cursor, err := in.Latest.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: match}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: group}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
		{{Key: "$match", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$gt", Value: 1}}}}}},
	}, options.Aggregate().SetAllowDiskUse(true))
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		e.Count++
		if len(e.IDs) == maxGroups {
			continue
		}
		values, _ := cursor.Current.Lookup("_id").DocumentOK()
		if err := e.note(ctx, in, x, values); err != nil {
			return err
		}
	}
	return cursor.Err()
}

// note finds the documents that have these values in the index's fields.
func (e *ConflictError) note(ctx context.Context, in mongodb.Collection, x index, values bson.Raw) error {
	filter, missing := bson.D{}, true
	for _, field := range x.fields {
		value := values.Lookup(field)
		if value.IsZero() || value.Type == bson.TypeNull {
			filter = append(filter, bson.E{Key: field, Value: nil})
			continue
		}
		filter, missing = append(filter, bson.E{Key: field, Value: value}), false
	}
	cursor, err := in.Latest.Find(ctx, filter, options.Find().
		SetProjection(bson.D{{Key: "_id", Value: 1}}).SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(maxIDs))
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	var ids []string
	for cursor.Next(ctx) {
		ids = append(ids, anyIDText(cursor.Current.Lookup("_id")))
	}
	if missing {
		e.Missing = ids
	} else {
		e.IDs = append(e.IDs, ids)
	}
	return cursor.Err()
}
