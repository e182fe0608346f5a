package migrate

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/ginauth/ginauth/password"
)

// twins finds the keys that occur more than once among very many, in two passes and eight
// bytes for each.
type twins struct {
	seed   maphash.Seed
	hashes []uint64
	ids    map[uint64]map[string][]string // by the hash of the key, and the key
}

func newTwins() *twins { return &twins{seed: maphash.MakeSeed()} }

// add takes a key in the first pass.
func (t *twins) add(key string) { t.hashes = append(t.hashes, maphash.String(t.seed, key)) }

// repeated ends the first pass and reports whether a second one is needed.
func (t *twins) repeated() bool {
	slices.Sort(t.hashes)
	t.ids = map[uint64]map[string][]string{}
	for i := 1; i < len(t.hashes); i++ {
		if t.hashes[i] == t.hashes[i-1] {
			t.ids[t.hashes[i]] = map[string][]string{}
		}
	}
	t.hashes = nil
	return len(t.ids) > 0
}

// collect takes a key, and the ID of its row, in the second pass.
func (t *twins) collect(key, id string) {
	if byKey := t.ids[maphash.String(t.seed, key)]; byKey != nil {
		byKey[key] = append(byKey[key], id)
	}
}

// groups returns the IDs of rows with one key, for each key that has several.
func (t *twins) groups() (groups [][]string) {
	for _, byKey := range t.ids {
		for _, ids := range byKey {
			if len(ids) > 1 {
				groups = append(groups, ids)
			}
		}
	}
	slices.SortFunc(groups, slices.Compare)
	return groups
}

// plan reads all and reports what cannot be copied.
func (r *run) plan(ctx context.Context) error {
	for _, step := range []func(context.Context) error{r.readUsers, r.readAccounts, r.readTokens} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) readUsers(ctx context.Context) error {
	addresses := newTwins()
	err := r.each(ctx, "read users", r.Users, "id", func(batch []*record) error {
		for _, row := range batch {
			r.report.Users++
			p, err := r.person(row)
			if err != nil {
				r.report.DamagedUsers++
				r.problem(Damaged, r.Users, err.Error(), p.source)
				r.behind[r.Users+" "+p.source] = true
				continue
			}
			if p.hash != "" && password.CheckHash(p.hash) != nil {
				r.report.UnknownHashes++
				r.problem(UnknownHash, r.Users, "the password hash has a form that nobody can read", p.source)
			}
			addresses.add(p.key)
		}
		return nil
	})
	if err == nil && r.report.Users == 0 {
		err = fmt.Errorf("migrate: the source: table %s has no rows", r.Users)
	}
	if err != nil || !addresses.repeated() {
		return err
	}
	err = r.each(ctx, "read users again", r.Users, "id", func(batch []*record) error {
		for _, row := range batch {
			if p, err := r.person(row); err == nil {
				addresses.collect(p.key, p.source)
			}
		}
		return nil
	})
	for _, ids := range addresses.groups() {
		r.report.CollidingUsers += int64(len(ids))
		r.problem(Collision, r.Users, "have one e-mail address in different spellings", ids...)
		for _, id := range ids {
			r.behind[r.Users+" "+id] = true
		}
	}
	return err
}

func (r *run) readAccounts(ctx context.Context) error {
	if !r.source.accounts {
		return nil
	}
	pairs := newTwins()
	err := r.each(ctx, "read accounts", r.Accounts, "id", func(batch []*record) error {
		for _, row := range batch {
			r.report.Accounts++
			a, err := r.account(row)
			if err != nil {
				r.report.DamagedAccounts++
				r.problem(Damaged, r.Accounts, err.Error(), a.source)
				continue
			}
			pairs.add(a.pair())
		}
		return nil
	})
	if err != nil || !pairs.repeated() {
		return err
	}
	err = r.each(ctx, "read accounts again", r.Accounts, "id", func(batch []*record) error {
		for _, row := range batch {
			if a, err := r.account(row); err == nil {
				pairs.collect(a.pair(), a.source)
			}
		}
		return nil
	})
	for _, ids := range pairs.groups() {
		r.report.CollidingAccounts += int64(len(ids))
		r.problem(Collision, r.Accounts, "are one account of a provider", ids...)
		for _, id := range ids {
			r.behind[r.Accounts+" "+id] = true
		}
	}
	return err
}

func (r *run) readTokens(ctx context.Context) error {
	if r.Backend == "" {
		return nil
	}
	return r.each(ctx, "read tokens", r.AccessTokens, "token", func(batch []*record) error {
		for _, row := range batch {
			if t, err := r.token(row); err != nil {
				r.report.DamagedTokens++
				r.problem(Damaged, r.AccessTokens, err.Error(), "of user "+t.spelled)
			} else if !r.Now().Before(t.until) {
				r.report.ExpiredTokens++
			}
		}
		return nil
	})
}

// errBehind keeps back what other rows claim, too.
var errBehind = errors.New("is left behind")

// sound returns a user that can be copied.
func (r *run) sound(row *record) (person, error) {
	p, err := r.person(row)
	if err == nil && r.behind[r.Users+" "+p.source] {
		err = errBehind
	}
	return p, err
}
