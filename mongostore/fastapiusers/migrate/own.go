package migrate

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// copyOwn copies what ginauth has stored in collections of its own while both
// applications ran side by side.
func (r *run) copyOwn(ctx context.Context, p *plan) error {
	for _, own := range r.ownCollections() {
		err := r.batches(ctx, own.from.Latest, own.first, func(documents []bson.Raw) error {
			_, err := r.put(ctx, own.to, own.items(p, documents))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ownCollection is one of ginauth's own collections, in source and target.
type ownCollection struct {
	from, to mongodb.Collection
	first    any // comes before every _id
	item     func(bson.Raw) item
}

// ownCollections are none where both applications cannot have run side by side, or
// where the target is the source.
func (r *run) ownCollections() []ownCollection {
	if r.sameDatabase() || r.Shape != Beanie {
		return nil
	}
	return []ownCollection{
		{mongodb.OpenCollection(r.From, r.Names.OAuthAccounts), r.accounts, bson.ObjectID{}, func(document bson.Raw) item {
			return accountItem(r.Names.OAuthAccounts, idText(document.Lookup("_id")), document)
		}},
		// The ID of a token is its hash, which belongs in no message.
		{mongodb.OpenCollection(r.From, r.Names.AccessTokens), r.tokens, "", func(document bson.Raw) item {
			return item{from: r.Names.AccessTokens, sourceID: "one of user " + idText(document.Lookup("user_id")), document: document}
		}},
	}
}

// items returns what is to be copied of some documents.
func (c ownCollection) items(p *plan, documents []bson.Raw) (all items) {
	for _, document := range documents {
		if pair, ok := ownPair(document); !ok || !p.pairs[pair] {
			all = append(all, c.item(document))
		}
	}
	return all
}

// ownPair returns the pair of an account in ginauth's own collection.
func ownPair(document bson.Raw) (pair string, ok bool) {
	provider, providerOK := document.Lookup("provider").StringValueOK()
	accountID, accountOK := document.Lookup("account_id").StringValueOK()
	return pairOf(provider, accountID), providerOK && accountOK
}

// eachOwnAccount calls f with the accounts that ginauth has linked itself.
func (r *run) eachOwnAccount(ctx context.Context, f func(pair string, owner bson.RawValue) error) error {
	if len(r.ownCollections()) == 0 {
		return nil
	}
	in := mongodb.OpenCollection(r.From, r.Names.OAuthAccounts)
	cursor, err := in.Find(ctx, bson.D{}, options.Find().SetBatchSize(int32(r.Batch)))
	if err != nil {
		return mongodb.Failed("read oauth accounts", err)
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		if pair, ok := ownPair(cursor.Current); ok {
			if err := f(pair, cursor.Current.Lookup("user_id")); err != nil {
				return err
			}
		}
	}
	if err := cursor.Err(); err != nil {
		return mongodb.Failed("read oauth accounts", err)
	}
	return nil
}

// exists reports whether the source has a user with that ID.
func (r *run) exists(ctx context.Context, id bson.RawValue) (bool, error) {
	err := r.source.FindOne(ctx, bson.D{{Key: "_id", Value: id}}, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	if err != nil {
		return false, mongodb.Failed("find user of oauth account", err)
	}
	return true, nil
}
