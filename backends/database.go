package backends

import (
	"errors"
	"time"
)

// Database issues random tokens and keeps their records in the application's own store,
// so that they are listed as sessions, a logout ends them, and a copy of the store holds
// no valid token.
type Database struct {
	// Lifetime is how long a token is valid after the login, or after its last use where
	// AbsoluteLifetime is set; [Forever] for no end. Defaults to 7 days.
	Lifetime time.Duration
	// IdleTimeout ends a token that was not used for so long, at least 2 minutes.
	// Use is noted once a minute, so it may end up to a minute early. Defaults to
	// 0: idleness ends nothing.
	IdleTimeout time.Duration
	// AbsoluteLifetime lets each use renew the token for another Lifetime, but
	// never beyond this time after the login. Defaults to 0: use does not prolong.
	AbsoluteLifetime time.Duration
	// MaxSessions is how many sessions a user may have on this backend; a login over
	// that ends the oldest. Defaults to 100.
	MaxSessions int
}

var _ Strategy = Database{}

// SetUp implements [Strategy].
func (d Database) SetUp(setup Setup) (Tokens, error) {
	stored := Stored{
		Store:            setup.Tokens,
		Lifetime:         d.Lifetime,
		IdleTimeout:      d.IdleTimeout,
		AbsoluteLifetime: d.AbsoluteLifetime,
		MaxSessions:      d.MaxSessions,
	}
	return stored.setUp(setup, errors.New("the application's store keeps no tokens"))
}
