package usertest

import (
	"iter"
	"slices"
	"sort"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// maxBlock is how many users a block of an ordered set holds before it is split.
const maxBlock = 512

// ordered is a set of users in an order, as an index of a database is. To find a place in
// it, to add and to remove a user take a time that hardly grows with the set.
type ordered struct {
	order listing.Sort
	// blocks are, one after the other, the users in order. None is empty.
	blocks [][]*user.User
}

// place returns the block, and the place in it, of the first user who is not before at.
// Beyond the last user it is the number of blocks, and 0.
func (o *ordered) place(at listing.Place) (block, in int) {
	from := func(u *user.User) bool { return listing.PlaceOf(u).Compare(at, o.order) >= 0 }
	block = sort.Search(len(o.blocks), func(i int) bool { return from(o.blocks[i][len(o.blocks[i])-1]) })
	if block == len(o.blocks) {
		return block, 0
	}
	return block, sort.Search(len(o.blocks[block]), func(i int) bool { return from(o.blocks[block][i]) })
}

// add puts u in its place, in the place of one who has it.
func (o *ordered) add(u *user.User) {
	block, in := o.place(listing.PlaceOf(u))
	switch {
	case len(o.blocks) == 0:
		o.blocks = [][]*user.User{{u}}
		return
	case block == len(o.blocks):
		block--
		in = len(o.blocks[block])
	case o.blocks[block][in].ID == u.ID:
		o.blocks[block][in] = u
		return
	}
	all := slices.Insert(o.blocks[block], in, u)
	o.blocks[block] = all
	if len(all) > maxBlock {
		half := len(all) / 2
		o.blocks[block] = slices.Clone(all[:half])
		o.blocks = slices.Insert(o.blocks, block+1, slices.Clone(all[half:]))
	}
}

// remove takes out the user who has the place of u.
func (o *ordered) remove(u *user.User) {
	block, in := o.place(listing.PlaceOf(u))
	if block == len(o.blocks) || o.blocks[block][in].ID != u.ID {
		return
	}
	o.blocks[block] = slices.Delete(o.blocks[block], in, in+1)
	if len(o.blocks[block]) == 0 {
		o.blocks = slices.Delete(o.blocks, block, block+1)
	}
}

// from returns the users in order, from the first who is not before at; all for nil.
func (o *ordered) from(at *listing.Place) iter.Seq[*user.User] {
	return func(yield func(*user.User) bool) {
		block, in := 0, 0
		if at != nil {
			block, in = o.place(*at)
		}
		for ; block < len(o.blocks); block, in = block+1, 0 {
			for _, u := range o.blocks[block][in:] {
				if !yield(u) {
					return
				}
			}
		}
	}
}

// back returns the users in reverse order, from the last who is before at; all for nil.
func (o *ordered) back(at *listing.Place) iter.Seq[*user.User] {
	return func(yield func(*user.User) bool) {
		block, in := len(o.blocks), 0
		if at != nil {
			block, in = o.place(*at)
		}
		for ; ; in = len(o.blocks[block]) {
			for in > 0 {
				in--
				if !yield(o.blocks[block][in]) {
					return
				}
			}
			if block--; block < 0 {
				return
			}
		}
	}
}
