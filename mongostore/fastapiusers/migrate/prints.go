package migrate

import (
	"cmp"
	"hash/maphash"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// prints are fingerprints of the documents that should be in the target.
type prints struct {
	seed maphash.Seed
	rows []print
}

type print struct {
	id      uint64 // of collection and _id
	content uint64
	found   bool // as it should be
}

func newPrints() *prints { return &prints{seed: maphash.MakeSeed()} }

func (p *prints) hash(parts ...[]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	for _, part := range parts {
		_, _ = h.Write(part)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

func (p *prints) id(collection string, document bson.Raw) uint64 {
	id := document.Lookup("_id")
	return p.hash([]byte(collection), []byte{byte(id.Type)}, id.Value)
}

// contentOf is equal for documents that have the same fields with the same values,
// in whatever order.
func contentOf(p *prints, document bson.Raw) uint64 {
	elements, _ := document.Elements()
	var sum uint64
	for _, element := range elements {
		sum += p.hash(element)
	}
	return sum
}

// anyContent is for documents that change while they are in use.
func anyContent(*prints, bson.Raw) uint64 { return 0 }

func (p *prints) expect(collection string, all items, content func(*prints, bson.Raw) uint64) {
	for _, i := range all {
		p.rows = append(p.rows, print{id: p.id(collection, i.document), content: content(p, i.document)})
	}
}

func (p *prints) sort() {
	slices.SortFunc(p.rows, func(a, b print) int { return cmp.Compare(a.id, b.id) })
}

func (p *prints) row(id uint64) *print {
	n, ok := slices.BinarySearchFunc(p.rows, id, func(row print, id uint64) int { return cmp.Compare(row.id, id) })
	if !ok {
		return nil
	}
	return &p.rows[n]
}

// found ticks off a document of the target.
func (p *prints) found(collection string, document bson.Raw, content func(*prints, bson.Raw) uint64) {
	if row := p.row(p.id(collection, document)); row != nil && row.content == content(p, document) {
		row.found = true
	}
}

// complete reports whether everything was found.
func (p *prints) complete() bool {
	return !slices.ContainsFunc(p.rows, func(row print) bool { return !row.found })
}

// open returns those of all that were not found as they should be.
func (p *prints) open(collection string, all items) items {
	return slices.DeleteFunc(slices.Clone(all), func(i item) bool {
		row := p.row(p.id(collection, i.document))
		return row != nil && row.found
	})
}
