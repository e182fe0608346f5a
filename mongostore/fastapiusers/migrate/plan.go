package migrate

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/internal/twins"
	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/password"
)

// plan is what reading all users has shown. It holds those that cannot be copied
// and not the others, so that it is small whatever their number.
type plan struct {
	users map[bson.ObjectID]bool // that collide
	pairs map[string]bool        // of accounts that collide
}

// findPlan reads all users, a second time where some may collide.
func (r *run) findPlan(ctx context.Context) (*plan, error) {
	total, err := r.source.EstimatedDocumentCount(ctx)
	if err != nil {
		return nil, mongodb.Failed("count users", err)
	}
	addresses, ids, pairs := twins.NewCounter(), twins.NewCounter(), twins.NewCounter()
	err = r.eachUser(ctx, "read users", total, func(source bson.Raw, p person, err error) {
		r.report.Users++
		if err != nil {
			r.report.DamagedUsers++
			r.problem(Damaged, r.Users, err.Error(), idText(source.Lookup("_id")))
			return
		}
		r.checkHash(p)
		addresses.Add(p.key)
		ids.Add(string(p.id.Value))
		for _, entry := range p.entries {
			r.report.Accounts++
			a, err := r.readAccount(p, entry)
			if err != nil {
				r.report.DamagedAccounts++
				r.problem(Damaged, r.Users, err.Error(), p.sourceID.Hex())
				continue
			}
			pairs.Add(a.pair)
		}
	})
	if err != nil {
		return nil, err
	}
	if r.report.Users == 0 { // which no one means to move
		return nil, fmt.Errorf("migrate: there are no users in the collection %s of %s: see to its name, and to the shape", r.Users, r.From.Name())
	}
	err = r.eachOwnAccount(ctx, func(pair string, _ bson.RawValue) error {
		pairs.Add(pair)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := r.checkTokens(ctx); err != nil {
		return nil, err
	}
	found, err := r.findTwins(ctx, total, addresses.Groups(), ids.Groups(), pairs.Groups())
	r.report.Sound = r.report.Users - r.report.DamagedUsers - r.report.CollidingUsers
	return found, err
}

func (r *run) checkHash(p person) {
	if p.hash != "" && password.CheckHash(p.hash) != nil {
		r.report.UnknownHashes++
		r.problem(UnknownHash, r.Users, "the password hash has a form that nobody can read", p.sourceID.Hex())
	}
}

// eachUser reads every document of the source, whatever its _id is.
func (r *run) eachUser(ctx context.Context, step string, total int64, f func(source bson.Raw, p person, err error)) error {
	cursor, err := r.source.Find(ctx, bson.D{}, options.Find().SetBatchSize(int32(r.Batch)))
	if err != nil {
		return mongodb.Failed(step, err)
	}
	defer cursor.Close(ctx)
	for done := int64(1); cursor.Next(ctx); done++ {
		p, err := r.readPerson(cursor.Current)
		f(cursor.Current, p, err)
		if done%int64(r.Batch) == 0 {
			r.Progress(Progress{Step: step, Done: done, Total: max(done, total)})
		}
	}
	if err := cursor.Err(); err != nil {
		return mongodb.Failed(step, err)
	}
	r.Progress(Progress{Step: step, Done: total, Total: total})
	return nil
}

func idText(id bson.RawValue) string {
	if oid, ok := id.ObjectIDOK(); ok {
		return oid.Hex()
	}
	return id.String()
}
