// Package apikey is the strategy of API keys: tokens that users make for programs, limited
// to scopes, and that no login issues. They travel by [backends.Bearer] or
// [backends.Header]:
//
//	backends.Backend{Name: "key", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}
//
// Package routes/apikeys has the routes with which users make and remove them, and
// declares the scopes: without it no key opens anything.
package apikey

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/recent"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const defaultPrefix = "gak"

// Strategy is API keys as tokens. A key has 220 random bits and a checksum; the store has
// its SHA-256 only. All backends with keys accept all keys of one prefix.
//
// A key is valid while it exists and has not expired, its user is active, not banned, and the owner of
// the account is the one who made it, and nothing has ended all keys of the user: a
// deactivation, a ban, a password reset, DELETE /api-keys. A change of the password and the end
// of all sessions leave keys as they are.
type Strategy struct {
	// Prefix begins every key and is followed by "_", so that people and programs that
	// scan for secrets recognise one: a lower-case letter, then 1 to 9 lower-case letters
	// and digits. Keys of another prefix are not valid. Defaults to "gak".
	Prefix string
}

var _ backends.Strategy = Strategy{}

// SetUp implements [backends.Strategy].
func (s Strategy) SetUp(setup backends.Setup) (backends.Tokens, error) {
	if s.Prefix == "" {
		s.Prefix = defaultPrefix
	}
	var problems []error
	if !isPrefix(s.Prefix) {
		problems = append(problems, fmt.Errorf("Prefix is %q, want a lower-case letter, then 1 to 9 lower-case letters and digits", s.Prefix))
	}
	if setup.Credentials == nil {
		problems = append(problems, errors.New("the application's store keeps no credentials: it is no records.CredentialStore"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	owners, _ := records.As[user.CredentialUserStore](setup.Credentials)
	return &Tokens{
		form:       form{s.Prefix},
		store:      setup.Credentials,
		owners:     owners,
		from:       setup.TokensValidFrom,
		now:        setup.Now,
		logger:     setup.Logger,
		background: setup.Background,
		seen:       recent.New(touchInterval),
	}, nil
}

func isPrefix(text string) bool {
	if len(text) < 2 || len(text) > 10 || text[0] < 'a' || text[0] > 'z' {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}
