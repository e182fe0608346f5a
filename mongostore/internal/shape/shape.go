// Package shape describes to package mongostore users that were stored by another
// program, whose documents look different and which may still be running.
package shape

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// Shape is how documents of users differ from ginauth's own. Its methods are
// called concurrently. Errors are returned to the store's caller as they are.
type Shape interface {
	// Attach is called once, before everything else.
	Attach(store Store)

	// Own returns a stored user in ginauth's own form. What cannot be known without
	// guessing stays as it is, and so is found to be damaged.
	Own(stored bson.Raw) bson.Raw

	// Filter returns what must be true of a stored user so that nothing has changed
	// on which Own and Set depend.
	Filter(stored bson.Raw) bson.D

	// Address returns fields to write together with an address and its key.
	Address(email email.Email) bson.D

	// Set returns fields to write with the next update of a stored user that leaves
	// its address as it is.
	Set(stored bson.Raw) bson.D

	// ChangeOwner returns fields to write when a stored user changes hands: those that
	// leave nothing of what is embedded in the document.
	ChangeOwner(stored bson.Raw) bson.D

	// Taken reports whether another user than id has the key of an address. It also
	// makes room for that key where a document holds it in the unique index but has
	// another address by now.
	Taken(ctx context.Context, key string, id any) (bool, error)

	// PrefixFilter is true of all users whose key begins with prefix, and may be of
	// others.
	PrefixFilter(prefix string) bson.D

	// Embedded returns the OAuth accounts in a user's own document.
	Embedded(ctx context.Context, id any) ([]Account, error)

	// RemoveEmbedded removes the OAuth account with that ID where its revision is
	// still that one.
	RemoveEmbedded(ctx context.Context, id any, account, revision bson.RawValue) (removed bool, err error)

	// Indexes are further indexes of the collection of users. An engine may lack them.
	Indexes() []Index
}

// Store is what mongostore has for a Shape.
type Store struct {
	Users, Accounts mongodb.Collection
	// Profile are the names that the application's own fields of a user are stored under.
	Profile []string
	// ReadUser reads a stored user, ReadAccount a document of the form of the
	// collection of accounts.
	ReadUser    func(stored bson.Raw) (*user.User, error)
	ReadAccount func(document bson.Raw) (records.OAuthAccount, error)
}

// Account is an embedded OAuth account.
type Account struct {
	// Document is the account as it would be in the collection of accounts.
	Document bson.Raw
	// Revision changes with every change of the account.
	Revision bson.RawValue
}

// Index is an index over one field, ascending.
type Index struct {
	Field     string
	Collation *options.Collation
}
