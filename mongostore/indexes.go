package mongostore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
)

// index is an index that a collection should have.
type index struct {
	fields []string // ascending
	unique bool
	// housekeeping marks an index that an engine may lack: what it does is tidy
	// up after time has made something worthless, or make a rare search quick.
	housekeeping bool
	// sparse marks an index that skips documents without its field.
	sparse bool
	// expires marks an index that deletes documents at the time in its field.
	expires bool
	// name is empty where the driver makes one of the fields.
	name      string
	partial   bson.D
	collation *options.Collation
}

func uniqueIndex(fields ...string) index { return index{fields: fields, unique: true} }

func plainIndex(fields ...string) index { return index{fields: fields} }

func ttlIndex(field string) index {
	return index{fields: []string{field}, housekeeping: true, expires: true}
}

// model is the index as the driver wants it. Each call has options of its own, as the
// driver writes the index's name into them, and stores open concurrently.
func (x index) model() mongo.IndexModel {
	o := options.Index()
	if x.unique {
		o.SetUnique(true)
	}
	if x.sparse {
		o.SetSparse(true)
	}
	if x.expires {
		o.SetExpireAfterSeconds(0)
	}
	if x.name != "" {
		o.SetName(x.name)
	}
	if x.partial != nil {
		o.SetPartialFilterExpression(x.partial)
	}
	if x.collation != nil {
		o.SetCollation(x.collation)
	}
	return mongo.IndexModel{Keys: x.keys(), Options: o}
}

func (x index) keys() bson.D {
	keys := make(bson.D, len(x.fields))
	for i, field := range x.fields {
		keys[i] = bson.E{Key: field, Value: int32(1)}
	}
	return keys
}

// buildIndexes makes sure that every collection has its indexes.
func (s *Store) buildIndexes(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	superusers := plainIndex("is_superuser") // small, for the search for another superuser
	superusers.housekeeping = true
	superusers.partial = bson.D{{Key: "is_superuser", Value: true}}
	emails := uniqueIndex("email_key")
	emails.sparse = s.shape != nil // the other program writes none
	wanted := []struct {
		in      mongodb.Collection
		indexes []index
	}{
		{s.users, []index{emails, superusers}},
		{s.accounts, []index{uniqueIndex("provider", "account_id"), plainIndex("user_id")}},
		{s.tokens, []index{tokenOrder, ttlIndex("expires_at")}},
		{s.states, []index{ttlIndex("expires_at")}},
		{s.limits, []index{ttlIndex("expires_at")}},
	}
	for _, w := range wanted {
		if err := ensureIndexes(ctx, w.in, w.indexes); err != nil {
			return err
		}
	}
	return s.buildShapeIndexes(ctx)
}

// buildShapeIndexes builds the indexes that a shape asks for. They have names of
// their own, as the other program may have another index over the same field.
func (s *Store) buildShapeIndexes(ctx context.Context) error {
	if s.shape == nil {
		return nil
	}
	for _, wanted := range s.shape.Indexes() {
		x := plainIndex(wanted.Field)
		x.housekeeping = true
		x.name, x.collation = "ginauth_"+wanted.Field, wanted.Collation
		err := build(ctx, s.users, x)
		if err != nil && !mongodb.HasCode(err, mongodb.CodeIndexOptions) { // the same under another name
			return err
		}
	}
	return nil
}

func ensureIndexes(ctx context.Context, in mongodb.Collection, wanted []index) error {
	specs, err := indexesOf(ctx, in)
	if err != nil {
		return err
	}
	built := false
	for _, x := range wanted {
		// Not every engine lists whether an index is sparse, but all refuse to build one
		// over another of that name.
		if !x.sparse && findSpec(specs, x) != nil {
			continue
		}
		if err := build(ctx, in, x); err != nil {
			return err
		}
		built = true
	}
	if built {
		// Check the indexes as they are now, whichever instance has built them.
		if specs, err = indexesOf(ctx, in); err != nil {
			return err
		}
	}
	for _, x := range wanted {
		if err := checkSpec(in.Name(), findSpec(specs, x), x); err != nil {
			return err
		}
	}
	return nil
}

// indexSpec is an index as the server describes it.
type indexSpec struct {
	Name      string   `bson:"name"`
	Key       bson.Raw `bson:"key"`
	Unique    bool     `bson:"unique"`
	Sparse    bool     `bson:"sparse"`
	Partial   bson.Raw `bson:"partialFilterExpression"`
	Collation bson.Raw `bson:"collation"`
}

func indexesOf(ctx context.Context, in mongodb.Collection) ([]indexSpec, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	var specs []indexSpec
	cursor, err := in.Indexes().List(ctx)
	if err == nil {
		err = cursor.All(ctx, &specs)
	}
	if err != nil && !mongodb.HasCode(err, mongodb.CodeNamespaceNotFound) {
		return nil, mongodb.Failed("open: list the indexes of "+in.Name(), err)
	}
	return specs, nil
}

// findSpec returns the index over the same fields, nil if there is none.
func findSpec(specs []indexSpec, x index) *indexSpec {
	i := slices.IndexFunc(specs, func(spec indexSpec) bool {
		elements, err := spec.Key.Elements()
		return err == nil && slices.EqualFunc(elements, x.fields, func(element bson.RawElement, field string) bool {
			ascending, ok := element.Value().AsInt64OK()
			return element.Key() == field && ok && ascending == 1
		})
	})
	if i < 0 {
		return nil
	}
	return &specs[i]
}

// checkSpec refuses a collection in which two documents could have one identity.
func checkSpec(name string, spec *indexSpec, x index) error {
	if !x.unique {
		return nil
	}
	fields := strings.Join(x.fields, ", ")
	switch {
	case spec == nil:
		return fmt.Errorf("mongostore: open: %s: there is no index on %s, though it was built just now", name, fields)
	case !spec.Unique, spec.Sparse && !x.sparse, spec.Partial != nil:
		return fmt.Errorf("mongostore: open: %s: the index %s on %s is not unique over all documents: "+
			"drop it and start again, so that ginauth builds the right one", name, spec.Name, fields)
	case spec.Collation != nil:
		return fmt.Errorf("mongostore: open: %s: the index %s on %s has a collation, but identities are compared "+
			"byte by byte: use a collection without default collation", name, spec.Name, fields)
	}
	return nil
}

// build builds one index. It waits for another instance that builds the same.
func build(ctx context.Context, in mongodb.Collection, x index) error {
	fields := strings.Join(x.fields, ", ")
	for {
		_, err := in.Indexes().CreateOne(ctx, x.model())
		_, taken := mongodb.Duplicate(err)
		switch {
		case err == nil, x.housekeeping && mongodb.EngineLacks(err):
			return nil
		case taken:
			return findConflict(ctx, in, x, err)
		case mongodb.HasCode(err, mongodb.CodeIndexOptions, mongodb.CodeIndexKeySpecs):
			return mongodb.Failed(fmt.Sprintf("open: %s: an index that contradicts the one on %s exists; drop it and start again",
				in.Name(), fields), err)
		case !mongodb.HasCode(err, mongodb.CodeNamespaceExists, mongodb.CodeConflictInProgress, mongodb.CodeIndexBuildAborted, mongodb.CodeIndexBuildRunning):
			return mongodb.Failed(fmt.Sprintf("open: %s: build the index on %s", in.Name(), fields), err)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return mongodb.Failed(fmt.Sprintf("open: %s: wait for the index on %s", in.Name(), fields), err)
		}
	}
}

func pause(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
