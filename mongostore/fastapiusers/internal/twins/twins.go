// Package twins finds the keys that occur more than once among very many, in two
// passes and eight bytes for each.
package twins

import (
	"hash/maphash"
	"slices"
)

// Counter takes all keys in the first pass.
type Counter struct {
	seed   maphash.Seed
	hashes []uint64
}

// NewCounter returns a Counter that has seen no key.
func NewCounter() *Counter { return &Counter{seed: maphash.MakeSeed()} }

// Add takes a key.
func (c *Counter) Add(key string) { c.hashes = append(c.hashes, maphash.String(c.seed, key)) }

// Groups returns what collects the documents of the keys that may occur more than
// once, in the second pass. The Counter is used up.
func (c *Counter) Groups() *Groups {
	slices.Sort(c.hashes)
	repeated := map[uint64]bool{}
	for i := 1; i < len(c.hashes); i++ {
		if c.hashes[i] == c.hashes[i-1] {
			repeated[c.hashes[i]] = true
		}
	}
	c.hashes = nil
	return &Groups{seed: c.seed, repeated: repeated, byKey: map[string][]string{}}
}

// Groups are the keys that may occur more than once, with the IDs of their documents.
type Groups struct {
	seed     maphash.Seed
	repeated map[uint64]bool
	byKey    map[string][]string
}

// None reports whether every key occurs once, so that there is no need for a second pass.
func (g *Groups) None() bool { return len(g.repeated) == 0 }

// Has reports whether a key may occur more than once.
func (g *Groups) Has(key string) bool { return g.repeated[maphash.String(g.seed, key)] }

// Add takes a key and the ID of its document.
func (g *Groups) Add(key, id string) {
	if g.Has(key) {
		g.byKey[key] = append(g.byKey[key], id)
	}
}

// Twins returns the IDs of documents with one key, for each key that has several,
// ordered by their first IDs.
func (g *Groups) Twins() [][]string {
	var twins [][]string
	for _, ids := range g.byKey {
		if len(ids) > 1 {
			twins = append(twins, ids)
		}
	}
	slices.SortFunc(twins, slices.Compare)
	return twins
}

// ByKey returns the IDs of documents with one key, for each key that has several.
func (g *Groups) ByKey() map[string][]string {
	twins := map[string][]string{}
	for key, ids := range g.byKey {
		if len(ids) > 1 {
			twins[key] = ids
		}
	}
	return twins
}
