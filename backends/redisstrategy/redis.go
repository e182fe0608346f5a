// Package redisstrategy keeps access tokens in Redis: one key per token, under
// the token's SHA-256, with the expiry of the token, and an index per user.
//
// It works with a single node, with sentinel and with a cluster: no command and no script
// touches two keys. Redis decides only whether a token is there. Whether it is still
// valid is decided by the token version in the user's own store, so that a primary lost
// with its last writes revives no revoked token. Let Redis refuse writes when it is full
// (maxmemory-policy noeviction): an evicted token logs its user out.
package redisstrategy

import (
	"errors"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/records"
)

// DefaultKeyPrefix begins all keys where no other prefix is configured.
const DefaultKeyPrefix = "ginauth_token:"

// Redis issues random tokens and keeps their records in Redis.
type Redis struct {
	// Client is a go-redis client of any kind. It must read from primaries and
	// without a client-side cache, where an ended token might still be found.
	// ginauth does not close it. Required.
	Client redis.UniversalClient
	// KeyPrefix begins all keys. Backends may share it. Defaults to "ginauth_token:".
	KeyPrefix string
	// Lifetime is how long a token is valid after the login, or after its last use where
	// AbsoluteLifetime is set; [backends.Forever] for no end. Defaults to 7 days.
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
	// LegacyKeyPrefix also accepts tokens that another application has put into Redis as
	// keys of this prefix and the token, with a user's ID as the value:
	// [LegacyFastAPIUsers] for FastAPI Users. They are valid as long as Redis keeps them,
	// unless the user's tokens are ended; a logout deletes them, and they are not listed
	// as sessions. They do not say when they were made: if ginauth.Config.TokensValidFrom
	// is set none of them is valid. Defaults to none.
	LegacyKeyPrefix string
}

var _ backends.Strategy = Redis{}

// SetUp implements [backends.Strategy]. It does not ask Redis anything.
func (r Redis) SetUp(setup backends.Setup) (backends.Tokens, error) {
	store := NewTokens(r.Client, r.KeyPrefix)
	if setup.Now != nil {
		store.now = setup.Now
	}
	tokens, err := backends.Stored{
		Store:            r.withLegacy(store, setup),
		Lifetime:         r.Lifetime,
		IdleTimeout:      r.IdleTimeout,
		AbsoluteLifetime: r.AbsoluteLifetime,
		MaxSessions:      r.MaxSessions,
	}.SetUp(setup)
	if err := errors.Join(checkClient(r.Client), err); err != nil {
		return nil, err
	}
	return tokens, nil
}

// withLegacy returns the store as it is where there are no legacy tokens. They do not
// tell when they were made, so none is known to be young enough for TokensValidFrom.
func (r Redis) withLegacy(store *Tokens, setup backends.Setup) records.TokenStore {
	if r.LegacyKeyPrefix == "" || !setup.TokensValidFrom.IsZero() {
		return store
	}
	return &withLegacy{Tokens: store, legacyPrefix: r.LegacyKeyPrefix, parseID: setup.ParseID}
}

func checkClient(client redis.UniversalClient) error {
	if isNil(client) {
		return errors.New("Client is missing")
	}
	switch client := client.(type) {
	case *redis.ClusterClient:
		if options := client.Options(); options.ReadOnly || options.RouteByLatency || options.RouteRandomly {
			return errors.New("Client reads from replicas, which may still have a token that was ended")
		}
	case *redis.Client:
		if options := client.Options(); options.ClientSideCache != nil || options.ClientSideCacheConfig != nil {
			return errors.New("Client has a client-side cache, which may still have a token that was ended")
		}
	}
	return nil
}

// isNil sees a nil pointer in the interface too.
func isNil(client redis.UniversalClient) bool {
	if client == nil {
		return true
	}
	value := reflect.ValueOf(client)
	return value.Kind() == reflect.Pointer && value.IsNil()
}
