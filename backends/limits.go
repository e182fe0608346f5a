package backends

import (
	"errors"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/user/records"
)

// touchInterval is how often the use of a token is noted at most.
const touchInterval = time.Minute

// minRenewal is the least time that depends on use being noted: a shorter one
// would end tokens that are in use.
const minRenewal = 2 * touchInterval

// defaultMaxSessions is how many sessions a user has at most on one backend, unless it
// is configured otherwise.
const defaultMaxSessions = 100

// limits are how long a recorded token is valid, and how many a user may have.
type limits struct {
	lifetime time.Duration // from the login, or from the last use where absolute is set
	idle     time.Duration // from the last use; 0 means any
	absolute time.Duration // from the login; 0 means that use does not prolong
	from     time.Time     // tokens of logins before it are invalid; zero for none
	sessions int           // how many a user has at most
}

// check returns all mistakes, each naming its field.
func (l limits) check() error {
	var problems []error
	if l.idle < 0 || l.idle > 0 && l.idle < minRenewal {
		problems = append(problems, fmt.Errorf("IdleTimeout is %v, want 0 or at least %v", l.idle, minRenewal))
	}
	problems = append(problems, checkSessions(l.sessions))
	switch {
	case l.absolute == 0:
	case l.absolute < 0:
		problems = append(problems, fmt.Errorf("AbsoluteLifetime is %v, want 0 or a positive time", l.absolute))
	case l.lifetime == Forever:
		problems = append(problems, errors.New("AbsoluteLifetime is set, but Lifetime is backends.Forever"))
	case l.lifetime < minRenewal:
		problems = append(problems, fmt.Errorf("Lifetime is %v, want at least %v with AbsoluteLifetime", l.lifetime, minRenewal))
	case l.absolute < l.lifetime:
		problems = append(problems, fmt.Errorf("AbsoluteLifetime is %v, shorter than Lifetime %v", l.absolute, l.lifetime))
	}
	return errors.Join(problems...)
}

// checkSessions checks MaxSessions of the configuration.
func checkSessions(sessions int) error {
	if sessions < 1 {
		return fmt.Errorf("MaxSessions is %d, want at least 1", sessions)
	}
	return nil
}

// expiry returns when a token expires that was issued at created and used at seen;
// the zero time means never.
func (l limits) expiry(created, seen time.Time) time.Time {
	switch {
	case l.lifetime == Forever:
		return time.Time{}
	case l.absolute == 0:
		return created.Add(l.lifetime)
	}
	return earlier(seen.Add(l.lifetime), created.Add(l.absolute))
}

// alive reports whether a record is valid at now, by what it says itself and by the
// limits as they are configured now.
func (l limits) alive(record records.Token, now time.Time) bool {
	// A clock that was set back must not revive what was dead when the token was
	// last used.
	if now.Before(record.LastSeenAt) {
		now = record.LastSeenAt
	}
	if l.idle > 0 && !now.Before(record.LastSeenAt.Add(l.idle)) {
		return false
	}
	if record.CreatedAt.Before(l.from) {
		return false
	}
	return before(now, record.ExpiresAt) && before(now, l.expiry(record.CreatedAt, record.LastSeenAt))
}

// before reports whether now is before end, where the zero time is no end.
func before(now, end time.Time) bool { return end.IsZero() || now.Before(end) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
