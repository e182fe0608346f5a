package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user/records"
)

const limitInfo = "ginauth:limits"

// limiter returns the limiter, or all mistakes of c.Limits.
func (c ManagerConfig) limiter() (*limits.Limiter, error) {
	options := limits.Options{Busy: ErrBusy, Patience: c.Hasher.Wait, Now: c.Now, Logger: c.Logger}
	if c.Keys != nil {
		options.Key = c.Keys.Derive(limitInfo)[0]
	}
	config := c.Limits
	if own, ok := records.As[limits.Store](c.Store); ok && config.Store == nil {
		config.Store = own
	}
	return limits.New(config, options)
}

// warnOfLimits logs that limits are counted by each instance alone.
func (c ManagerConfig) warnOfLimits() {
	if _, ok := records.As[limits.Store](c.Store); ok || c.Limits.Off || c.Limits.Store != nil {
		return
	}
	c.Logger.Warn("ginauth: abuse limits count in this process only, because the store cannot count: "+
		"with several instances set Config.Limits.Store", slog.String("store", fmt.Sprintf("%T", c.Store)))
}

// HasLimits reports whether there are abuse limits.
func (m *Manager) HasLimits() bool { return m.limits != nil }

// LimitSource calls do and returns its error, unless a limit by source refuses
// that with a [*limits.TooManyError]. Where limits are off nothing is limited.
//
// The place is reserved before do runs and given back if its outcome is not what the
// limit is for, so of concurrent calls no more pass than the limit says; the others wait
// as long for the outcomes as for a hash, 2 seconds, then get [ErrBusy]. If the store of
// limits does not answer, logins get [ErrUnavailable], and everything else is not
// limited.
func (m *Manager) LimitSource(ctx context.Context, what limits.SourceLimit, source limits.Source, do func() error) error {
	return m.limits.Limit(ctx, what, source, func() (limits.Place, error) {
		err := do()
		return placeAfter(what, err), err
	})
}

// placeAfter returns what becomes of a place that was reserved for what ended with err.
func placeAfter(what limits.SourceLimit, err error) limits.Place {
	used := true
	switch what {
	case limits.Logins:
		used = errors.Is(err, ErrBadCredentials) || errors.Is(err, ErrBadFactor) || errors.Is(err, ErrBadToken) || errors.Is(err, ErrInactive) ||
			errors.As(err, new(*limits.TooManyError)) || errors.Is(err, context.Canceled)
	case limits.Registrations:
		used = err == nil || errors.Is(err, ErrExists) || errors.Is(err, ErrUsernameTaken)
	case limits.Addresses:
		used = errors.Is(err, ErrExists) || errors.Is(err, ErrUsernameTaken)
	}
	if used {
		return limits.Used
	}
	return limits.Unused
}

// AttemptFactor calls run, in which u answers with the factor of that name and
// completes a login, unless failures in a row refuse that with a
// [*limits.TooManyError]: every factor of an account has a row of its own, over all its
// login tokens, with the numbers of [limits.Config] for passwords. [ErrBadFactor] is a
// failure, nil ends the row, and any other error leaves it as it was. The place in the
// row is reserved before run. From the fifth failure in a row on
// ([limits.Config].FreeFailures) it is logged that the password seems to be known, and
// the user gets a notice, [MailPasswordKnown].
func (m *Manager) AttemptFactor(ctx context.Context, u *User, factor string, run func() error) (err error) {
	defer func() { m.traceFactor(ctx, factor, err) }()
	a, err := m.limits.Factor(ctx, factorOwner(u), factor, clientOf(ctx))
	if err != nil {
		return err
	}
	err = run()
	if m.limits.TooMany(a.End(ctx, m.attemptOutcome(u, err))) {
		m.passwordKnown(ctx, u)
	}
	return err
}

// ForgetFactorFailures ends the row of failures of a user's factor.
func (m *Manager) ForgetFactorFailures(ctx context.Context, u *User, factor string) {
	m.limits.ForgetFactor(ctx, factorOwner(u), factor)
}

// factorOwner names u in the rows of failures of factors. Those of a former owner of the
// account, whose factors are gone, are not the present owner's.
func factorOwner(u *User) string {
	if u.OwnerVersion == 0 {
		return string(u.ID)
	}
	return string(u.ID) + "\x00" + strconv.FormatInt(u.OwnerVersion, 10)
}

// Unlock ends the rows of failed passwords of u, so that the next login is not made to
// wait. Those of second factors are the routes' to end.
func (m *Manager) Unlock(ctx context.Context, u *User) error {
	e := Event{Kind: EventUnlocked, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	m.limits.ForgetLogins(ctx, u.EmailKey)
	m.Emit(ctx, e)
	return nil
}

// passwordOutcome is attemptOutcome for a password. With a second factor a password
// alone is no login, and ends no row.
func (m *Manager) passwordOutcome(u *User, err error) limits.Outcome {
	if err == nil && !u.Barred(m.time()) && u.SecondFactor {
		return limits.Untried
	}
	return m.attemptOutcome(u, err)
}

// attemptOutcome returns the outcome of an attempt to log u in. A client that goes
// before it knows may have been guessing; if the store or the hasher gave up, nothing
// was tried.
func (m *Manager) attemptOutcome(u *User, err error) limits.Outcome {
	switch {
	case errors.Is(err, ErrBadCredentials), errors.Is(err, ErrBadFactor), errors.Is(err, context.Canceled),
		err == nil && u.Barred(m.time()):
		return limits.Failed
	case err != nil:
		return limits.Untried
	}
	return limits.Succeeded
}

// clientOf returns the client's address, the zero Addr if it is unknown.
func clientOf(ctx context.Context) netip.Addr {
	client, err := netip.ParseAddr(RequestFrom(ctx).ClientIP)
	if err != nil {
		return netip.Addr{}
	}
	return client
}

// passwordKnown reports repeated wrong second factors: the first factor was right each
// time, so another person seems to know it. The owner gets a notice.
func (m *Manager) passwordKnown(ctx context.Context, u *User) {
	m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: wrong second factors in a row: the password of a user seems to be known",
		slog.String("user", string(u.ID)), slog.String("ip", RequestFrom(ctx).ClientIP))
	m.Notify(ctx, MailPasswordKnown, u)
}
