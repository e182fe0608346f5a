package mongostore

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// listBatch is how many documents are read at once where most of them are not selected.
const listBatch = 1000

// userListIndexes are the indexes of [Store.ListUsers]. Those over a part of the users an
// engine may lack: the lists are right without them.
func userListIndexes() []index {
	roles := plainIndex(rolesField, "_id")
	created := plainIndex("created_at", "_id")
	inactive := plainIndex("is_active", "_id")
	inactive.partial = bson.D{{Key: "is_active", Value: false}}
	banned := plainIndex("_id", banField+".until")
	banned.partial = bson.D{{Key: banField + ".at", Value: bson.D{{Key: "$exists", Value: true}}}}
	all := []index{roles, created, inactive, banned}
	for i := range all {
		all[i].housekeeping = true
	}
	return all
}

// errShapedList says that the other application's documents lack what the lists go by.
var errShapedList = errors.New("mongostore: list users: a database that is shared with another application has no lists by filters")

// ListUsers implements [listing.Store]. One condition and the order are answered by an
// index; the others are looked at document by document.
func (s *Store) ListUsers(ctx context.Context, query listing.Query) (listing.Page, error) {
	if s.shape != nil {
		return listing.Page{}, errShapedList
	}
	if err := s.lists.check("list users"); err != nil {
		return listing.Page{}, err
	}
	if !utf8.ValidString(query.EmailPrefix) || !utf8.ValidString(query.Role) {
		return listing.Page{}, ctx.Err() // no user has it
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	limit := max(query.Limit, 1)
	var page listing.Page
	for looked := 0; looked < listing.MaxLookedAt; {
		n := min(listing.MaxLookedAt-looked, listBatch)
		if looked == 0 {
			n = limit + 1
		}
		found, err := s.usersBy(ctx, query, n)
		if err != nil {
			return listing.Page{}, err
		}
		looked += len(found)
		for _, document := range found {
			u, err := s.readUser(document)
			if err != nil { // damaged ones are left out
				if place, ok := s.placeOf(document); ok {
					query.After = place
				}
				continue
			}
			if query.Selects(u) {
				if len(page.Users) == limit {
					page.Next = new(listing.PlaceOf(page.Users[limit-1]))
					return page, nil
				}
				page.Users = append(page.Users, u)
			}
			query.After = listing.PlaceOf(u)
		}
		if len(found) < n {
			return page, nil
		}
	}
	page.Next = &query.After
	return page, nil
}

// placeOf returns the place of a document that is not a sound user, if it has one.
func (s *Store) placeOf(document bson.Raw) (listing.Place, bool) {
	f := fields{collection: s.users.Name(), document: document}
	place := listing.Place{ID: user.ID(f.id("_id", s.ids))}
	if f.err != nil {
		return listing.Place{}, false
	}
	place.Created, _ = document.Lookup("created_at").TimeOK()
	place.EmailKey, _ = document.Lookup("email_key").StringValueOK()
	return place, true
}

// usersBy returns the next n documents of the index that serves the query.
func (s *Store) usersBy(ctx context.Context, query listing.Query, n int) ([]bson.Raw, error) {
	filter, sort, err := s.listFilter(query)
	if err != nil {
		return nil, err
	}
	cursor, err := s.users.Find(ctx, filter, options.Find().SetSort(sort).SetLimit(int64(n)))
	if err != nil {
		return nil, mongodb.Failed("list users", err)
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return nil, mongodb.Failed("list users", err)
	}
	return found, nil
}

// listFilter returns what an index answers of a query: the order, the place to go on
// from, and one condition.
func (s *Store) listFilter(query listing.Query) (filter, sort bson.D, err error) {
	var after any
	if query.After.ID != "" {
		var ok bool
		if after, ok = s.ids.value(string(query.After.ID)); !ok {
			return nil, nil, user.ErrInvalidID
		}
	}
	switch query.Sort {
	case listing.SortCreated, listing.SortNewest:
		return createdFilter(query, after), createdSort(query.Sort), nil
	case listing.SortEmail:
		return emailFilter(query), bson.D{{Key: "email_key", Value: 1}}, nil
	}
	filter = bson.D{}
	if after != nil {
		filter = bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}}
	}
	return append(filter, selective(query)...), bson.D{{Key: "_id", Value: 1}}, nil
}

// selective returns the condition that leaves the fewest users.
func selective(query listing.Query) bson.D {
	is := func(flag *bool, value bool) bool { return flag != nil && *flag == value }
	switch {
	case query.Role != "":
		return bson.D{{Key: rolesField, Value: query.Role}}
	case is(query.Banned, true):
		return bson.D{{Key: banField + ".at", Value: bson.D{{Key: "$exists", Value: true}}}}
	case is(query.IsSuperuser, true):
		return bson.D{{Key: "is_superuser", Value: true}}
	case is(query.IsActive, false):
		return bson.D{{Key: "is_active", Value: false}}
	case query.EmailPrefix != "":
		return bson.D{{Key: "email_key", Value: prefixRange(query.EmailPrefix)}}
	}
	return nil
}

// createdFilter selects by time, and goes on after a place. Users without a time are not
// in such a list.
func createdFilter(query listing.Query, after any) bson.D {
	from, to := bson.D{{Key: "$gte", Value: bson.DateTime(math.MinInt64)}}, bson.D(nil)
	if !query.CreatedAfter.IsZero() {
		from[0].Value = ceiling(query.CreatedAfter)
	}
	if !query.CreatedBefore.IsZero() {
		to = bson.D{{Key: "$lt", Value: ceiling(query.CreatedBefore)}}
	}
	if after == nil {
		return bson.D{{Key: "created_at", Value: append(from, to...)}}
	}
	at, beyond := millisecond(query.After.Created), "$gt"
	if query.Sort == listing.SortNewest {
		beyond = "$lt"
		if to == nil || at < to[0].Value.(bson.DateTime) {
			to = bson.D{{Key: "$lte", Value: at}}
		}
	} else if at > from[0].Value.(bson.DateTime) {
		from[0].Value = at
	}
	return bson.D{
		{Key: "created_at", Value: append(from, to...)},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "created_at", Value: bson.D{{Key: beyond, Value: at}}}},
			bson.D{{Key: "created_at", Value: at}, {Key: "_id", Value: bson.D{{Key: beyond, Value: after}}}},
		}},
	}
}

// ceiling returns the first time that the database can keep which is not before at.
func ceiling(at time.Time) bson.DateTime { return millisecond(at.Add(time.Millisecond - 1)) }

func createdSort(sort listing.Sort) bson.D {
	direction := 1
	if sort == listing.SortNewest {
		direction = -1
	}
	return bson.D{{Key: "created_at", Value: direction}, {Key: "_id", Value: direction}}
}

func emailFilter(query listing.Query) bson.D {
	within := prefixRange(query.EmailPrefix)
	if query.After.ID != "" && query.After.EmailKey >= query.EmailPrefix {
		within[0] = bson.E{Key: "$gt", Value: query.After.EmailKey}
	}
	return bson.D{{Key: "email_key", Value: within}}
}

// StoredRoles implements [listing.Store].
func (s *Store) StoredRoles(ctx context.Context) ([]string, error) {
	if s.shape != nil {
		return nil, errShapedList
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	array, err := s.users.Distinct(ctx, rolesField, bson.D{}).Raw()
	if err != nil { // not every engine can
		return s.rolesOfAll(ctx)
	}
	found, err := array.Values()
	if err != nil {
		return nil, mongodb.Failed("list roles", err)
	}
	return rolesIn(found), nil
}

// rolesOfAll is StoredRoles by reading all users who have some.
func (s *Store) rolesOfAll(ctx context.Context) ([]string, error) {
	cursor, err := s.users.Find(ctx, bson.D{{Key: rolesField, Value: bson.D{{Key: "$exists", Value: true}}}},
		options.Find().SetProjection(bson.D{{Key: rolesField, Value: 1}}))
	if err != nil {
		return nil, mongodb.Failed("list roles", err)
	}
	defer cursor.Close(ctx)
	var found []bson.RawValue
	for cursor.Next(ctx) {
		if array, ok := cursor.Current.Lookup(rolesField).ArrayOK(); ok {
			values, err := bson.RawArray(slices.Clone(array)).Values()
			if err != nil {
				continue // the user is damaged, and refused
			}
			found = append(found, values...)
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, mongodb.Failed("list roles", err)
	}
	return rolesIn(found), nil
}

func rolesIn(values []bson.RawValue) []string {
	var roles []string
	for _, value := range values {
		if role, ok := value.StringValueOK(); ok {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}
