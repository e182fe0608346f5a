// Package sqlstore keeps users, OAuth accounts, access tokens, credentials, pending
// logins, invitations, used states, the counters of abuse limits and events in PostgreSQL
// or SQLite.
//
// [Open] takes a *sql.DB, whose driver is the application's choice, creates the tables
// and returns a [Store], which is a [user.Store] with all optional abilities. Each
// security decision is one conditional statement, so that of two that race only one can
// win. The two that depend on other rows, the last active superuser and a user's last way
// in, hold the lock of one row of PostgreSQL for two statements; SQLite has one writer.
package sqlstore

import (
	"context"
	"database/sql"
	"sync/atomic"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/records"
)

// Store keeps users and what belongs to them in a database. [Open] makes it. All methods
// are safe for concurrent use and take at most five seconds. An error that the
// interfaces of package user do not name has a text without any value from the database.
type Store struct {
	db      *sql.DB
	engine  Engine
	profile *profile.Type
	// turn is held by the one statement of this process that writes to SQLite, which has
	// one writer: waiting here is fair and ends with the context. It is nil for
	// PostgreSQL.
	turn chan struct{}
	// nextTidy is when a write removes what has expired, in Unix nanoseconds.
	nextTidy atomic.Int64
}

var (
	_ user.Store                 = (*Store)(nil)
	_ user.ReadBackStore         = (*Store)(nil)
	_ records.RotatingTokenStore = (*Store)(nil)
	_ user.TokenUserStore        = (*Store)(nil)
	_ records.OAuthStore         = (*Store)(nil)
	_ records.UsedStore          = (*Store)(nil)
	_ records.CredentialStore    = (*Store)(nil)
	_ user.CredentialUserStore   = (*Store)(nil)
	_ records.PendingStore       = (*Store)(nil)
	_ records.InvitationStore    = (*Store)(nil)
	_ user.UsernameStore         = (*Store)(nil)
	_ listing.Store              = (*Store)(nil)
	_ records.Ensurer            = (*Store)(nil)
	_ limits.Store               = (*Store)(nil)
	_ audit.EventStore           = (*Store)(nil)
)

// Engine returns which database the store is over.
func (s *Store) Engine() Engine { return s.engine }

// ProfileType implements [user.Store].
func (s *Store) ProfileType() *profile.Type { return s.profile }

// Ping reports whether the database answers and can be written to. It suits a health
// check.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := limit(ctx)
	defer cancel()
	return s.checkWritable(ctx, "ping")
}
