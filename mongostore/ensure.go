package mongostore

import (
	"context"
	"fmt"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/records"
)

// What [Store.Ensure] creates.
const (
	// Credentials is the collection of second factors, passkeys and API keys.
	Credentials = records.NeedCredentials
	// Pending is the collection of logins that wait for their second half.
	Pending = records.NeedPending
	// Invitations is the collection of invitations.
	Invitations = records.NeedInvitations
	// Usernames is the unique index on the names of users. It is sparse: users without a
	// name, such as all of a database that has none, are not in it.
	Usernames = records.NeedUsernames
	// UserList are the indexes on users of the lists of administrators.
	UserList = listing.Need
)

// optional is a collection, or an index, that is there only where a feature needs it.
type optional struct {
	mongodb.Collection
	need    records.Need
	indexes []index
	// ready says that Ensure has built the indexes in this process.
	ready atomic.Bool
}

// openOptionals opens the collections that Ensure creates.
func (s *Store) openOptionals(db *mongo.Database, names CollectionNames) {
	s.credentials = &optional{
		Collection: mongodb.OpenCollection(db, names.Credentials),
		need:       Credentials,
		indexes:    []index{uniqueIndex("kind", "key"), plainIndex("user_id"), ttlIndex("expires_at")},
	}
	s.pending = &optional{
		Collection: mongodb.OpenCollection(db, names.Pending),
		need:       Pending,
		indexes:    []index{plainIndex("user_id"), ttlIndex("expires_at")},
	}
	s.invitations = &optional{
		Collection: mongodb.OpenCollection(db, names.Invitations),
		need:       Invitations,
		indexes:    []index{uniqueIndex("email_key"), ttlIndex("expires_at")},
	}
	byName := uniqueIndex(usernameKeyField)
	byName.sparse = true
	s.lists = &optional{Collection: s.users, need: UserList, indexes: userListIndexes()}
	s.usernames = &optional{Collection: s.users, need: Usernames, indexes: []index{byName}}
}

// optionals are all collections that Ensure creates.
func (s *Store) optionals() []*optional {
	return []*optional{s.credentials, s.pending, s.invitations, s.usernames, s.lists}
}

// Ensure implements [records.Ensurer]: it creates the collections that are named, with
// their indexes, as [Open] does with the others. An application without features that
// need them has neither. The errors are those of Open.
func (s *Store) Ensure(ctx context.Context, needs ...records.Need) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	for _, need := range needs {
		if err := s.ensure(ctx, need); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) ensure(ctx context.Context, need records.Need) error {
	for _, o := range s.optionals() {
		if o.need != need {
			continue
		}
		if o == s.lists && s.shape != nil {
			return errShapedList
		}
		if o.ready.Load() {
			return nil
		}
		err := ensureIndexes(ctx, o.Collection, o.indexes)
		o.ready.Store(err == nil)
		return err
	}
	return fmt.Errorf("mongostore: ensure: this version of mongostore has nothing for the need %q", need)
}

// check refuses to work on a collection that was not ensured: nothing in it could be
// relied upon without its unique index.
func (o *optional) check(operation string) error {
	if o.ready.Load() {
		return nil
	}
	return fmt.Errorf("mongostore: %s: what it needs is not there: call Store.Ensure(ctx, %q) before the first request", operation, o.need)
}
