package limits

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/internal/calls"
	"github.com/ginauth/ginauth/internal/keyedlock"
)

// SourceLimit is what is limited by source.
type SourceLimit string

// The limits by source.
const (
	// Logins counts logins that failed.
	Logins SourceLimit = "login"
	// Registrations counts registrations that succeeded or found the address taken.
	Registrations SourceLimit = "register"
	// Addresses counts changes of an address that found it taken, together with
	// Registrations: each such answer shows who has an account.
	Addresses SourceLimit = "address"
	// MailRequests counts all requests for mails.
	MailRequests SourceLimit = "mail"
	// OAuth counts all sign-ins that begin.
	OAuth SourceLimit = "oauth"
	// Refreshes counts all requests for new tokens by a refresh token.
	Refreshes SourceLimit = "refresh"
	// Passkeys counts all logins with a passkey that begin.
	Passkeys SourceLimit = "passkey"
	// UnknownKeys counts API keys of the right form that are not there.
	UnknownKeys SourceLimit = "api_key"
)

// Source is where requests come from.
type Source struct {
	// Network is a network in text, such as "192.0.2.7/32". If it is empty nothing is
	// limited.
	Network string
	// Shared says that requests come from there of many clients that cannot be told
	// apart. The limits are ten times as high then.
	Shared bool
}

// sharedFactor is how many clients a shared source may stand for.
const sharedFactor = 10

// record names the record of a limit for s.
func (s Source) record(l *Limiter, what SourceLimit) string {
	if what == Addresses {
		what = Registrations
	}
	if s.Shared { // the machine that forwards them may make requests of its own
		return l.name(string(what), "shared "+s.Network)
	}
	return l.name(string(what), s.Network)
}

// rates returns the rates for s.
func (s Source) rates(c *settings, what SourceLimit) rates {
	r := c.rates(what)
	if s.Shared {
		for i := range r.each {
			r.each[i].max *= sharedFactor
		}
	}
	return r
}

func (c *settings) rates(what SourceLimit) rates {
	r := rates{lease: c.lease}
	switch what {
	case Logins:
		r.each = []rate{{c.LoginsPerMinute, time.Minute}, {c.LoginsPerHour, time.Hour}}
	case Registrations, Addresses:
		r.each = []rate{{c.RegistrationsPerHour, time.Hour}}
	case MailRequests:
		r.each = []rate{{c.MailRequestsPerHour, time.Hour}}
	case OAuth:
		r.each = []rate{{c.OAuthPerMinute, time.Minute}}
	case UnknownKeys:
		r.each = []rate{{c.UnknownKeysPerMinute, time.Minute}}
	case Refreshes:
		r.each = []rate{{c.RefreshesPerMinute, time.Minute}}
	case Passkeys:
		r.each = []rate{{c.PasskeysPerMinute, time.Minute}}
	}
	return r
}

// Place is what becomes of a place of a limit by source when the request has ended.
type Place int

const (
	// Used uses the place up.
	Used Place = iota
	// Unused gives the place back.
	Unused
)

// Limit calls do and returns its error, unless a limit by source refuses that with a
// [*TooManyError]. A place is reserved before do runs, and used if do panics. Errors of
// the store are returned for [Logins]; for all others do runs without a limit then.
func (l *Limiter) Limit(ctx context.Context, what SourceLimit, source Source, do func() (Place, error)) error {
	if l == nil || source.Network == "" {
		_, err := do()
		return err
	}
	r := &reservation{l: l, what: what, key: source.record(l, what), rates: source.rates(&l.settings, what), locks: &l.sources}
	if source.Shared {
		r.locks = &l.shared
	}
	leave, err := r.reserve(ctx)
	switch {
	case err == nil:
		defer leave()
	case errors.As(err, new(*TooManyError)), errors.Is(err, l.busy), ctx.Err() != nil, what == Logins:
		return err
	default:
		l.ignore(ctx, string(what), err)
		_, err := do()
		return err
	}
	place := Used // also if do panics
	defer func() { r.settle(ctx, place) }()
	place, err = do()
	return err
}

// reservation is a reserved place of a limit by source.
type reservation struct {
	l     *Limiter
	what  SourceLimit
	key   string
	rates rates
	locks *keyedlock.Locks
}

// waits reports whether the outcome decides whether the place is used.
func (r *reservation) waits() bool {
	return r.what == Logins || r.what == Registrations || r.what == Addresses
}

func (r *reservation) reserve(ctx context.Context) (leave func(), err error) {
	step := (*counter).take
	if r.waits() {
		step = (*counter).begin
	}
	leave, err = r.l.reserve(ctx, r.locks, r.key, func(ctx context.Context) error {
		if r.what == Logins {
			return r.change(ctx, step)
		}
		ctx, cancel := aside(ctx, limitTime) // a store that hangs must not hold this up
		defer cancel()
		return r.change(ctx, step)
	})
	if err == nil && !r.waits() {
		leave()
		leave = func() {}
	}
	return leave, err
}

// settle stores whether the place is used.
func (r *reservation) settle(ctx context.Context, place Place) {
	if !r.waits() {
		return
	}
	ctx, cancel := aside(ctx, calls.Budget)
	defer cancel()
	r.l.ignore(ctx, string(r.what), changeNow(ctx, r.l, r.key, func(record *counter, now time.Time) (time.Duration, error) {
		if place == Unused {
			record.cancel()
		} else {
			record.use(now)
		}
		return r.rates.longest(), nil
	}))
}

func (r *reservation) change(ctx context.Context, step func(*counter, rates, time.Time) error) error {
	return change(ctx, r.l, r.key, func(record *counter, now time.Time) (time.Duration, error) {
		return r.rates.longest(), step(record, r.rates, now)
	})
}
