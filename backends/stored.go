package backends

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	defaultStoredLifetime = 7 * 24 * time.Hour
	storedTokenBytes      = 32
)

// storedTokenText is the spelling of tokens; Strict leaves each token only one.
var storedTokenText = base64.RawURLEncoding.Strict()

// Stored issues random tokens that mean nothing by themselves: a store keeps a
// record of each. It is the strategy under [Database] and Redis, and serves any
// other [records.TokenStore].
type Stored struct {
	// Store keeps the records. Required.
	Store records.TokenStore
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

var _ Strategy = Stored{}

// SetUp implements [Strategy].
func (s Stored) SetUp(setup Setup) (Tokens, error) {
	return s.setUp(setup, errors.New("Store is missing"))
}

// setUp reports missing where there is no store.
func (s Stored) setUp(setup Setup, missing error) (Tokens, error) {
	var problems []error
	if s.Store == nil {
		problems = append(problems, missing)
	}
	lifetime, err := lifetimeOrDefault("Lifetime", s.Lifetime, defaultStoredLifetime)
	if err != nil {
		problems = append(problems, err)
		lifetime = defaultStoredLifetime
	}
	bounds := limits{
		lifetime: lifetime, idle: s.IdleTimeout, absolute: s.AbsoluteLifetime,
		sessions: cmp.Or(s.MaxSessions, defaultMaxSessions),
	}
	problems = append(problems, bounds.check())
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return &storedTokens{recordKeeper: newRecords(setup, s.Store, bounds)}, nil
}

// storedTokens are the tokens of [Stored].
type storedTokens struct{ *recordKeeper }

var (
	_ Tokens  = (*storedTokens)(nil)
	_ Renewer = (*storedTokens)(nil)
)

// Write implements [Tokens].
func (s *storedTokens) Write(ctx context.Context, login user.Login) (Issued, error) {
	now := s.time()
	return s.issue(ctx, login, now, ImpersonationEnd(login, now, s.limits.expiry(now, now)), false)
}

// issue stores a new token that was issued at created and ends at expires, in the place of
// another where it renews a session.
func (s *storedTokens) issue(ctx context.Context, login user.Login, created, expires time.Time, renews bool) (Issued, error) {
	random := make([]byte, storedTokenBytes)
	rand.Read(random) // never fails: it ends the process instead
	token := storedTokenText.EncodeToString(random)
	if err := s.create(ctx, token, login, created, expires, renews); err != nil {
		return Issued{}, fmt.Errorf("backends: store token: %w", err)
	}
	return Issued{Access: token, Record: records.HashToken(token)}, nil
}

// Read implements [Tokens].
func (s *storedTokens) Read(ctx context.Context, token string) (Identity, bool, error) {
	return s.readShared(ctx, token, &shared{})
}

func (s *storedTokens) readShared(ctx context.Context, token string, known *shared) (identity Identity, alive bool, err error) {
	if !known.answers(s.store, token) && !isStoredToken(token) {
		return Identity{}, false, nil
	}
	if err := s.share(ctx, token, known); err != nil {
		return Identity{}, false, err
	}
	identity, alive = s.identity(s.own(known.found))
	return identity, alive, nil
}

// Renew implements [Renewer].
func (s *storedTokens) Renew(ctx context.Context, token string, identity Identity, login user.Login) (Issued, error) {
	issued, err := s.issue(ctx, login, identity.Record.CreatedAt, identity.Record.ExpiresAt, true)
	if err != nil {
		return Issued{}, err
	}
	return issued, s.Destroy(ctx, token)
}

// Destroy implements [Tokens].
func (s *storedTokens) Destroy(ctx context.Context, token string) error {
	if !isStoredToken(token) {
		return nil
	}
	return s.end(ctx, token)
}

// isStoredToken keeps what cannot be a token from the store.
func isStoredToken(token string) bool {
	if len(token) != storedTokenText.EncodedLen(storedTokenBytes) {
		return false
	}
	// The decoder skips line breaks, so the length of its result is compared too.
	var decoded [storedTokenBytes + 2]byte // as much as so many characters may be
	n, err := storedTokenText.Decode(decoded[:], []byte(token))
	return err == nil && n == storedTokenBytes
}
