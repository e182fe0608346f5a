// Package refresh holds the strategy with two tokens: a short-lived access token, a
// JWT, and a refresh token that is replaced each time it is used.
//
// One login is one record in the store and one line in the list of sessions. A refresh
// is one conditional write on that record. A token that has been replaced is taken for
// another 10 seconds, and returns the same successor, because a client may send it
// twice or lose the answer; afterwards its use means that two clients have it, and the
// login ends.
package refresh

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// NoGrace is the Grace of a [Strategy] that takes a replaced token never again. A client
// that loses an answer, or sends a token twice at once, is logged out then.
const NoGrace time.Duration = -1

const (
	defaultAccess          = 15 * time.Minute
	maxAccess              = time.Hour
	defaultIdle            = 7 * 24 * time.Hour
	defaultAbsolute        = 30 * 24 * time.Hour
	defaultWithoutRemember = 24 * time.Hour
	defaultGrace           = 10 * time.Second
	maxGrace               = time.Minute
	defaultMaxSessions     = 100
)

// Strategy issues an access token and a refresh token at each login, and new ones at
// POST /refresh of the backend's auth group. It works with [backends.Bearer] and
// [backends.Cookie].
type Strategy struct {
	// Access makes the access tokens. Its Lifetime defaults to 15 minutes here and is at
	// most 1 hour; Record must not be set: see Check.
	Access backends.JWT
	// Store keeps one record per login. Defaults to the application's store.
	Store records.RotatingTokenStore

	// Idle ends a login whose refresh token was not used for so long. Defaults to 7 days.
	Idle time.Duration
	// Absolute is how long a login lasts at most, however often it is refreshed, at least
	// Idle. Defaults to 30 days.
	Absolute time.Duration
	// WithoutRemember takes the place of Absolute in logins through a cookie without
	// "remember". Defaults to 24 hours, or Absolute if that is shorter.
	WithoutRemember time.Duration
	// Grace is how long a replaced refresh token still returns its successor, at most 1
	// minute; [NoGrace] for not at all. Defaults to 10 seconds.
	Grace time.Duration
	// LostAnswer is how long a replaced token gets a new successor after Grace, once, and
	// only while the first one has not been used: a client that lost an answer and was
	// offline since stays logged in. Until its owner uses the next token, a thief of
	// the replaced one does too. At most Idle. Defaults to 0: not at all.
	LostAnswer time.Duration
	// MaxSessions is how many logins a user may have on this backend; a login over that
	// ends the oldest. Defaults to 100.
	MaxSessions int
	// Check makes guards read the login's record along with the user, so that a logout
	// and the end of a session end access tokens at once. Without it they live until they
	// expire. Defaults to false.
	Check bool
	// Path is the path below which browsers send the refresh token, where a proxy in front
	// changes paths. Defaults to the path to which the auth group is attached.
	Path string
}

var _ backends.Strategy = Strategy{}

// SetUp implements [backends.Strategy].
func (s Strategy) SetUp(setup backends.Setup) (backends.Tokens, error) {
	if s.Store == nil {
		s.Store, _ = records.As[records.RotatingTokenStore](setup.Tokens)
	}
	s = s.withDefaults()
	problems := s.check()
	access, err := s.Access.SetUp(setup)
	if err != nil {
		problems = append(problems, fmt.Errorf("Access: %w", err))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	t := &tokens{
		strategy: s,
		access:   access.(jwts),
		store:    s.Store,
		backend:  setup.Backend,
		mac:      macs{keys: setup.Keys.Derive(keyInfo), backend: setup.Backend},
		from:     setup.TokensValidFrom,
		now:      setup.Now,
		logger:   setup.Logger,
	}
	if records.TokenStore(s.Store) == setup.Tokens { // another store's users are not the application's
		t.owners, _ = records.As[user.TokenUserStore](s.Store)
	}
	return t, nil
}

func (s Strategy) withDefaults() Strategy {
	s.Access.Lifetime = cmp.Or(s.Access.Lifetime, defaultAccess)
	s.Idle = cmp.Or(s.Idle, defaultIdle)
	s.Absolute = cmp.Or(s.Absolute, defaultAbsolute)
	s.WithoutRemember = cmp.Or(s.WithoutRemember, min(defaultWithoutRemember, s.Absolute))
	s.Grace = cmp.Or(s.Grace, defaultGrace)
	s.MaxSessions = cmp.Or(s.MaxSessions, defaultMaxSessions)
	return s
}

// check returns all mistakes, each naming its field.
func (s Strategy) check() []error {
	var problems []error
	note := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	note(s.Store == nil, "the application's store keeps no refresh tokens: it does not implement records.RotatingTokenStore")
	note(s.Access.Record, "Access.Record is set, but logins have records already: set Check")
	note(s.Access.Lifetime < 0 || s.Access.Lifetime > maxAccess, "Access.Lifetime is %v, want at most %v", s.Access.Lifetime, maxAccess)
	note(s.Idle < s.Access.Lifetime, "Idle is %v, want at least Access.Lifetime (%v)", s.Idle, s.Access.Lifetime)
	note(s.Absolute < s.Idle, "Absolute is %v, want at least Idle (%v)", s.Absolute, s.Idle)
	note(s.WithoutRemember < s.Access.Lifetime || s.WithoutRemember > s.Absolute,
		"WithoutRemember is %v, want Access.Lifetime (%v) to Absolute (%v)", s.WithoutRemember, s.Access.Lifetime, s.Absolute)
	note(s.Grace < 0 && s.Grace != NoGrace || s.Grace > maxGrace, "Grace is %v, want at most %v, or refresh.NoGrace", s.Grace, maxGrace)
	note(s.LostAnswer < 0 || s.LostAnswer > s.Idle, "LostAnswer is %v, want 0 to Idle (%v)", s.LostAnswer, s.Idle)
	note(s.MaxSessions < 1, "MaxSessions is %d, want at least 1", s.MaxSessions)
	note(s.Path != "" && (s.Path[0] != '/' || (&http.Cookie{Name: "x", Path: s.Path}).Valid() != nil),
		"Path %q is not a path that begins with / and has only printable ASCII characters without ;", s.Path)
	return problems
}
