package user

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"
)

// attempt is a login with a password that was reserved.
type attempt struct {
	l       *limiter
	key     string
	network string
	known   bool
	// password says that it is a password that is tried.
	password bool
	leave    func()
	// inRow is how many attempts have failed in a row, once this one has failed.
	inRow int
}

// attempt reserves a login to the account of an address, before its password is
// looked at. Errors: [*TooManyError], [ErrBusy], [ErrUnavailable]: where nobody can
// count, nobody is let in.
func (l *limiter) attempt(ctx context.Context, address string) (*attempt, error) {
	if l == nil {
		return nil, nil
	}
	a, err := l.attemptAt(ctx, l.name("login", address), l.network(ctx))
	if err != nil {
		return nil, err
	}
	a.password = true
	return a, nil
}

// attemptAt is attempt for the row of failures under key.
func (l *limiter) attemptAt(ctx context.Context, key, network string) (*attempt, error) {
	if l == nil {
		return nil, nil
	}
	a := &attempt{l: l, key: key, network: network}
	leave, err := l.reserve(ctx, &l.logins, a.key+a.network, func(ctx context.Context) error {
		return change(ctx, l, a.key, func(record *accountLimit, now time.Time) (time.Duration, error) {
			t, known := record.triesOf(a.network, now)
			a.known = known
			err := t.begin(&l.Limits, now)
			return record.keep(&l.Limits), err
		})
	})
	if err != nil {
		return nil, err
	}
	a.leave = leave
	return a, nil
}

// end tells the outcome. A client that goes before it knows may have been
// guessing; where the store or the hasher gave up, nothing was tried.
func (a *attempt) end(ctx context.Context, u *User, err error) {
	if a == nil {
		return
	}
	defer a.leave()
	failed := errors.Is(err, ErrBadCredentials) || errors.Is(err, ErrBadFactor) || errors.Is(err, context.Canceled) ||
		(err == nil && !u.IsActive)
	// A password alone is no login of a user with a second factor, and ends no row.
	half := err == nil && a.password && u.SecondFactor
	ctx, cancel := aside(ctx, StoreBudget)
	defer cancel()
	ended := false
	a.l.ignore(ctx, "login", changeNow(ctx, a.l, a.key, func(record *accountLimit, now time.Time) (time.Duration, error) {
		t := record.begun(a.network, a.known)
		switch {
		case t == nil: // the network was forgotten
		case failed:
			t.fail(now)
			a.inRow = t.Failed
			ended = t.Failed == a.l.MaxFailures
		case err != nil, half:
			t.cancel()
		default:
			t.succeed()
			record.note(a.network, now)
		}
		return record.keep(&a.l.Limits), nil
	}))
	if ended && !a.password {
		a.l.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: too many wrong answers in a row: another factor is needed, or a superuser's help",
			slog.String("user", string(u.ID)), slog.String("ip", RequestFrom(ctx).ClientIP))
	}
	if ended && a.password {
		a.l.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: too many failed logins in a row: the password has to be reset",
			slog.String("account", a.key), slog.String("ip", RequestFrom(ctx).ClientIP))
	}
}

// network names the network a request comes from, which is what a person moves
// within: 24 bits of IPv4, 64 of IPv6. Empty if it is unknown.
func (l *limiter) network(ctx context.Context) string {
	addr, err := netip.ParseAddr(RequestFrom(ctx).ClientIP)
	if err != nil {
		return ""
	}
	addr, bits := addr.Unmap(), 64
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return l.blind("network", prefix.String())[:16]
}

// forget opens an account whose password is a new one.
func (l *limiter) forget(ctx context.Context, u *User) {
	if l != nil {
		l.forgetRow(ctx, l.name("login", u.EmailKey))
	}
}

// forgetRow ends the row of failures under key.
func (l *limiter) forgetRow(ctx context.Context, key string) {
	if l == nil {
		return
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	l.ignore(ctx, "login", changeNow(ctx, l, key, func(record *accountLimit, _ time.Time) (time.Duration, error) {
		record.Strangers = tries{}
		for i := range record.Known {
			record.Known[i].tries = tries{}
		}
		return record.keep(&l.Limits), nil
	}))
}
