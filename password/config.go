package password

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// DefaultWait is how long a password waits for its turn where the application sets
// nothing else.
const DefaultWait = 2 * time.Second

// Config says how new passwords are hashed and how much of the machine hashing may take.
// The zero value is ready to use.
type Config struct {
	// Memory of one hash in KiB: at least 47104 (46 MiB) with Time 1, 19456
	// (19 MiB) with Time 2, 12288 (12 MiB) with more; at most 262144 (256 MiB).
	// Defaults to 19456.
	Memory uint32
	// Time is the number of passes over the memory, at most 10. Defaults to 2.
	Time uint32
	// Threads that compute one hash, at most 16. Defaults to 1.
	Threads uint8

	// MemoryBudget is what all hashes that run at the same time may take
	// together, in KiB. One may always run. Defaults to 262144 (256 MiB).
	MemoryBudget uint32
	// Queue is how many may wait for their turn; more get [ErrBusy] at once.
	// Defaults to 64.
	Queue int
	// Wait is the longest wait, after which there is [ErrBusy]. Defaults to [DefaultWait].
	Wait time.Duration

	// Verifiers read forms of stored hashes that the built-in readers do not
	// know, in this order. Defaults to none.
	Verifiers []Verifier

	// Trace is called as passwords are hashed, for metrics. Defaults to nothing.
	Trace Trace
}

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

func (c Config) withDefaults() Config {
	c.Memory = cmp.Or(c.Memory, 19*1024)
	c.Time = cmp.Or(c.Time, 2)
	c.Threads = cmp.Or(c.Threads, 1)
	c.MemoryBudget = cmp.Or(c.MemoryBudget, 256*1024)
	c.Queue = cmp.Or(c.Queue, 64)
	c.Wait = cmp.Or(c.Wait, DefaultWait)
	return c
}

func (c Config) checkLimits() error {
	var errs []error
	if c.Queue < 0 {
		errs = append(errs, fmt.Errorf("Hasher.Queue is %d, want at least 1", c.Queue))
	}
	if c.Wait < 0 {
		errs = append(errs, fmt.Errorf("Hasher.Wait is %v, want a positive duration", c.Wait))
	}
	for i, v := range c.Verifiers {
		if v == nil {
			errs = append(errs, fmt.Errorf("Hasher.Verifiers[%d] is nil", i))
		}
	}
	return errors.Join(errs...)
}
