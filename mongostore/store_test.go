package mongostore_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// open returns a store over a new database whose profile is usertest.Profile.
func open(t *testing.T, options ...mongostore.Option) (*mongostore.Store, *mongo.Database) {
	t.Helper()
	db := mongotest.Database(t)
	return openIn(t, db, options...), db
}

// openIn is open for a database.
func openIn(t *testing.T, db *mongo.Database, options ...mongostore.Option) *mongostore.Store {
	t.Helper()
	options = append([]mongostore.Option{mongostore.WithProfile[usertest.Profile]()}, options...)
	s, err := mongostore.Open(t.Context(), db, options...)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// opener is open for the suites.
func opener(options ...mongostore.Option) func(t *testing.T) user.Store {
	return func(t *testing.T) user.Store {
		s, _ := open(t, options...)
		return s
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, opener())
}

func TestStoreObjectIDs(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, opener(mongostore.WithObjectIDs()))
}

func TestOAuthStore(t *testing.T) {
	t.Parallel()
	usertest.TestOAuthStore(t, opener())
}

func TestOAuthStoreObjectIDs(t *testing.T) {
	t.Parallel()
	usertest.TestOAuthStore(t, opener(mongostore.WithObjectIDs()))
}

// withLookup is opener for an engine that finds tokens and users together.
func withLookup(options ...mongostore.Option) func(t *testing.T) user.Store {
	return func(t *testing.T) user.Store {
		return openIn(t, mongotest.WithLookup(t, mongotest.Database(t)), options...)
	}
}

func TestTokenUserStore(t *testing.T) {
	t.Parallel()
	usertest.TestTokenUserStore(t, withLookup())
}

func TestTokenUserStoreObjectIDs(t *testing.T) {
	t.Parallel()
	usertest.TestTokenUserStore(t, withLookup(mongostore.WithObjectIDs()))
}

func TestCredentialUserStore(t *testing.T) {
	t.Parallel()
	usertest.TestCredentialUserStore(t, withLookup())
}

func TestTokenStore(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	backendtest.TestTokenStore(t, func(*testing.T) records.TokenStore { return s })
	backendtest.TestRotatingTokenStore(t, func(*testing.T) records.RotatingTokenStore { return s })
}

func TestCredentialStore(t *testing.T) {
	t.Parallel()
	usertest.TestCredentialStore(t, opener())
}

func TestCredentialStoreObjectIDs(t *testing.T) {
	t.Parallel()
	usertest.TestCredentialStore(t, opener(mongostore.WithObjectIDs()))
}

func TestPendingStore(t *testing.T) {
	t.Parallel()
	usertest.TestPendingStore(t, opener())
}

func TestPendingStoreObjectIDs(t *testing.T) {
	t.Parallel()
	usertest.TestPendingStore(t, opener(mongostore.WithObjectIDs()))
}

func TestInvitationStore(t *testing.T) {
	t.Parallel()
	usertest.TestInvitationStore(t, opener())
}

func TestUsernameStore(t *testing.T) {
	t.Parallel()
	usertest.TestUsernameStore(t, opener())
}

func TestUsernameStoreObjectIDs(t *testing.T) {
	t.Parallel()
	usertest.TestUsernameStore(t, opener(mongostore.WithObjectIDs()))
}

func TestListStore(t *testing.T) {
	t.Parallel()
	usertest.TestListStore(t, opener())
}
