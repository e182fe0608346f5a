package migrate

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/internal/twins"
)

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
	err = r.eachOwnAccount(ctx, func(pair string, owner bson.RawValue) error {
		if !pairs.Has(pair) {
			return nil
		}
		there, err := r.exists(ctx, owner)
		if there {
			pairs.Add(pair, idText(owner))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r.noteTwins(p, addresses, "have one e-mail address in different spellings")
	r.noteTwins(p, ids, "have one ID")
	r.noteAccounts(p, pairs.ByKey())
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

// noteAccounts leaves alone what one user has more than once: only one of them gets into
// the target, and the comparison reports the others.
func (r *run) noteAccounts(p *plan, ownersOf map[string][]string) {
	for _, pair := range slices.Sorted(maps.Keys(ownersOf)) {
		owners := ownersOf[pair]
		if len(slices.Compact(slices.Sorted(slices.Values(owners)))) == 1 {
			continue
		}
		p.pairs[pair] = true
		r.report.CollidingAccounts += int64(len(owners))
		r.problem(Collision, r.Users, "have one OAuth account", owners...)
	}
}
