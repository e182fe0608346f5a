package oauth_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// world is an application without routes: its users and their accounts at providers.
type world struct {
	*user.Manager
	*oauth.Accounts
}

func newWorld(t *testing.T, change func(*ginauth.Config)) (world, *usertest.Store) {
	t.Helper()
	store := usertest.NewStore()
	config := ginauth.Config{
		Store:            store,
		Secret:           secret,
		Backends:         []backends.Backend{{Name: "stored", Transport: backends.Cookie{}, Strategy: backends.Database{}}},
		ValidatePassword: password.MinLength(3),
		Logger:           slog.New(slog.DiscardHandler),
		// However busy the machine is: these tests are not about waiting.
		Hasher: password.Config{Wait: time.Minute},
	}
	if change != nil {
		change(&config)
	}
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := auth.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	accounts, err := oauth.NewAccounts(auth)
	if err != nil {
		t.Fatal(err)
	}
	return world{auth.Manager(), accounts}, store
}

// worldOver is the world of another process over the same store.
func worldOver(t *testing.T, store user.Store) world {
	t.Helper()
	w, _ := newWorld(t, func(c *ginauth.Config) { c.Store = store })
	return w
}

func mustCreate(t *testing.T, m world, r user.Registration) *user.User {
	t.Helper()
	u, err := m.Create(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func arthur() user.Registration {
	return user.Registration{Email: "King.Arthur@Camelot.bt", Password: "guinevere"}
}

func ptr[T any](value T) *T { return &value }
