package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// filled notes, in the target, what the last run has left there. It stays when the
// run is over, so that the next one can recognise a target that an application has
// worked on since.
type filled struct {
	ID string    `bson:"_id"`
	At time.Time `bson:"at"`
	// Complete reports whether the run came to its end; the rest is valid only then.
	Complete bool `bson:"complete"`
	// Users and Accounts are how many documents the target had.
	Users    int64 `bson:"users"`
	Accounts int64 `bson:"accounts"`
	// Tokens is the backend that tokens were copied for.
	Tokens string `bson:"tokens"`
}

// filledID names the note after source and target alone: other choices of a run do
// not make it another target.
func (r *run) filledID() string {
	return fmt.Sprintf("filled: %s.%s to %s", r.From.Name(), r.Users, r.Names.Users)
}

// checkUnused returns [ErrInUse] if an application has worked on the target since
// the last run. A target that no run has filled passes: nothing of the source was
// deleted there.
func (r *run) checkUnused(ctx context.Context, p *plan) error {
	if r.ReviveDeleted {
		return nil
	}
	var last filled
	err := r.markers.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: r.filledID()}}).Decode(&last)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil
	}
	if err != nil {
		return mongodb.Failed("read what the last run has left", err)
	}
	if err := r.checkUnchanged(ctx, last); err != nil || !last.Complete {
		return err
	}
	for _, had := range []struct {
		in   mongodb.Collection
		want int64
	}{{r.users, last.Users}, {r.accounts, last.Accounts}} {
		n, err := had.in.Latest.CountDocuments(ctx, bson.D{})
		if err != nil {
			return mongodb.Failed("count "+had.in.Name(), err)
		}
		if n < had.want {
			return fmt.Errorf("%w: %s had %d documents and has %d", ErrInUse, had.in.Name(), had.want, n)
		}
	}
	return r.checkTokensLive(ctx, p, last)
}

// checkUnchanged looks for a document that is newer than the last run.
func (r *run) checkUnchanged(ctx context.Context, last filled) error {
	for _, written := range []struct {
		in    mongodb.Collection
		field string
	}{{r.users, "updated_at"}, {r.accounts, "updated_at"}, {r.tokens, "last_seen_at"}} {
		filter := bson.D{{Key: written.field, Value: bson.D{{Key: "$gt", Value: last.At}}}}
		err := written.in.Latest.FindOne(ctx, filter, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
		if err == nil {
			return fmt.Errorf("%w: %s has documents that are newer than that", ErrInUse, written.in.Name())
		}
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return mongodb.Failed("read "+written.in.Name(), err)
		}
	}
	return nil
}

// checkTokensLive looks for a token that the last run must have copied, that has not
// expired, and that is gone. Their number would not do: a server removes expired ones.
func (r *run) checkTokensLive(ctx context.Context, p *plan, last filled) error {
	return r.expected(ctx, p, func(_, _, tokens items) error {
		var copied items
		for _, i := range tokens {
			created, _ := i.document.Lookup("created_at").TimeOK()
			expires, _ := i.document.Lookup("expires_at").TimeOK()
			asked := i.from != r.Tokens.Collection || last.Tokens == r.Tokens.Backend
			if asked && !created.After(last.At) && r.Now().Before(expires) {
				copied = append(copied, i)
			}
		}
		if len(copied) == 0 {
			return nil
		}
		there, err := r.there(ctx, r.tokens, copied)
		if err == nil && len(there) < len(copied) {
			return fmt.Errorf("%w: %s lacks tokens that it had", ErrInUse, r.tokens.Name())
		}
		return err
	})
}

// noteFilling notes that the target is being filled.
func (r *run) noteFilling(ctx context.Context) error {
	return r.note(ctx, filled{ID: r.filledID(), At: r.Now()})
}

// noteFilled notes what a complete run has left.
func (r *run) noteFilled(ctx context.Context) error {
	f := filled{ID: r.filledID(), At: r.Now(), Complete: true, Tokens: r.Tokens.Backend}
	var err error
	if f.Users, err = r.users.Latest.CountDocuments(ctx, bson.D{}); err == nil {
		f.Accounts, err = r.accounts.Latest.CountDocuments(ctx, bson.D{})
	}
	if err != nil {
		return mongodb.Failed("count the target", err)
	}
	return r.note(ctx, f)
}

func (r *run) note(ctx context.Context, f filled) error {
	_, err := r.markers.ReplaceOne(ctx, bson.D{{Key: "_id", Value: f.ID}}, f, options.Replace().SetUpsert(true))
	if err != nil {
		return mongodb.Failed("note that the target is filled", err)
	}
	return nil
}
