package password

import (
	"context"
	"time"
)

// Trace is a set of functions that are called as a [Hasher] works. Any of them may be nil.
// They are called concurrently and must neither block nor panic.
type Trace struct {
	// Waited is called when a hash of that scheme got its turn, or was given up: err is
	// nil, [ErrBusy] or that of ctx. Scheme is "argon2id", "argon2i", "bcrypt", "pbkdf2",
	// "scrypt", or "other" for that of a [Verifier].
	Waited func(ctx context.Context, scheme string, wait time.Duration, err error)
	// Computed is called when a hash that got its turn is finished, also where ctx has
	// ended before.
	Computed func(ctx context.Context, scheme string, started time.Time, took time.Duration)
}

// wait is called before a hash waits for its turn; what it returns when it got it, or
// gave up; and what that returns when the hash is finished.
func (t Trace) wait(ctx context.Context, scheme string) (waited func(error) (computed func())) {
	if t.Waited == nil && t.Computed == nil {
		return untraced
	}
	began := time.Now()
	return func(err error) func() {
		started := time.Now()
		if t.Waited != nil {
			t.Waited(ctx, scheme, started.Sub(began), err)
		}
		return func() {
			if t.Computed != nil {
				t.Computed(ctx, scheme, started, time.Since(started))
			}
		}
	}
}

func untraced(error) func() { return nothing }

func nothing() {}
