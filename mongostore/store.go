// Package mongostore keeps users, OAuth accounts, access tokens, credentials, pending
// logins, invitations, used states and the counters of abuse limits in MongoDB.
//
// [Open] builds the indexes and returns a [Store], which is a [user.Store] with
// all optional abilities. Each security decision is one atomic operation on one
// document, so that no transaction is needed and a single server, a replica set,
// a sharded cluster and MongoDB-compatible engines serve alike.
package mongostore

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/mongostore/internal/shape"
	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Store keeps users and what belongs to them in a MongoDB database. [Open] makes
// it. All methods are safe for concurrent use and take at most five seconds;
// they write with majority and journal and read from the primary, whatever the
// client's settings are. An error that the interfaces of package user do not
// name has a text without any value from the database.
type Store struct {
	db            *mongo.Database
	ids           idKind
	profile       *profile.Type
	profileFields *profileFields // nil if the application has no fields of its own
	users         mongodb.Collection
	accounts      mongodb.Collection
	tokens        mongodb.Collection
	states        mongodb.Collection
	guards        mongodb.Collection
	limits        mongodb.Collection
	// These are there only where Ensure was called.
	credentials, pending, invitations, usernames, lists *optional
	// turn is held by the one operation of this process that takes a superuser
	// away. Other processes are kept off by the guard document alone.
	turn chan struct{}
	// lookups is the engine's $lookup.
	lookups mongodb.Ability
	// shape is how another program has stored the users, nil where none has.
	shape shape.Shape
}

var (
	_ user.Store               = (*Store)(nil)
	_ user.ReadBackStore       = (*Store)(nil)
	_ records.TokenStore       = (*Store)(nil)
	_ user.TokenUserStore      = (*Store)(nil)
	_ user.CredentialUserStore = (*Store)(nil)
	_ records.OAuthStore       = (*Store)(nil)
	_ records.UsedStore        = (*Store)(nil)
	_ records.CredentialStore  = (*Store)(nil)
	_ records.PendingStore     = (*Store)(nil)
	_ records.InvitationStore  = (*Store)(nil)
	_ user.UsernameStore       = (*Store)(nil)
	_ records.Ensurer          = (*Store)(nil)
)

// ProfileType implements [user.Store].
func (s *Store) ProfileType() *profile.Type { return s.profile }

// ReadBack implements [user.ReadBackStore].
func (s *Store) ReadBack(profile any) (any, error) {
	back, err := s.profileFields.ReadBack(profile)
	if err != nil {
		return nil, fmt.Errorf("mongostore: read profile back: %w", err)
	}
	return back, nil
}

// Ping reports whether the primary answers. It suits a health check.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	if err := s.db.Client().Ping(ctx, readpref.Primary()); err != nil {
		return mongodb.Failed("ping", err)
	}
	return nil
}
