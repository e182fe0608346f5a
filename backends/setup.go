package backends

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// Setup is what an application gives its transports and strategies, so that
// nothing has to be configured twice.
type Setup struct {
	// Backend is the reduced name of the backend that is set up.
	Backend string
	// Keys derive keys from the application's secrets.
	Keys *secrets.Keys
	// Tokens is the application's store, nil if it keeps no tokens. Where it is a
	// [user.TokenUserStore], users come along with their tokens.
	Tokens records.TokenStore
	// Credentials is the application's store, nil if it keeps no credentials. Where it is
	// a [user.CredentialUserStore], users come along with their credentials.
	Credentials records.CredentialStore
	// TokensValidFrom is the time before which issued tokens are invalid; zero for no
	// such time.
	TokensValidFrom time.Time
	// ParseID reads a user's ID.
	ParseID func(text string) (user.ID, error)
	// Now returns the time.
	Now func() time.Time
	// Logger takes what goes wrong.
	Logger *slog.Logger
	// Background runs a job off the request path: it returns at once, and drops
	// the job where too many are waiting.
	Background func(name string, run func(ctx context.Context) error)
}

// Forever is a lifetime without end.
const Forever time.Duration = -1

// lifetimeOrDefault checks a lifetime of the configuration: 0 means the default.
func lifetimeOrDefault(field string, lifetime, byDefault time.Duration) (time.Duration, error) {
	switch {
	case lifetime == 0:
		return byDefault, nil
	case lifetime < 0 && lifetime != Forever:
		return 0, fmt.Errorf("%s is %v, want a positive time or backends.Forever", field, lifetime)
	}
	return lifetime, nil
}
