package limits

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/ginauth/ginauth/internal/calls"
)

// Outcome is how an attempt ended.
type Outcome int

const (
	// Failed adds a failure to the row.
	Failed Outcome = iota
	// Untried leaves the row as it was before the attempt.
	Untried
	// Succeeded ends the row.
	Succeeded
)

// Attempt is a login that was reserved. A nil *Attempt is not limited.
type Attempt struct {
	l       *Limiter
	key     string
	client  netip.Addr
	network string
	known   bool
	leave   func()
	ended   string // what the log says at the end of the row
}

// Login reserves an attempt to log in to an account with a password, before the
// password is checked. client is the client's address, the zero Addr if it is unknown.
// The caller calls [Attempt.End] once. Errors: [*TooManyError], [Options].Busy and
// [github.com/ginauth/ginauth/user.ErrUnavailable]: without the counts no login is
// admitted.
func (l *Limiter) Login(ctx context.Context, accountKey string, client netip.Addr) (*Attempt, error) {
	if l == nil {
		return nil, nil
	}
	return l.attempt(ctx, &Attempt{l: l, key: l.loginKey(accountKey), client: client, network: l.network(client), ended: passwordEnded})
}

// Factor is [Limiter.Login] for an answer with a second factor of a user. Each factor
// has one row, for all networks together.
func (l *Limiter) Factor(ctx context.Context, userID, factor string, client netip.Addr) (*Attempt, error) {
	if l == nil {
		return nil, nil
	}
	return l.attempt(ctx, &Attempt{l: l, key: l.factorKey(userID, factor), client: client, ended: factorEnded})
}

func (l *Limiter) loginKey(accountKey string) string { return l.name("login", accountKey) }

func (l *Limiter) factorKey(userID, factor string) string {
	return l.name("factor", userID+"\x00"+factor)
}

func (l *Limiter) attempt(ctx context.Context, a *Attempt) (*Attempt, error) {
	leave, err := l.reserve(ctx, &l.logins, a.key+a.network, func(ctx context.Context) error {
		return change(ctx, l, a.key, func(record *account, now time.Time) (time.Duration, error) {
			row, known := record.failuresOf(a.network, now)
			a.known = known
			err := row.begin(&l.settings, now)
			return record.keep(&l.settings), err
		})
	})
	if err != nil {
		return nil, err
	}
	a.leave = leave
	return a, nil
}

// End stores the outcome of a. It returns how many attempts have failed in a row, this
// one included, or 0 if it has not failed.
func (a *Attempt) End(ctx context.Context, outcome Outcome) (inRow int) {
	if a == nil {
		return 0
	}
	defer a.leave()
	ctx, cancel := aside(ctx, calls.Budget)
	defer cancel()
	a.l.ignore(ctx, "login", changeNow(ctx, a.l, a.key, func(record *account, now time.Time) (time.Duration, error) {
		row := record.begun(a.network, a.known)
		switch {
		case row == nil: // the network was forgotten
		case outcome == Succeeded:
			row.succeed()
			record.note(a.network, now)
		case outcome == Untried:
			row.cancel()
		default:
			row.fail(now)
			inRow = row.Failed
		}
		return record.keep(&a.l.settings), nil
	}))
	if inRow == a.l.MaxFailures {
		a.l.logger.LogAttrs(ctx, slog.LevelWarn, a.ended, slog.String("account", a.key), slog.Any("ip", a.client))
	}
	return inRow
}

// What the log says when a row has reached its end.
const (
	passwordEnded = "ginauth: too many failed logins in a row: the password has to be reset"
	factorEnded   = "ginauth: too many wrong answers in a row: another factor is needed, or a superuser's help"
)

// TooMany reports whether so many failures in a row are more than are free.
func (l *Limiter) TooMany(inRow int) bool { return l != nil && inRow >= l.FreeFailures }

// LoggedIn ends the row of failed logins to an account with a second factor, when the
// login is complete: the right password alone does not end it.
func (l *Limiter) LoggedIn(ctx context.Context, accountKey string, client netip.Addr) {
	if l == nil {
		return
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	network := l.network(client)
	l.ignore(ctx, "login", changeNow(ctx, l, l.loginKey(accountKey), func(record *account, now time.Time) (time.Duration, error) {
		row, _ := record.failuresOf(network, now)
		row.Failed = 0
		record.note(network, now)
		return record.keep(&l.settings), nil
	}))
}

// ForgetLogins ends all rows of failed logins to an account, whose password is a new one.
func (l *Limiter) ForgetLogins(ctx context.Context, accountKey string) {
	if l != nil {
		l.forget(ctx, l.loginKey(accountKey))
	}
}

// ForgetFactor ends the row of failures of a user's factor.
func (l *Limiter) ForgetFactor(ctx context.Context, userID, factor string) {
	if l != nil {
		l.forget(ctx, l.factorKey(userID, factor))
	}
}

func (l *Limiter) forget(ctx context.Context, key string) {
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	l.ignore(ctx, "login", changeNow(ctx, l, key, func(record *account, _ time.Time) (time.Duration, error) {
		record.Strangers = failures{}
		for i := range record.Known {
			record.Known[i].failures = failures{}
		}
		return record.keep(&l.settings), nil
	}))
}
