package password

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
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

// errHashAborted is the result of a job that ended its goroutine.
var errHashAborted = errors.New("password: password hashing aborted")

// hashPanic names the panic without quoting its value, which may hold the
// password; the runtime's own errors do not.
func hashPanic(cause any) error {
	if err, ok := cause.(runtime.Error); ok {
		return fmt.Errorf("password: panic in password hashing: %w", err)
	}
	return fmt.Errorf("password: panic of type %T in password hashing", cause)
}

// runHash runs job when pool has a place for its memory. The job cannot be
// stopped, so it owns the place: if ctx ends, the caller is let go but the place
// stays taken until the job is really finished.
func runHash[T any](ctx context.Context, h *Hasher, scheme string, memory uint32, job func() (T, error)) (T, error) {
	var none T
	began := time.Now()
	place, err := h.pool.acquire(ctx, min(memory, h.pool.memory)) // nothing needs more than the whole budget
	started := time.Now()
	if h.trace.Waited != nil {
		h.trace.Waited(ctx, scheme, started.Sub(began), err)
	}
	if err != nil {
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errHashAborted}
		defer func() {
			if cause := recover(); cause != nil {
				r = result{err: hashPanic(cause)}
			}
			h.pool.leave(place)
			if h.trace.Computed != nil {
				h.trace.Computed(ctx, scheme, started, time.Since(started))
			}
			done <- r
		}()
		r.value, r.err = job()
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// hashPool bounds the jobs that run at the same time, by number and by memory (in KiB).
// Jobs are served in the order of their arrival: a job that needs much memory is not
// overtaken by small ones.
type hashPool struct {
	jobs   int
	memory uint32
	queue  int
	wait   time.Duration

	mu      sync.Mutex
	running int
	taken   uint32
	waiting []*hashPlace
}

// hashPlace is the place of a job in the pool, first in the queue, then taken.
type hashPlace struct {
	memory  uint32
	granted chan struct{} // closed when the place is taken
}

// acquire takes a place for a job of memory, which must not exceed the pool's. The caller
// gives it back by leave.
func (p *hashPool) acquire(ctx context.Context, memory uint32) (*hashPlace, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	place := &hashPlace{memory: memory, granted: make(chan struct{})}
	p.mu.Lock()
	p.waiting = append(p.waiting, place)
	p.admit()
	full := len(p.waiting) > p.queue
	if full {
		p.waiting = p.waiting[:len(p.waiting)-1]
	}
	p.mu.Unlock()
	if full {
		return nil, ErrBusy
	}
	select {
	case <-place.granted: // most often at once, without a timer
		return place, nil
	default:
	}
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	select {
	case <-place.granted:
		return place, nil
	case <-ctx.Done():
		p.leave(place)
		return nil, ctx.Err()
	case <-timer.C:
		p.leave(place)
		return nil, ErrBusy
	}
}

// leave gives place back, or takes it out of the queue, and the next jobs may fit. A place
// may be granted in the moment in which its job gives up.
func (p *hashPool) leave(place *hashPlace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, place); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	} else {
		p.running--
		p.taken -= place.memory
	}
	p.admit()
}

// admit gives places to the first jobs that wait, as long as they fit.
func (p *hashPool) admit() {
	for len(p.waiting) > 0 && p.running < p.jobs && p.waiting[0].memory <= p.memory-p.taken {
		place := p.waiting[0]
		p.waiting = slices.Delete(p.waiting, 0, 1)
		p.running++
		p.taken += place.memory
		close(place.granted)
	}
}
