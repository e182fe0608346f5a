package migrate

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user/records"
)

func (r *run) oldTokens() mongodb.Collection {
	return mongodb.OpenCollection(r.From, r.Tokens.Collection)
}

// checkTokens reports damaged records, whatever their _id is.
func (r *run) checkTokens(ctx context.Context) error {
	if r.Tokens.Backend == "" {
		return nil
	}
	cursor, err := r.oldTokens().Find(ctx, bson.D{}, options.Find().SetBatchSize(int32(r.Batch)))
	if err != nil {
		return mongodb.Failed("read tokens", err)
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		if _, err := r.readToken(cursor.Current); err != nil {
			r.report.DamagedTokens++
			r.problem(Damaged, r.Tokens.Collection, err.Error(), idText(cursor.Current.Lookup("_id")))
		}
	}
	if err := cursor.Err(); err != nil {
		return mongodb.Failed("read tokens", err)
	}
	return nil
}

// token is a record of the source.
type token struct {
	id             bson.ObjectID
	hash           string
	owner          bson.RawValue // as the target has it
	created, until time.Time
}

func (r *run) readToken(source bson.Raw) (token, error) {
	f := fields{document: source, own: map[string]bson.RawValue{}}
	t := token{id: f.objectID(), hash: records.HashToken(f.text("token"))}
	if r.Shape == Beanie {
		t.owner = f.require("user_id", bson.TypeObjectID)
	} else {
		t.owner = f.uuid("user_id")
	}
	at, _ := f.require("created_at", bson.TypeDateTime).TimeOK()
	t.created, t.until = at, at.Add(r.Tokens.Lifetime)
	return t, f.err
}

// copyTokens copies the access tokens that still are good, as hashes.
func (r *run) copyTokens(ctx context.Context, _ *plan) error {
	if r.Tokens.Backend == "" {
		return nil
	}
	done := int64(0)
	return r.batches(ctx, r.oldTokens().Latest, bson.ObjectID{}, func(documents []bson.Raw) error {
		items, expired, err := r.tokenItems(documents)
		if err != nil {
			return err
		}
		r.report.ExpiredTokens += expired
		done += int64(len(documents))
		r.Progress(Progress{Step: "copy tokens", Done: done, Total: done})
		_, err = r.put(ctx, r.tokens, items)
		return err
	})
}

func (r *run) tokenItems(documents []bson.Raw) (items []item, expired int64, err error) {
	for _, source := range documents {
		t, err := r.readToken(source)
		if err != nil {
			continue // reported when the plan was made
		}
		if !r.Now().Before(t.until) {
			expired++
			continue
		}
		document, err := bson.Marshal(bson.D{
			{Key: "_id", Value: t.hash},
			{Key: "user_id", Value: t.owner},
			{Key: "backend", Value: r.Tokens.Backend},
			{Key: "token_version", Value: int64(0)},
			{Key: "created_at", Value: t.created},
			{Key: "expires_at", Value: t.until},
			{Key: "last_seen_at", Value: t.created},
			{Key: "ip", Value: ""},
			{Key: "user_agent", Value: ""},
		})
		if err != nil {
			return nil, 0, err
		}
		items = append(items, item{from: r.Tokens.Collection, sourceID: t.id.Hex(), document: document})
	}
	return items, expired, nil
}
