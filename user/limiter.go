package user

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

const (
	limitInfo = "ginauth:limits"
	// limitPoll is how often the outcome is looked for that another instance tells.
	limitPoll    = 25 * time.Millisecond
	maxLimitPoll = 200 * time.Millisecond
	// sourceAttempts are the attempts at a time from one source.
	sourceAttempts = 16
	// limitTime is how long a limit may hold up what goes on without it, too.
	limitTime = time.Second
	// maxSwaps is how often a record may turn out to be changed by another
	// instance. Each time that one got further, and limits end that soon.
	maxSwaps = 1000
)

// limiter enforces limits. Nil limits nothing.
//
// It is not one of the general rate limiters, well kept as some are: those for one
// process (golang.org/x/time/rate) share nothing, and those over a store
// (go-redis/redis_rate, sethvargo/go-limiter) take a token for each request and
// know neither MongoDB, nor giving back what did not fail, nor a row of failures
// that a success ends, nor an account's own networks.
type limiter struct {
	Limits
	key    []byte
	now    func() time.Time
	logger *slog.Logger
	// patience is how long somebody waits for the outcome of other attempts, which
	// wait for their hashes.
	patience time.Duration

	// swaps lets one change at a time of a record go to the store, logins and
	// sources some attempts at a time that count for one record: the others wait
	// here, where it costs nothing, until those before them have turned out well.
	swaps, logins, sources, shared turns
}

func newLimiter(config ManagerConfig) (*limiter, error) {
	if config.Limits.Off {
		return nil, nil
	}
	limits := config.Limits.withDefaults(config.Store)
	if err := limits.check(); err != nil {
		return nil, err
	}
	l := &limiter{Limits: limits, now: config.Now, logger: config.Logger, patience: config.Hasher.Wait}
	l.lease = l.patience + attemptTime
	if config.Keys != nil {
		l.key = config.Keys.Derive(limitInfo)[0]
	}
	l.logins.places = max(1, l.FreeFailures-1)
	l.sources.places = sourceAttempts
	l.shared.places = sharedFactor * sourceAttempts
	return l, nil
}

// start makes up for a store that keeps no limits.
func (l *limiter) start(store Store) {
	if l == nil || l.Store != nil {
		return
	}
	l.Store = NewMemoryLimits()
	l.logger.Warn("ginauth: abuse limits count in this process only, because the store cannot count: "+
		"with several instances set Config.Limits.Store", slog.String("store", fmt.Sprintf("%T", store)))
}

// name returns the key of a record. Stores and their logs see no address.
func (l *limiter) name(kind, of string) string { return kind + ":" + l.blind(kind, of) }

func (l *limiter) blind(kind, of string) string {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(kind + "\x00" + of))
	return hex.EncodeToString(mac.Sum(nil))
}

// change replaces the record under key by what step makes of it, in one atomic
// step for all instances. What step returns as an error changes nothing.
func change[R any](ctx context.Context, l *limiter, key string, step func(record *R, now time.Time) (keep time.Duration, err error)) error {
	leave, err := l.swaps.wait(ctx, l.patience, key)
	if err != nil {
		return err
	}
	defer leave()
	return changeNow(ctx, l, key, step)
}

// changeNow is change that does not wait for its turn: the outcome of an attempt
// must not come after a crowd that waits for just that.
func changeNow[R any](ctx context.Context, l *limiter, key string, step func(record *R, now time.Time) (keep time.Duration, err error)) error {
	for range maxSwaps {
		before, err := StoreCall(ctx, func(ctx context.Context) (string, error) { return l.Store.Limit(ctx, key) })
		if err != nil {
			return err
		}
		var record R
		if err := decodeLimit(before, &record); err != nil {
			return err
		}
		now := l.now()
		mended, err := mend(&record, now)
		if err != nil {
			return err
		}
		keep, err := step(&record, now)
		if err != nil {
			if mended != "" { // else the wait would begin anew with every look at it
				_, _ = StoreCall(ctx, func(ctx context.Context) (bool, error) {
					return l.Store.SwapLimit(ctx, key, before, mended, keep)
				})
			}
			return err
		}
		after, err := encodeLimit(record)
		if err != nil || after == before {
			return err
		}
		swapped, err := StoreCall(ctx, func(ctx context.Context) (bool, error) {
			return l.Store.SwapLimit(ctx, key, before, after, keep)
		})
		if err != nil || swapped {
			return err
		}
	}
	return ErrBusy
}

// decodeLimit fails closed: what cannot be read may be a limit that was reached.
func decodeLimit(text string, record any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), record); err != nil {
		return fmt.Errorf("%w: user: record of a limit is damaged", ErrUnavailable)
	}
	return nil
}

func encodeLimit(record any) (string, error) {
	text, err := json.Marshal(record)
	if string(text) == "{}" {
		return "", err
	}
	return string(text), err
}

// reserve takes a turn for an attempt and reserves it. It waits a while where the
// outcome of attempts under way decides: whoever behaves is not refused because
// of others who may turn out to behave as well. The caller calls leave once the
// outcome is told.
func (l *limiter) reserve(ctx context.Context, queue *turns, key string, begin func(context.Context) error) (leave func(), err error) {
	leave, err = queue.wait(ctx, l.patience, key)
	if err != nil {
		return nil, err
	}
	if err := l.retry(ctx, begin); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

func (l *limiter) retry(ctx context.Context, begin func(context.Context) error) error {
	err := begin(ctx)
	if !errors.Is(err, errRunning) {
		return err
	}
	// Asking again and again has a time of its own, and leaves the request its budget.
	limited, cancel := context.WithTimeout(context.WithValue(ctx, budgetKey{}, nil), l.patience)
	defer cancel()
	for pause := limitPoll; errors.Is(err, errRunning); pause = min(2*pause, maxLimitPoll) {
		select {
		case <-time.After(pause):
			err = begin(limited)
		case <-limited.Done():
			if ctx.Err() == nil {
				return ErrBusy
			}
			return ctx.Err()
		}
	}
	return err
}

// aside returns a context for what must neither be held up by a limit nor be
// lost when the client goes.
func aside(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx = context.WithValue(context.WithoutCancel(ctx), budgetKey{}, nil)
	return context.WithTimeout(ctx, limit)
}

// ignore logs a failure of the store that must not fail anything else.
func (l *limiter) ignore(ctx context.Context, what string, err error) {
	if err != nil {
		l.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: limit was not counted",
			slog.String("limit", what), slog.String("error", err.Error()))
	}
}
