package limits

import (
	"errors"
	"time"
)

// errRunning says that the outcome of attempts under way decides. They end soon.
var errRunning = errors.New("limits: other attempts are under way")

const (
	// attemptTime is how long an attempt may take at most, in addition to the wait for
	// its hash. One without an outcome by then, because its process was killed or the
	// store was too slow, is a failure.
	attemptTime = 30 * time.Second
	// failureTime is how long failures are remembered that did not reach the end.
	failureTime = 30 * 24 * time.Hour
	// endedTime is how long an account whose password no longer logs in stays so:
	// until the password is reset.
	endedTime = 10 * 365 * 24 * time.Hour
)

// failures are the failures in a row of logins with a password, or of answers with a
// factor. An attempt is reserved before the password is checked: Failed and Running
// together never exceed what is free, and beyond that one runs at a time.
type failures struct {
	Failed  int `json:"f,omitzero"`
	Running int `json:"r,omitzero"`
	// At is when the last attempt began or failed.
	At stamp `json:"t,omitzero"`
}

func (f *failures) begin(c *settings, now time.Time) error {
	f.tidy(c, now)
	switch wait := delay(c, f.Failed) - f.At.age(now); {
	case f.Failed >= c.MaxFailures:
		return &TooManyError{RetryAfter: c.MaxDelay}
	case f.Failed >= c.FreeFailures && wait > 0:
		return &TooManyError{RetryAfter: wait}
	case f.Failed >= c.FreeFailures && f.Running > 0, f.Failed < c.FreeFailures && f.Failed+f.Running >= c.FreeFailures:
		return errRunning
	}
	f.Running++
	f.At = stampOf(now)
	return nil
}

// tidy forgets old failures and gives up attempts whose outcome is overdue.
func (f *failures) tidy(c *settings, now time.Time) {
	if f.Running > 0 && f.At.age(now) > c.lease {
		f.Failed += f.Running
		f.Running = 0
	}
	if f.Failed < c.MaxFailures && f.At.age(now) > failureTime {
		*f = failures{}
	}
}

// delay is the wait after that many failures in a row.
func delay(c *settings, failed int) time.Duration {
	if failed < c.FreeFailures {
		return 0
	}
	wait := c.FirstDelay
	for range failed - c.FreeFailures {
		if wait >= c.MaxDelay/2 {
			return c.MaxDelay
		}
		wait *= 2
	}
	return min(wait, c.MaxDelay)
}

// fail turns an attempt under way into a failure. One that was given up is one already.
func (f *failures) fail(now time.Time) {
	if f.Running == 0 {
		return
	}
	f.Running--
	f.Failed++
	f.At = stampOf(now)
}

// cancel forgets an attempt under way in which nothing was tried.
func (f *failures) cancel() { f.Running = max(0, f.Running-1) }

// succeed ends the row. Other attempts under way still have no outcome.
func (f *failures) succeed() {
	f.cancel()
	f.Failed = 0
	if f.Running == 0 {
		f.At = 0
	}
}

func (f *failures) keep(c *settings) time.Duration {
	if f.Failed >= c.MaxFailures {
		return endedTime
	}
	return failureTime
}
