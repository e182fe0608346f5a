package migrate

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// item is one document to copy.
type item struct {
	from     string // its collection in the source
	sourceID string
	document bson.Raw // as it is to be in the target
	// unique are the fields that no other document of the target may have the
	// values of; none for _id alone.
	unique []string
}

func userItem(from, sourceID string, document bson.Raw) item {
	return item{from, sourceID, document, []string{"email_key"}}
}

func accountItem(from, sourceID string, document bson.Raw) item {
	return item{from, sourceID, document, []string{"provider", "account_id"}}
}

func (i item) id() bson.RawValue { return i.document.Lookup("_id") }

// copyUsers copies users and their OAuth accounts, from where the last run ended.
func (r *run) copyUsers(ctx context.Context, p *plan) error {
	m, err := r.readMark(ctx)
	if err != nil {
		return err
	}
	return r.batches(ctx, r.source.Latest, m.After, func(documents []bson.Raw) error {
		people, accounts := r.itemsOf(p, documents)
		refused, err := r.put(ctx, r.users, people)
		if err != nil {
			return err
		}
		if _, err := r.put(ctx, r.accounts, accounts.without(refused)); err != nil {
			return err
		}
		m.After, _ = documents[len(documents)-1].Lookup("_id").ObjectIDOK()
		m.Done += int64(len(documents))
		r.Progress(Progress{Step: "copy users", Done: m.Done, Total: max(m.Done, r.report.Users)})
		return r.writeMark(ctx, m)
	})
}

// itemsOf returns what is to be copied of some documents. What is damaged or
// collides was reported when the plan was made.
func (r *run) itemsOf(p *plan, documents []bson.Raw) (people, accounts items) {
	for _, document := range documents {
		one, err := r.readPerson(document)
		if err != nil || p.users[one.sourceID] {
			continue
		}
		people = append(people, userItem(r.Users, one.sourceID.Hex(), one.document))
		for _, entry := range one.entries {
			if a, err := r.readAccount(one, entry); err == nil && !p.pairs[a.pair] {
				accounts = append(accounts, accountItem(r.Users, one.sourceID.Hex(), a.document))
			}
		}
	}
	return people, accounts
}

// items are documents to copy.
type items []item

// without leaves out what belongs to users that could not be copied.
func (all items) without(refused map[string]bool) items {
	return slices.DeleteFunc(all, func(i item) bool { return refused[i.sourceID] })
}

// put adds what the target lacks. What it has stays as it is there. It returns the
// IDs, in the source, of what another document of the target keeps out, which the
// comparison will report.
func (r *run) put(ctx context.Context, into mongodb.Collection, all items) (refused map[string]bool, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	documents := make([]any, len(all))
	for n, i := range all {
		documents[n] = i.document
	}
	_, err = into.InsertMany(ctx, documents)
	switch {
	case err == nil:
		r.report.Copied += int64(len(all))
		return nil, nil
	case mongo.IsDuplicateKeyError(err):
		return r.putMissing(ctx, into, all)
	}
	return nil, mongodb.Failed("write "+into.Name(), err)
}

// putMissing leaves out what is there. Some of it may be there since a moment ago,
// by the batch that failed.
func (r *run) putMissing(ctx context.Context, into mongodb.Collection, all items) (refused map[string]bool, err error) {
	there, err := r.there(ctx, into, all)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(all), func(i item) bool { return r.isThere(i, there) })
	r.report.There += int64(len(all) - len(missing))
	return r.putEach(ctx, into, missing)
}

// putEach finds out which of several documents cannot be added.
func (r *run) putEach(ctx context.Context, into mongodb.Collection, all items) (refused map[string]bool, err error) {
	refused = map[string]bool{}
	for _, i := range all {
		_, err := into.InsertOne(ctx, i.document)
		if err == nil {
			r.report.Copied++
			continue
		}
		if !mongo.IsDuplicateKeyError(err) {
			return nil, mongodb.Failed("write "+into.Name(), err)
		}
		there, err := r.there(ctx, into, items{i})
		switch {
		case err != nil:
			return nil, err
		case r.isThere(i, there): // by another run
			r.report.There++
		default:
			refused[i.sourceID] = true
		}
	}
	return refused, nil
}

// there returns the documents of the target with the IDs of all, by ID.
func (r *run) there(ctx context.Context, in mongodb.Collection, all items) (map[string]bson.Raw, error) {
	ids := make(bson.A, len(all))
	for n, i := range all {
		ids[n] = i.id()
	}
	cursor, err := in.Latest.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	if err != nil {
		return nil, mongodb.Failed("read "+in.Name(), err)
	}
	var documents []bson.Raw
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, mongodb.Failed("read "+in.Name(), err)
	}
	there := make(map[string]bson.Raw, len(documents))
	for _, document := range documents {
		there[idKey(document.Lookup("_id"))] = document
	}
	return there, nil
}

func (r *run) isThere(i item, there map[string]bson.Raw) bool {
	_, ok := there[idKey(i.id())]
	return ok
}

func idKey(id bson.RawValue) string { return string(rune(id.Type)) + string(id.Value) }
