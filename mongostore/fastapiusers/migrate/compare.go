package migrate

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// expected calls f with all that should be in the target, batch by batch. The
// accounts of a user come with the user.
func (r *run) expected(ctx context.Context, p *plan, f func(people, accounts, tokens items) error) error {
	done := int64(0)
	err := r.batches(ctx, r.source.Latest, bson.ObjectID{}, func(documents []bson.Raw) error {
		people, accounts := r.itemsOf(p, documents)
		done += int64(len(documents))
		r.Progress(Progress{Step: "compare users", Done: done, Total: max(done, r.report.Users)})
		return f(people, accounts, nil)
	})
	if err == nil && r.Tokens.Backend != "" {
		err = r.batches(ctx, r.oldTokens().Latest, bson.ObjectID{}, func(documents []bson.Raw) error {
			tokens, _, err := r.tokenItems(documents)
			if err != nil {
				return err
			}
			return f(nil, nil, tokens)
		})
	}
	for _, own := range r.ownCollections() {
		if err != nil {
			return err
		}
		err = r.batches(ctx, own.from.Latest, own.first, func(documents []bson.Raw) error {
			if own.to == r.accounts {
				return f(nil, own.items(p, documents), nil)
			}
			return f(nil, nil, own.items(p, documents))
		})
	}
	return err
}

// compare looks for everything in the target that should be there. It compares
// hashes, sixteen bytes for each document, and looks closely only at what differs.
func (r *run) compare(ctx context.Context, p *plan) error {
	all := newPrints()
	err := r.expected(ctx, p, func(people, accounts, tokens items) error {
		all.expect(r.users.Name(), people, contentOf)
		all.expect(r.accounts.Name(), accounts, contentOf)
		all.expect(r.tokens.Name(), tokens, anyContent)
		return nil
	})
	if err != nil {
		return err
	}
	all.sort()
	for _, in := range []struct {
		mongodb.Collection
		content func(*prints, bson.Raw) uint64
	}{{r.users, contentOf}, {r.accounts, contentOf}, {r.tokens, anyContent}} {
		if err := r.tickOff(ctx, in.Collection, all, in.content); err != nil {
			return err
		}
	}
	if all.complete() {
		return nil
	}
	return r.expected(ctx, p, func(people, accounts, tokens items) error {
		absent, err := r.look(ctx, r.users, all.open(r.users.Name(), people))
		if err != nil {
			return err
		}
		if _, err := r.look(ctx, r.accounts, all.open(r.accounts.Name(), accounts).without(absent)); err != nil {
			return err
		}
		_, err = r.look(ctx, r.tokens, all.open(r.tokens.Name(), tokens))
		return err
	})
}

// tickOff reads a collection of the target.
func (r *run) tickOff(ctx context.Context, in mongodb.Collection, all *prints, content func(*prints, bson.Raw) uint64) error {
	cursor, err := in.Latest.Find(ctx, bson.D{}, options.Find().SetBatchSize(int32(r.Batch)))
	if err != nil {
		return mongodb.Failed("read "+in.Name(), err)
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		all.found(in.Name(), cursor.Current, content)
	}
	if err := cursor.Err(); err != nil {
		return mongodb.Failed("read "+in.Name(), err)
	}
	return nil
}

// look reports which of all the target has differently or not at all; of the
// latter it returns the IDs in the source.
func (r *run) look(ctx context.Context, in mongodb.Collection, all items) (absent map[string]bool, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	there, err := r.there(ctx, in, all)
	if err != nil {
		return nil, err
	}
	absent = map[string]bool{}
	for _, i := range all {
		if r.isThere(i, there) {
			r.report.Differing++
			r.problem(Differs, i.from, "the target has it differently in "+in.Name(), i.sourceID)
			continue
		}
		absent[i.sourceID] = true
		if err := r.noteAbsent(ctx, in, i); err != nil {
			return nil, err
		}
	}
	return absent, nil
}

// noteAbsent distinguishes what another document keeps out from what is lost.
func (r *run) noteAbsent(ctx context.Context, in mongodb.Collection, i item) error {
	if len(i.unique) > 0 {
		filter := bson.D{}
		for _, field := range i.unique {
			filter = append(filter, bson.E{Key: field, Value: i.document.Lookup(field)})
		}
		n, err := in.Latest.CountDocuments(ctx, filter)
		if err != nil {
			return mongodb.Failed("read "+in.Name(), err)
		}
		if n > 0 {
			r.report.Taken++
			r.problem(Taken, i.from, "another document of "+in.Name()+" has the same identity", i.sourceID)
			return nil
		}
	}
	r.report.Missing++
	r.problem(Lost, i.from, "it is not in "+in.Name(), i.sourceID)
	return nil
}
