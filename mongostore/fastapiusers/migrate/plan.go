package migrate

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/internal/twins"
	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
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
	if err := r.checkTokens(ctx); err != nil {
		return nil, err
	}
	found, err := r.findTwins(ctx, total, addresses.Groups(), ids.Groups(), pairs.Groups())
	r.report.Sound = r.report.Users - r.report.DamagedUsers - r.report.CollidingUsers
	return found, err
}

func (r *run) checkHash(p person) {
	if p.hash != "" && user.CheckHash(p.hash) != nil {
		r.report.UnknownHashes++
		r.problem(UnknownHash, r.Users, "the password hash has a form that nobody can read", p.sourceID.Hex())
	}
}

// findTwins finds the documents with one identity.
func (r *run) findTwins(ctx context.Context, total int64, addresses, ids, pairs *twins.Groups) (*plan, error) {
	p := &plan{users: map[bson.ObjectID]bool{}, pairs: map[string]bool{}}
	if addresses.None() && ids.None() && pairs.None() {
		return p, nil
	}
	err := r.eachUser(ctx, "read users that may collide", total, func(_ bson.Raw, one person, err error) {
		if err != nil {
			return
		}
		addresses.Add(one.key, one.sourceID.Hex())
		ids.Add(string(one.id.Value), one.sourceID.Hex())
		for _, entry := range one.entries {
			if a, err := r.readAccount(one, entry); err == nil {
				pairs.Add(a.pair, one.sourceID.Hex())
			}
		}
	})
	if err != nil {
		return nil, err
	}
	r.noteTwins(p, addresses, "have one e-mail address in different spellings")
	r.noteTwins(p, ids, "have one ID")
	for pair, owners := range pairs.ByKey() {
		p.pairs[pair] = true
		r.report.CollidingAccounts += int64(len(owners))
		r.problem(Collision, r.Users, "have one OAuth account", owners...)
	}
	return p, nil
}

func (r *run) noteTwins(p *plan, groups *twins.Groups, what string) {
	for _, ids := range groups.Twins() {
		r.problem(Collision, r.Users, what, ids...)
		for _, id := range ids {
			oid, err := bson.ObjectIDFromHex(id)
			if err == nil && !p.users[oid] {
				p.users[oid] = true
				r.report.CollidingUsers++
			}
		}
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
