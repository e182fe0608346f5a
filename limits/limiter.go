package limits

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/ginauth/ginauth/internal/calls"
	"github.com/ginauth/ginauth/internal/keyedlock"
)

const (
	// sourceAttempts are the attempts at a time from one source.
	sourceAttempts = 16
	// limitTime is how long a limit may hold up what goes on without it, too.
	limitTime = time.Second
)

// Limiter enforces limits. A nil *Limiter limits nothing. It is safe for concurrent use.
//
// It is not one of the general rate limiters, well kept as some are: those for one
// process (golang.org/x/time/rate) share nothing, and those over a store
// (go-redis/redis_rate, sethvargo/go-limiter) take a token for each request and
// know neither MongoDB, nor giving back what did not fail, nor a row of failures
// that a success ends, nor an account's own networks.
type Limiter struct {
	settings
	key      []byte
	now      func() time.Time
	logger   *slog.Logger
	patience time.Duration
	busy     error

	// swaps lets one change at a time of a record go to the store, logins and
	// sources some attempts at a time that use one record: the others wait here, where
	// it costs nothing, until those before them have succeeded.
	swaps, logins, sources, shared keyedlock.Locks
}

// settings are a complete [Config].
type settings struct {
	Config
	lease time.Duration // how long an attempt may take
}

// Options are what a [Limiter] needs of the program it is part of.
type Options struct {
	// Key blinds the names of records: stores and their logs see no address. Required.
	Key []byte

	// Patience is how long a call waits for the outcome of other attempts. Defaults to 2
	// seconds.
	Patience time.Duration
	// Busy is the error of a call that has waited for so long. Defaults to
	// [context.DeadlineExceeded].
	Busy error
	// Now returns the time. Defaults to time.Now.
	Now func() time.Time
	// Logger takes failures of the store, and accounts whose password ended. Defaults to
	// slog.Default().
	Logger *slog.Logger
}

// New returns a Limiter, nil if config is Off, or all mistakes of config joined, each
// naming its field.
func New(config Config, options Options) (*Limiter, error) {
	if config.Off {
		return nil, nil
	}
	config, options = config.withDefaults(), options.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	return &Limiter{
		settings: settings{Config: config, lease: options.Patience + attemptTime},
		key:      options.Key, now: options.Now, logger: options.Logger, patience: options.Patience, busy: options.Busy,
		swaps:   keyedlock.Locks{Busy: options.Busy},
		logins:  keyedlock.Locks{Busy: options.Busy, Places: max(1, config.FreeFailures-1)},
		sources: keyedlock.Locks{Busy: options.Busy, Places: sourceAttempts},
		shared:  keyedlock.Locks{Busy: options.Busy, Places: sharedFactor * sourceAttempts},
	}, nil
}

func (o Options) withDefaults() Options {
	o.Patience = cmp.Or(o.Patience, 2*time.Second)
	if o.Busy == nil {
		o.Busy = context.DeadlineExceeded
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// name returns the key of a record.
func (l *Limiter) name(kind, of string) string { return kind + ":" + l.blind(kind, of) }

func (l *Limiter) blind(kind, of string) string {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(kind + "\x00" + of))
	return hex.EncodeToString(mac.Sum(nil))
}

// network names the network of a client, within which a person moves: 24 bits of IPv4,
// 64 of IPv6. Empty if the client is unknown.
func (l *Limiter) network(client netip.Addr) string {
	client = client.Unmap()
	bits := 64
	if client.Is4() {
		bits = 24
	}
	prefix, err := client.Prefix(bits)
	if err != nil || !prefix.IsValid() {
		return ""
	}
	return l.blind("network", prefix.String())[:16]
}

// aside returns a context for what must neither be held up by a limit nor be
// lost when the client goes.
func aside(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(calls.Apart(context.WithoutCancel(ctx)), limit)
}

// ignore logs a failure of the store that must not fail anything else.
func (l *Limiter) ignore(ctx context.Context, what string, err error) {
	if err != nil {
		l.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: limit was not counted",
			slog.String("limit", what), slog.String("error", err.Error()))
	}
}

const (
	// retryPause is the first pause before asking again for the outcome of an attempt,
	// which may be of another instance.
	retryPause    = 25 * time.Millisecond
	maxRetryPause = 200 * time.Millisecond
)

// reserve waits for a place of key among locks and reserves an attempt. Where the
// outcome of attempts under way decides, it waits for that a while: clients that behave
// are not refused because of others that may turn out to behave as well. The caller
// calls leave once its own outcome is stored.
func (l *Limiter) reserve(ctx context.Context, locks *keyedlock.Locks, key string, begin func(context.Context) error) (leave func(), err error) {
	leave, err = locks.LockWithin(ctx, l.patience, key)
	if err != nil {
		return nil, err
	}
	if err := l.retry(ctx, begin); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

func (l *Limiter) retry(ctx context.Context, begin func(context.Context) error) error {
	err := begin(ctx)
	if !errors.Is(err, errRunning) {
		return err
	}
	// Asking again and again has a time of its own, and leaves the request its budget.
	limited, cancel := context.WithTimeout(calls.Apart(ctx), l.patience)
	defer cancel()
	for pause := retryPause; errors.Is(err, errRunning); pause = min(2*pause, maxRetryPause) {
		select {
		case <-time.After(pause):
			err = begin(limited)
		case <-limited.Done():
			if ctx.Err() == nil {
				return l.busy
			}
			return ctx.Err()
		}
	}
	return err
}
