package mongostore

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// PutPending implements [records.PendingStore].
func (s *Store) PutPending(ctx context.Context, p records.Pending) error {
	const operation = "put pending"
	document, err := s.pendingDocument(operation, p)
	if err != nil {
		return err
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	_, err = s.pending.InsertOne(ctx, document)
	if err == nil {
		return nil
	}
	if _, taken := mongodb.Duplicate(err); !taken {
		return mongodb.Failed(operation, err)
	}
	stored, err := s.pending.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: p.ID}}).Raw()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return mongodb.Failed(operation, err)
	}
	if there, err := s.readPending(stored); err == nil && isPut(there, p) {
		return nil
	}
	return user.ErrExists
}

// isPut reports whether there came from putting p.
func isPut(there, p records.Pending) bool {
	return there.Kind == p.Kind && there.UserID == p.UserID && bytes.Equal(there.Data, p.Data) &&
		there.CreatedAt.Equal(millisecond(p.CreatedAt).Time()) && there.ExpiresAt.Equal(millisecond(p.ExpiresAt).Time())
}

// SetPending implements [records.PendingStore]. It never replaces a document as a whole
// but by what makes the same of it: an insert, or one update of all fields.
func (s *Store) SetPending(ctx context.Context, p records.Pending) error {
	const operation = "set pending"
	document, err := s.pendingDocument(operation, p)
	if err != nil {
		return err
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	for {
		result, err := s.pending.UpdateOne(ctx, document[:1], bson.D{{Key: "$set", Value: document[1:]}})
		if err != nil {
			return mongodb.Failed(operation, err)
		}
		if result.MatchedCount == 1 {
			return nil
		}
		_, err = s.pending.InsertOne(ctx, document)
		if err == nil {
			return nil
		}
		if _, taken := mongodb.Duplicate(err); !taken {
			return mongodb.Failed(operation, err)
		}
	}
}

// pendingDocument returns p as it is stored. The first element is the ID.
func (s *Store) pendingDocument(operation string, p records.Pending) (bson.D, error) {
	if err := s.pending.check(operation); err != nil {
		return nil, err
	}
	var owner any
	ok := p.UserID == ""
	if !ok {
		owner, ok = s.ids.value(string(p.UserID))
	}
	if !ok || p.ExpiresAt.IsZero() || !utf8.ValidString(p.ID+string(p.Kind)) {
		return nil, mongodb.Failed(operation, errors.New("it is not valid"))
	}
	return bson.D{
		{Key: "_id", Value: p.ID},
		{Key: "kind", Value: string(p.Kind)},
		{Key: "user_id", Value: owner},
		{Key: "tries", Value: int64(p.Tries)},
		{Key: "data", Value: bson.Binary{Data: p.Data}},
		{Key: "created_at", Value: millisecond(p.CreatedAt)},
		{Key: "expires_at", Value: millisecond(p.ExpiresAt)},
	}, nil
}

func (s *Store) readPending(document bson.Raw) (records.Pending, error) {
	f := fields{collection: s.pending.Name(), document: document, secretID: true}
	p := records.Pending{
		ID:        f.text("_id"),
		Kind:      records.PendingKind(f.text("kind")),
		Tries:     int(min(f.integer("tries"), math.MaxInt32)),
		Data:      f.bytes("data"),
		CreatedAt: f.time("created_at"),
		ExpiresAt: f.time("expires_at"),
	}
	if !f.absent("user_id") {
		p.UserID = user.ID(f.id("user_id", s.ids))
	}
	if f.err != nil {
		return records.Pending{}, f.err
	}
	return p, nil
}

// alive is the filter for a record of that kind that has not expired. The time is
// rounded as the stored one is, so both ends are exact to the millisecond.
func alive(kind records.PendingKind, id string, now time.Time) bson.D {
	return bson.D{
		{Key: "_id", Value: id},
		{Key: "kind", Value: string(kind)},
		{Key: "expires_at", Value: bson.D{{Key: "$gt", Value: millisecond(now)}}},
	}
}

// Pending implements [records.PendingStore].
func (s *Store) Pending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (records.Pending, error) {
	if err := s.pending.check("find pending"); err != nil {
		return records.Pending{}, err
	}
	if !utf8.ValidString(string(kind) + id) {
		return records.Pending{}, user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	return s.onePending("find pending", s.pending.FindOne(ctx, alive(kind, id, now)))
}

func (s *Store) onePending(operation string, found *mongo.SingleResult) (records.Pending, error) {
	document, err := found.Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return records.Pending{}, user.ErrNotFound
	}
	if err != nil {
		return records.Pending{}, mongodb.Failed(operation, err)
	}
	return s.readPending(document)
}

// TryPending implements [records.PendingStore].
func (s *Store) TryPending(ctx context.Context, kind records.PendingKind, id string, limit int, now time.Time) (records.Pending, error) {
	if err := s.pending.check("try pending"); err != nil {
		return records.Pending{}, err
	}
	if !utf8.ValidString(string(kind) + id) {
		return records.Pending{}, user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	filter := append(alive(kind, id, now), bson.E{Key: "tries", Value: bson.D{{Key: "$lt", Value: int64(limit)}}})
	return s.onePending("try pending", s.pending.FindOneAndUpdate(ctx, filter,
		bson.D{{Key: "$inc", Value: bson.D{{Key: "tries", Value: int64(1)}}}},
		options.FindOneAndUpdate().SetReturnDocument(options.After)))
}

// TakePending implements [records.PendingStore].
func (s *Store) TakePending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (taken bool, err error) {
	if err := s.pending.check("take pending"); err != nil || !utf8.ValidString(string(kind)+id) {
		return false, err
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	result, err := s.pending.DeleteOne(ctx, alive(kind, id, now))
	if err != nil {
		return false, mongodb.Failed("take pending", err)
	}
	return result.DeletedCount == 1, nil
}

// DeletePendingOf implements [records.PendingStore]. Like DeleteCredentialsOf it does not
// ask what this process has ensured.
func (s *Store) DeletePendingOf(ctx context.Context, id user.ID) error {
	owner, ok := s.ids.value(string(id))
	if !ok {
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if _, err := s.pending.DeleteMany(ctx, bson.D{{Key: "user_id", Value: owner}}); err != nil {
		return mongodb.Failed("delete pending", err)
	}
	return nil
}
