package mongostore_test

import (
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user/listing"
)

// builtIndex is an index of users as the store asks the database for it.
type builtIndex struct {
	keys    []string // each in rising order
	partial bson.Raw
}

// built returns the indexes on users of the createIndexes among commands, by name.
func built(t *testing.T, commands []bson.Raw) map[string]builtIndex {
	t.Helper()
	all := map[string]builtIndex{"_id_": {keys: []string{"_id"}}}
	for _, command := range commands {
		var asked struct {
			In      string `bson:"createIndexes"`
			Indexes []struct {
				Name    string
				Key     bson.D
				Partial bson.Raw `bson:"partialFilterExpression"`
			}
		}
		if err := bson.Unmarshal(command, &asked); err != nil || asked.In != "users" {
			continue
		}
		for _, x := range asked.Indexes {
			one := builtIndex{partial: x.Partial}
			for _, key := range x.Key {
				if key.Value != int32(1) {
					t.Fatalf("the index %s has the key %v, want it rising", x.Name, key)
				}
				one.keys = append(one.keys, key.Key)
			}
			all[x.Name] = one
		}
	}
	return all
}

// serves reports whether the database can answer a find from the index alone: the index
// is over all users that the filter selects, it has every field of the filter, and behind
// those that the filter fixes comes the order. The few superusers may be read and sorted.
func (x builtIndex) serves(find bson.Raw) bool {
	filter, sort := find.Lookup("filter").Document(), find.Lookup("sort").Document()
	if x.partial != nil {
		only, err := x.partial.Elements()
		if err != nil || slices.ContainsFunc(only, func(e bson.RawElement) bool { return !filter.Lookup(e.Key()).Equal(e.Value()) }) {
			return false
		}
	}
	few := slices.Equal(x.keys, []string{"is_superuser"})
	rest := x.keys
	for len(rest) > 0 {
		if value := filter.Lookup(rest[0]); value.IsZero() || value.Type == bson.TypeEmbeddedDocument {
			break
		}
		rest = rest[1:]
	}
	conditions, _ := filter.Elements()
	for _, condition := range conditions {
		name := condition.Key()
		within := slices.Contains(x.keys, name) || few && name == "_id" || x.partial != nil && !x.partial.Lookup(name).IsZero()
		if !within && name != "$or" { // which is within the range of created_at
			return false
		}
	}
	orders, _ := sort.Elements()
	if few && len(rest) == 0 {
		return true
	}
	direction := orders[0].Value().AsInt64()
	for i, by := range orders {
		if i >= len(rest) || rest[i] != by.Key() || by.Value().AsInt64() != direction {
			return false
		}
	}
	return true
}

// TestEveryListIsServed sends every filter in every order, those that an index answers also
// with one another and for a further page, and finds an index among those the store builds that serves
// each. Without any of these indexes there would be lists that none serves.
func TestEveryListIsServed(t *testing.T) {
	t.Parallel()
	s, sent, _, opened := watchedStore(t)
	all := built(t, opened)
	yes, no := true, false
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	after := listing.Place{ID: arthurID, Created: at, EmailKey: "arthur@camelot.bt"}
	served := []func(*listing.Query){ // the conditions that an index answers
		func(q *listing.Query) { q.IsActive = &no },
		func(q *listing.Query) { q.IsSuperuser = &yes },
		func(q *listing.Query) { q.Role = "editor" },
		func(q *listing.Query) { q.Banned = &yes },
		func(q *listing.Query) { q.EmailPrefix = "a" },
		func(q *listing.Query) { q.CreatedAfter = at.Add(-time.Hour) },
		func(q *listing.Query) { q.CreatedBefore = at.Add(time.Hour) },
	}
	one := append(slices.Clone(served),
		func(*listing.Query) {},
		func(q *listing.Query) { q.After = after },
		func(q *listing.Query) { q.IsActive = &yes },
		func(q *listing.Query) { q.IsVerified = &yes },
		func(q *listing.Query) { q.IsVerified = &no },
		func(q *listing.Query) { q.IsSuperuser = &no },
		func(q *listing.Query) { q.Banned = &no },
	)
	var finds []bson.Raw
	send := func(conditions ...func(*listing.Query)) {
		for _, sort := range []listing.Sort{listing.SortID, listing.SortCreated, listing.SortNewest, listing.SortEmail} {
			query := listing.Query{Limit: 50, Now: at, Sort: sort}
			for _, condition := range conditions {
				condition(&query)
			}
			if query.EmailPrefix != "" && sort != listing.SortEmail {
				continue // such a list is in the order of the addresses
			}
			if _, err := s.ListUsers(t.Context(), query); err != nil {
				t.Fatalf("ListUsers: %v", err)
			}
			finds = append(finds, sent.take()...)
		}
	}
	for _, condition := range one {
		send(condition)
	}
	for i, condition := range served {
		send(condition, func(q *listing.Query) { q.After = after })
		for _, other := range served[:i] {
			send(condition, other)
		}
	}
	isServed := func(find bson.Raw, without string) bool {
		for name, x := range all {
			if name != without && x.serves(find) {
				return true
			}
		}
		return false
	}
	for _, find := range finds {
		if !isServed(find, "") {
			t.Errorf("no index serves %s by %s", find.Lookup("filter"), find.Lookup("sort"))
		}
	}
	for name := range all {
		needed := slices.ContainsFunc(finds, func(find bson.Raw) bool { return !isServed(find, name) })
		if !needed {
			t.Errorf("without the index %s every list is served: the check does not see that it is missing", name)
		}
	}
	if len(all) != 7 || len(finds) < 100 {
		t.Errorf("got %d indexes and %d lists, want 7 and more than 100", len(all), len(finds))
	}
}
