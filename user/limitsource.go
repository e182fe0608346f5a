package user

import (
	"context"
	"errors"
	"time"
)

// SourceLimit is what is limited by source.
type SourceLimit string

// The limits by source.
const (
	// LimitLogins counts logins that failed.
	LimitLogins SourceLimit = "login"
	// LimitRegistrations counts registrations that succeeded or found the address taken.
	LimitRegistrations SourceLimit = "register"
	// LimitAddresses counts changes of an address that found it taken, together with
	// LimitRegistrations: each such answer tells who has an account.
	LimitAddresses SourceLimit = "address"
	// LimitMailRequests counts all requests for mails.
	LimitMailRequests SourceLimit = "mail"
	// LimitOAuth counts all sign-ins that begin.
	LimitOAuth SourceLimit = "oauth"
)

// Source is where requests come from.
type Source struct {
	// Network is a network in text, such as "192.0.2.7/32". Nothing is limited where
	// it is empty.
	Network string
	// Shared says that the requests of many clients come from there, who cannot be
	// told apart. The limits are ten times as high then.
	Shared bool
}

// sharedFactor is how many clients a shared source may stand for.
const sharedFactor = 10

// record names the record that counts what comes from s.
func (s Source) record(l *limiter, what SourceLimit) string {
	if what == LimitAddresses {
		what = LimitRegistrations
	}
	if s.Shared { // the machine that forwards them may make requests of its own
		return l.name(string(what), "shared "+s.Network)
	}
	return l.name(string(what), s.Network)
}

// rates returns what counts for s.
func (s Source) rates(l *Limits, what SourceLimit) rates {
	r := l.rates(what)
	if s.Shared {
		for i := range r.each {
			r.each[i].max *= sharedFactor
		}
	}
	return r
}

func (l *Limits) rates(what SourceLimit) rates {
	r := rates{lease: l.lease}
	switch what {
	case LimitLogins:
		r.each = []rate{{l.LoginsPerMinute, time.Minute}, {l.LoginsPerHour, time.Hour}}
	case LimitRegistrations, LimitAddresses:
		r.each = []rate{{l.RegistrationsPerHour, time.Hour}}
	case LimitMailRequests:
		r.each = []rate{{l.MailRequestsPerHour, time.Hour}}
	case LimitOAuth:
		r.each = []rate{{l.OAuthPerMinute, time.Minute}}
	}
	return r
}

// counts reports whether what ended with err counts.
func (what SourceLimit) counts(err error) bool {
	switch what {
	case LimitLogins:
		var many *TooManyError
		return errors.Is(err, ErrBadCredentials) || errors.Is(err, ErrBadFactor) || errors.Is(err, ErrInactive) ||
			errors.As(err, &many) || errors.Is(err, context.Canceled)
	case LimitRegistrations:
		return err == nil || errors.Is(err, ErrExists)
	case LimitAddresses:
		return errors.Is(err, ErrExists)
	}
	return true
}

// LimitSource calls do and returns its error, unless a limit by source refuses
// that with a [*TooManyError]. Where limits are off nothing is limited.
//
// The place is reserved before do runs and given back where its outcome does not
// count, so of concurrent calls no more pass than the limit says; the others wait
// as long for the outcomes as for a hash, 2 seconds, then get [ErrBusy]. Where the store of
// limits does not answer, logins get [ErrUnavailable], and everything else is not
// limited.
func (m *Manager) LimitSource(ctx context.Context, what SourceLimit, source Source, do func() error) error {
	l := m.limits
	if l == nil || source.Network == "" {
		return do()
	}
	p := &place{l: l, what: what, key: source.record(l, what), rates: source.rates(&l.Limits, what), queue: &l.sources}
	if source.Shared {
		p.queue = &l.shared
	}
	leave, err := p.reserve(ctx)
	var many *TooManyError
	switch {
	case err == nil:
		defer leave()
	case errors.As(err, &many), errors.Is(err, ErrBusy), ctx.Err() != nil, what == LimitLogins:
		return err
	default:
		l.ignore(ctx, string(what), err)
		return do()
	}
	counts := true // also where do panics
	defer func() { p.settle(ctx, counts) }()
	err = do()
	counts = what.counts(err)
	return err
}

// place is what is reserved of a limit by source.
type place struct {
	l     *limiter
	what  SourceLimit
	key   string
	rates rates
	queue *turns
}

// waits reports whether the outcome decides whether it counts.
func (p *place) waits() bool {
	return p.what == LimitLogins || p.what == LimitRegistrations || p.what == LimitAddresses
}

func (p *place) reserve(ctx context.Context) (leave func(), err error) {
	step := (*tally).take
	if p.waits() {
		step = (*tally).begin
	}
	leave, err = p.l.reserve(ctx, p.queue, p.key, func(ctx context.Context) error {
		if p.what == LimitLogins {
			return p.change(ctx, step)
		}
		ctx, cancel := aside(ctx, limitTime) // a store that hangs must not hold this up
		defer cancel()
		return p.change(ctx, step)
	})
	if err == nil && !p.waits() {
		leave()
		leave = func() {}
	}
	return leave, err
}

// settle tells whether what was reserved counts.
func (p *place) settle(ctx context.Context, counts bool) {
	if !p.waits() {
		return
	}
	ctx, cancel := aside(ctx, StoreBudget)
	defer cancel()
	p.l.ignore(ctx, string(p.what), changeNow(ctx, p.l, p.key, func(record *tally, now time.Time) (time.Duration, error) {
		if counts {
			record.count(now)
		} else {
			record.cancel()
		}
		return p.rates.longest(), nil
	}))
}

func (p *place) change(ctx context.Context, step func(*tally, rates, time.Time) error) error {
	return change(ctx, p.l, p.key, func(record *tally, now time.Time) (time.Duration, error) {
		return p.rates.longest(), step(record, p.rates, now)
	})
}
