package fastapiusers_test

import (
	"log/slog"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// suiteStore returns a store over a new database whose profile is usertest.Profile.
func suiteStore(t *testing.T) (*fastapiusers.Store, *mongo.Database) {
	t.Helper()
	db := mongotest.Database(t)
	s, err := fastapiusers.Open(t.Context(), db, fastapiusers.WithProfile[usertest.Profile](),
		fastapiusers.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s, db
}

func emptyStore(t *testing.T) user.Store {
	s, _ := suiteStore(t)
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, emptyStore)
}

func TestOAuthStore(t *testing.T) {
	t.Parallel()
	usertest.TestOAuthStore(t, emptyStore)
}

func TestTokenStore(t *testing.T) {
	t.Parallel()
	backendtest.TestTokenStore(t, func(t *testing.T) records.TokenStore {
		s, _ := suiteStore(t)
		return s
	})
}

func TestTokenUserStore(t *testing.T) {
	t.Parallel()
	usertest.TestTokenUserStore(t, func(t *testing.T) user.Store {
		s, err := fastapiusers.Open(t.Context(), mongotest.WithLookup(t, mongotest.Database(t)),
			fastapiusers.WithProfile[usertest.Profile](), fastapiusers.WithLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		return s
	})
}

func TestLimitStore(t *testing.T) {
	t.Parallel()
	usertest.TestLimitStore(t, func(t *testing.T) limits.Store {
		s, _ := suiteStore(t)
		return s
	})
}

func TestCredentialStore(t *testing.T) {
	t.Parallel()
	usertest.TestCredentialStore(t, emptyStore)
}

func TestPendingStore(t *testing.T) {
	t.Parallel()
	usertest.TestPendingStore(t, emptyStore)
}
