package mongoaudit

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/user"
)

// AddEvent implements [audit.EventStore].
func (s *Store) AddEvent(ctx context.Context, r audit.Record) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	into := s.fast
	if r.Required {
		into = s.safe
	}
	_, err := into.InsertOne(ctx, documentOf(r))
	if err == nil || mongo.IsDuplicateKeyError(err) { // _id alone is unique
		return nil
	}
	return failed("add event", err)
}

// Events implements [audit.EventStore].
func (s *Store) Events(ctx context.Context, q audit.Query) (events []user.Event, more bool, err error) {
	const operation = "list events"
	ctx, cancel := limited(ctx)
	defer cancel()
	cursor, err := s.safe.Find(ctx, filterOf(q), options.Find().
		SetSort(bson.D{{Key: atField, Value: -1}, {Key: idField, Value: -1}}).SetLimit(int64(q.Limit)+1))
	if err != nil {
		return nil, false, failed(operation, err)
	}
	var found []document
	if err := cursor.All(ctx, &found); err != nil {
		return nil, false, failed(operation, err)
	}
	if more = len(found) > q.Limit; more {
		found = found[:q.Limit]
	}
	for _, d := range found {
		events = append(events, d.event())
	}
	return events, more, nil
}

// filterOf returns the filter of a query. Every value in it is a text or a time.
func filterOf(q audit.Query) bson.D {
	filter := bson.D{}
	equal := func(field, value string) {
		if value != "" {
			filter = append(filter, bson.E{Key: field, Value: value})
		}
	}
	equal(userField, string(q.User))
	if len(q.Kinds) > 0 {
		filter = append(filter, bson.E{Key: kindField, Value: bson.D{{Key: "$in", Value: q.Kinds}}})
	}
	equal(outcomeField, string(q.Outcome))
	bounds := bson.D{}
	bound := func(operator string, at time.Time) {
		if !at.IsZero() {
			bounds = append(bounds, bson.E{Key: operator, Value: bson.NewDateTimeFromTime(at)})
		}
	}
	bound("$gte", q.Since)
	bound("$lt", q.Until)
	bound("$lte", q.After.At)
	if len(bounds) > 0 {
		filter = append(filter, bson.E{Key: atField, Value: bounds})
	}
	if q.After.ID != "" {
		at := bson.NewDateTimeFromTime(q.After.At)
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: atField, Value: bson.D{{Key: "$lt", Value: at}}}},
			bson.D{{Key: atField, Value: at}, {Key: idField, Value: bson.D{{Key: "$lt", Value: q.After.ID}}}},
		}})
	}
	return append(filter, bson.E{Key: expiresField, Value: bson.D{{Key: "$gt", Value: bson.NewDateTimeFromTime(q.Now)}}})
}

// ForgetEvents implements [audit.EventStore].
func (s *Store) ForgetEvents(ctx context.Context, id user.ID) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	_, err := s.safe.UpdateMany(ctx, bson.D{{Key: userField, Value: string(id)}}, bson.D{{Key: "$unset", Value: bson.D{
		{Key: "email", Value: ""}, {Key: "ip", Value: ""}, {Key: "user_agent", Value: ""},
	}}})
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return failed("forget events", err)
	}
	return nil
}
