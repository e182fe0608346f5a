package user

import (
	"errors"
	"time"
)

// errRunning says that the outcome of attempts under way decides. They end soon.
var errRunning = errors.New("user: other attempts are under way")

const (
	// attemptTime is how long an attempt may take at most, besides waiting for its
	// hash. One that has not told its outcome by then, because its process was
	// killed or the store was too slow, counts as failed.
	attemptTime = 30 * time.Second
	// triesTime is how long failures are remembered that did not reach the end.
	triesTime = 30 * 24 * time.Hour
	// endedTime is how long an account whose password logs nobody in any more
	// stays so: until the password is reset.
	endedTime = 10 * 365 * 24 * time.Hour
)

// tries are the failures in a row of logins with a password. An attempt is
// reserved before the password is looked at: Failed and Running together never
// exceed what is free, and beyond that one runs at a time.
type tries struct {
	Failed  int `json:"f,omitzero"`
	Running int `json:"r,omitzero"`
	// At is when the last attempt began or failed.
	At stamp `json:"t,omitzero"`
}

func (t *tries) begin(l *Limits, now time.Time) error {
	t.tidy(l, now)
	switch wait := delay(l, t.Failed) - t.At.age(now); {
	case t.Failed >= l.MaxFailures:
		return &TooManyError{RetryAfter: l.MaxDelay}
	case t.Failed >= l.FreeFailures && wait > 0:
		return &TooManyError{RetryAfter: wait}
	case t.Failed >= l.FreeFailures && t.Running > 0, t.Failed < l.FreeFailures && t.Failed+t.Running >= l.FreeFailures:
		return errRunning
	}
	t.Running++
	t.At = stampOf(now)
	return nil
}

// tidy forgets old failures and gives up attempts nobody will tell the outcome of.
func (t *tries) tidy(l *Limits, now time.Time) {
	if t.Running > 0 && t.At.age(now) > l.lease {
		t.Failed += t.Running
		t.Running = 0
	}
	if t.Failed < l.MaxFailures && t.At.age(now) > triesTime {
		*t = tries{}
	}
}

// delay is the wait after that many failures in a row.
func delay(l *Limits, failed int) time.Duration {
	if failed < l.FreeFailures {
		return 0
	}
	wait := l.FirstDelay
	for range failed - l.FreeFailures {
		if wait >= l.MaxDelay/2 {
			return l.MaxDelay
		}
		wait *= 2
	}
	return min(wait, l.MaxDelay)
}

// fail turns an attempt under way into a failure. One that was given up is one already.
func (t *tries) fail(now time.Time) {
	if t.Running == 0 {
		return
	}
	t.Running--
	t.Failed++
	t.At = stampOf(now)
}

// cancel forgets an attempt under way in which nothing was tried.
func (t *tries) cancel() { t.Running = max(0, t.Running-1) }

// succeed ends the row. Other attempts under way are still to tell.
func (t *tries) succeed() {
	t.cancel()
	t.Failed = 0
	if t.Running == 0 {
		t.At = 0
	}
}

func (t *tries) keep(l *Limits) time.Duration {
	if t.Failed >= l.MaxFailures {
		return endedTime
	}
	return triesTime
}

// stamp is a time in milliseconds since 1970.
type stamp int64

func stampOf(at time.Time) stamp { return stamp(at.UnixMilli()) }

// age is how long before now the time was; 0 where clocks differ and it is to come.
func (s stamp) age(now time.Time) time.Duration {
	return max(0, now.Sub(time.UnixMilli(int64(s))))
}
