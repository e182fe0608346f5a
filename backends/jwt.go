package backends

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ginauth/ginauth/internal/strictjwt"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	jwtAudience        = "ginauth:auth" // also the info of the derived keys
	defaultJWTLifetime = time.Hour
)

// JWT issues JSON Web Tokens (RFC 7519). Reading one costs no look-up of a token;
// it ends before its expiry when the user's token version rises, and by a logout
// only where Record is set. The zero value signs with HS256 and a key derived from
// the application's secret, and also reads what its previous secrets signed.
type JWT struct {
	// Secret is an HS256 secret, at least 32 random bytes, in place of the
	// derived key. With Keys it signs nothing, but the tokens it signed before,
	// which bear no "kid", are still read. Defaults to the derived key.
	Secret secrets.Secret
	// Keys sign and verify in place of the derived key: the first signs, all
	// verify the tokens that name them. Several need different IDs.
	Keys []JWTKey
	// Lifetime is how long a token is valid, to the second; [Forever] for no end.
	// Defaults to 1 hour.
	Lifetime time.Duration
	// Audiences are the accepted values of "aud"; the first is issued. Defaults
	// to "ginauth:auth".
	Audiences []string
	// Record keeps a record of every token in the application's store, so that tokens are
	// listed as sessions and a logout ends them. A token is then valid only while its
	// record exists, which costs a look-up per request; setting Record ends the tokens
	// issued without it. Defaults to false.
	Record bool
	// MaxSessions is how many sessions a user may have on this backend where Record is
	// set; a login over that ends the oldest. Defaults to 100.
	MaxSessions int
	// LegacyUserID also accepts tokens that name the user in the claim "user_id"
	// and have no "sub", as FastAPI Users did before version 10.3. Defaults to
	// false.
	LegacyUserID bool
}

var _ Strategy = JWT{}

// SetUp implements [Strategy].
func (j JWT) SetUp(setup Setup) (Tokens, error) {
	var problems []error
	keys, err := j.completeKeys(setup.Keys)
	if err != nil {
		problems = append(problems, err)
	}
	lifetime, err := lifetimeOrDefault("Lifetime", j.Lifetime, defaultJWTLifetime)
	if err != nil {
		problems = append(problems, err)
	} else if lifetime != Forever && lifetime < time.Second {
		problems = append(problems, fmt.Errorf("Lifetime is %v, want at least 1s", lifetime))
	}
	audiences := slices.Clone(j.Audiences)
	if len(audiences) == 0 {
		audiences = []string{jwtAudience}
	}
	if slices.Contains(audiences, "") {
		problems = append(problems, errors.New("Audiences has an empty text"))
	}
	sessions := cmp.Or(j.MaxSessions, defaultMaxSessions)
	if err := checkSessions(sessions); err != nil {
		problems = append(problems, err)
	}
	if j.Record && setup.Tokens == nil {
		problems = append(problems, errors.New("Record is set, but the application's store keeps no tokens"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return j.tokens(setup, keys, lifetime, audiences, sessions)
}

func (j JWT) tokens(setup Setup, keys []strictjwt.Key, lifetime time.Duration, audiences []string, sessions int) (Tokens, error) {
	published, err := publicKeySet(keys)
	if err != nil {
		return nil, err
	}
	form, err := newIssuedForm(audiences[0], setup.Backend)
	if err != nil {
		return nil, fmt.Errorf("Audiences[0] is not valid UTF-8: %w", err)
	}
	tokens := &jwtTokens{
		backend:   setup.Backend,
		form:      form,
		legacyID:  j.LegacyUserID,
		keys:      keys,
		lifetime:  lifetime,
		audiences: audiences,
		published: published,
		from:      setup.TokensValidFrom,
		parseID:   setup.ParseID,
		now:       setup.Now,
	}
	if !j.Record {
		return tokens, nil
	}
	// The record ends with the token, whatever lifetime is configured by then.
	return &recordedJWTs{jwtTokens: tokens, recordKeeper: newRecords(setup, setup.Tokens, limits{lifetime: Forever, sessions: sessions})}, nil
}

// completeKeys returns the keys with the one that signs first.
func (j JWT) completeKeys(derive *secrets.Keys) ([]strictjwt.Key, error) {
	var keys []strictjwt.Key
	var problems []error
	for i, given := range j.Keys {
		key, err := given.complete()
		switch {
		case err != nil:
		case i == 0 && key.Sign == nil:
			err = errors.New("Private is missing, but the first key signs")
		case len(j.Keys) > 1 && given.ID == "":
			err = errors.New("ID is missing, but there are several keys")
		case slices.ContainsFunc(j.Keys[:i], func(other JWTKey) bool { return other.ID == given.ID }):
			err = fmt.Errorf("ID %q is that of another key", given.ID)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("Keys[%d]: %w", i, err))
		}
		keys = append(keys, key)
	}
	if j.Secret != "" {
		key, err := JWTKey{Secret: j.Secret}.complete()
		if err != nil {
			problems = append(problems, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		keys = strictjwt.HS256(derive.Derive(jwtAudience)...)
	}
	return keys, errors.Join(problems...)
}

// jwtTokens are the tokens of [JWT].
type jwtTokens struct {
	backend   string // the only value of the claim "bk"
	keys      []strictjwt.Key
	form      issuedForm
	lifetime  time.Duration
	audiences []string
	legacyID  bool
	from      time.Time // tokens issued before it are invalid; zero for none
	published []byte
	parseID   func(string) (user.ID, error)
	now       func() time.Time
}

var (
	_ Tokens       = (*jwtTokens)(nil)
	_ KeyPublisher = (*jwtTokens)(nil)
	_ Renewer      = (*jwtTokens)(nil)
)

// JWKS implements [KeyPublisher].
func (j *jwtTokens) JWKS() []byte { return j.published }

// Write implements [Tokens].
func (j *jwtTokens) Write(_ context.Context, login user.Login) (Issued, error) {
	now := j.now()
	token, err := j.issue(login, now, ImpersonationEnd(login, now, j.expiry(now)))
	return Issued{Access: token}, err
}

// expiry returns when a token expires that is issued at now; the zero time means never.
func (j *jwtTokens) expiry(now time.Time) time.Time {
	if j.lifetime == Forever {
		return time.Time{}
	}
	return time.Unix(now.Add(j.lifetime).Unix(), 0).UTC()
}

// issue returns a token that expires at expires.
func (j *jwtTokens) issue(login user.Login, now, expires time.Time) (string, error) {
	claims := newIssuedClaims(login)
	claims.Audience, claims.Backend = j.audiences[:1], j.backend
	claims.IssuedAt, claims.ID = now.Unix(), rand.Text()
	if !expires.IsZero() {
		claims.ExpiresAt = expires.Unix()
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("backends: encode claims: %w", err)
	}
	token, err := strictjwt.SignPayload(j.keys[0], payload)
	if err != nil {
		return "", fmt.Errorf("backends: sign token: %w", err)
	}
	return token, nil
}

// Renew implements [Renewer]. The old token is valid until it expires.
func (j *jwtTokens) Renew(_ context.Context, _ string, identity Identity, login user.Login) (Issued, error) {
	token, err := j.issue(login, j.now(), identity.ExpiresAt)
	return Issued{Access: token}, err
}

// Read implements [Tokens]. The subject may be any spelling of an ID.
func (j *jwtTokens) Read(_ context.Context, token string) (Identity, bool, error) {
	var room [512]byte // more than an issued payload has; it stays on the stack
	payload, err := strictjwt.AppendVerified(room[:0], token, j.keys)
	if err != nil {
		return Identity{}, false, nil
	}
	claims, ok := j.form.decode(payload)
	if !ok {
		if claims, ok = j.decode(bytes.Clone(payload)); !ok || !claims.meets(j.audiences) || !claims.fits(j.backend) {
			return Identity{}, false, nil
		}
	}
	if !claims.inTime(j.now(), j.lifetime == Forever) || claims.issuedBefore(j.from) {
		return Identity{}, false, nil
	}
	id, err := j.parseID(claims.subject)
	if err != nil {
		return Identity{}, false, nil
	}
	login := claims.facts()
	return Identity{
		UserID:       id,
		TokenVersion: claims.version,
		TokenHash:    records.HashToken(cmp.Or(login.Session, token)),
		Login:        login,
		ExpiresAt:    claims.exp.at,
	}, true, nil
}

// decode reads a payload of any form, in the one meaning or the other.
func (j *jwtTokens) decode(payload []byte) (acceptedClaims, bool) {
	claims, ok := decodeClaims(payload)
	if !ok && j.legacyID {
		return decodeLegacyClaims(payload)
	}
	return claims, ok
}

// Destroy implements [Tokens]: a JWT cannot be ended, so it does nothing.
func (*jwtTokens) Destroy(context.Context, string) error { return nil }
