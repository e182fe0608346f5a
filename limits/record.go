package limits

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/internal/calls"
)

// maxSwaps is how often a record may turn out to be changed by another instance. Each
// time that one got further, and limits end that soon.
const maxSwaps = 1000

// change replaces the record under key by what step makes of it, in one atomic
// step for all instances. What step returns as an error changes nothing.
func change[R any](ctx context.Context, l *Limiter, key string, step func(record *R, now time.Time) (keep time.Duration, err error)) error {
	leave, err := l.swaps.LockWithin(ctx, l.patience, key)
	if err != nil {
		return err
	}
	defer leave()
	return changeNow(ctx, l, key, step)
}

// changeNow is change that does not wait for its turn: the outcome of an attempt
// must not come after a crowd that waits for just that.
func changeNow[R any](ctx context.Context, l *Limiter, key string, step func(record *R, now time.Time) (keep time.Duration, err error)) error {
	for range maxSwaps {
		before, err := l.read(ctx, key)
		if err != nil {
			return err
		}
		var record R
		if err := decode(before, &record); err != nil {
			return err
		}
		now := l.now()
		mended, err := mend(&record, now)
		if err != nil {
			return err
		}
		keep, err := step(&record, now)
		if err != nil {
			if mended != "" { // else the wait would start again with every look at it
				_, _ = l.swap(ctx, key, before, mended, keep)
			}
			return err
		}
		after, err := encode(record)
		if err != nil || after == before {
			return err
		}
		swapped, err := l.swap(ctx, key, before, after, keep)
		if err != nil || swapped {
			return err
		}
	}
	return l.busy
}

func (l *Limiter) read(ctx context.Context, key string) (string, error) {
	return calls.Run(ctx, nil, func(ctx context.Context) (string, error) { return l.Store.Limit(ctx, key) })
}

func (l *Limiter) swap(ctx context.Context, key, before, after string, keep time.Duration) (bool, error) {
	return calls.Run(ctx, nil, func(ctx context.Context) (bool, error) {
		return l.Store.SwapLimit(ctx, key, before, after, keep)
	})
}

// decode fails closed: what cannot be read may be a limit that was reached.
func decode(text string, record any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), record); err != nil {
		return fmt.Errorf("%w: limits: record is damaged", calls.ErrUnavailable)
	}
	return nil
}

func encode(record any) (string, error) {
	text, err := json.Marshal(record)
	if string(text) == "{}" {
		return "", err
	}
	return string(text), err
}
