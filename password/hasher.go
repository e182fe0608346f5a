package password

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

var (
	// ErrBusy says that too many passwords are being hashed: the queue is full
	// or the wait was too long. Nothing was computed; trying again later is safe.
	ErrBusy = errors.New("password: too many passwords are being hashed")
	// ErrUnknownHash reports a stored hash of an unknown form. It is to be logged and
	// otherwise treated as a wrong password.
	ErrUnknownHash = errors.New("password: unknown form of password hash")
	// ErrHashParameters says that a stored hash asks for more (or less) work than
	// is ever done. Nothing was computed. It is to be logged and otherwise treated
	// as a wrong password.
	ErrHashParameters = errors.New("password: password hash has parameters out of bounds")
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

// Verifier reads stored hashes of a foreign form, for example an older system's. A
// password that matches is hashed again at the login, so a Verifier never makes hashes.
// Its methods may be called concurrently; a panic in them becomes an error of
// [Hasher.Verify].
type Verifier interface {
	// Recognizes reports whether encoded has this Verifier's form. It must be
	// cheap: it is called before the hash waits for its turn.
	Recognizes(encoded string) bool
	// Verify reports whether password belongs to encoded. It takes the place of one hash
	// of the configured memory. An error is neither right nor wrong; it may be (or wrap)
	// [ErrHashParameters] to refuse the work.
	Verify(encoded, password string) (ok bool, err error)
}

// Hasher makes and verifies password hashes: new ones are Argon2id; Argon2i,
// bcrypt, PBKDF2 and scrypt are read. It runs few at a time and lets the others
// wait in order. It is safe for concurrent use.
type Hasher struct {
	params    argon2Params
	verifiers []Verifier
	trace     Trace
	pool      *hashPool
	nobody    string
}

// storedHash is a parsed hash whose parameters are within the caps.
type storedHash interface {
	scheme() string
	memoryKiB() uint32
	matches(password string) (bool, error)
}

// New returns a Hasher, or all mistakes of config joined, each naming its field.
func New(config Config) (*Hasher, error) {
	c := config.withDefaults()
	params := argon2Params{c.Memory, c.Time, c.Threads}
	if err := errors.Join(params.check(), c.checkLimits()); err != nil {
		return nil, err
	}
	jobs := hashJobs(runtime.GOMAXPROCS(0), c.MemoryBudget, c.Memory)
	return &Hasher{
		params:    params,
		verifiers: slices.Clone(c.Verifiers),
		trace:     c.Trace,
		pool:      &hashPool{jobs: jobs, memory: c.MemoryBudget, queue: c.Queue, wait: c.Wait},
		nobody:    nobodysHash(params).encode(),
	}, nil
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

// hashJobs is how many hashes of memory KiB may run at the same time.
func hashJobs(procs int, budget, memory uint32) int {
	return max(1, min(procs, int(budget/memory)))
}

// Hash returns a new Argon2id hash of password as a PHC string. It does not
// look at the password: length and rules are the caller's business.
//
// It blocks for its turn and the computation. When ctx ends it returns ctx.Err()
// at once, but a computation under way keeps its place until it is finished.
// Otherwise the only error is [ErrBusy].
func (h *Hasher) Hash(ctx context.Context, password string) (encoded string, err error) {
	return runHash(ctx, h, argon2id, h.params.memory, func() (string, error) {
		return newArgon2Hash(h.params, password).encode(), nil
	})
}

// Verify reports whether password belongs to the stored hash and, if it does,
// whether the hash is outdated: of another scheme or other parameters than new
// ones, to be replaced by [Hasher.Hash].
//
// The error is [ErrUnknownHash], [ErrHashParameters], [ErrBusy], ctx.Err() or
// that of a [Verifier]; nothing is known about the password then. An empty
// encoded is an unknown form. The first two are found without any work: callers
// that must not show it let [Hasher.VerifyNobody] follow. Blocks as Hash does.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (ok, outdated bool, err error) {
	stored, err := h.parse(encoded)
	if err != nil {
		return false, false, err
	}
	ok, err = runHash(ctx, h, stored.scheme(), stored.memoryKiB(), func() (bool, error) {
		return stored.matches(password)
	})
	if err != nil || !ok {
		return false, false, err
	}
	a, isArgon2 := stored.(*argon2Hash)
	return true, !isArgon2 || !a.isNew(h.params), nil
}

// VerifyNobody does the work of [Hasher.Verify] with a hash of the configured
// parameters and forgets the result. Called where there is no user or no
// password, it keeps the time of the answer from telling. Blocks and fails as
// Hash does.
func (h *Hasher) VerifyNobody(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, h.nobody, password)
	return err
}

// parse finds the reader of encoded. Parameters out of bounds are final; only
// forms unknown to the built-in readers reach the Verifiers.
func (h *Hasher) parse(encoded string) (storedHash, error) {
	stored, err := parseHash(encoded)
	if !errors.Is(err, ErrUnknownHash) {
		return stored, err
	}
	for _, v := range h.verifiers {
		mine, err := recognizes(v, encoded)
		if err != nil {
			return nil, err
		}
		if mine {
			return &foreignHash{v, encoded, h.params.memory}, nil
		}
	}
	return nil, ErrUnknownHash
}

func parseHash(encoded string) (storedHash, error) {
	for _, parse := range [...]func(string) (storedHash, error){
		parseArgon2, parseBcrypt, parsePasslibPBKDF2, parseDjangoPBKDF2, parseScrypt,
	} {
		if stored, err := parse(encoded); !errors.Is(err, ErrUnknownHash) {
			return stored, err
		}
	}
	return nil, ErrUnknownHash
}

// foreignHash is a stored hash that an application's Verifier reads.
type foreignHash struct {
	verifier Verifier
	encoded  string
	memory   uint32
}

func (f *foreignHash) scheme() string { return "other" }

func (f *foreignHash) memoryKiB() uint32 { return f.memory }

func (f *foreignHash) matches(password string) (bool, error) {
	ok, err := f.verifier.Verify(f.encoded, password)
	if err != nil {
		return false, fmt.Errorf("password: verify foreign hash: %w", err)
	}
	return ok, nil
}

func recognizes(v Verifier, encoded string) (mine bool, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			mine, err = false, hashPanic(cause)
		}
	}()
	return v.Recognizes(encoded), nil
}
