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
	pool := h.pool
	memory = min(memory, pool.memory) // nothing needs more than the whole budget
	waited := h.trace.wait(ctx, scheme)
	err := pool.acquire(ctx, memory)
	computed := waited(err)
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
			pool.release(memory)
			computed()
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
	waiting []*hashWaiter
}

type hashWaiter struct {
	memory  uint32
	granted chan struct{} // closed when the place is taken for the waiter
}

// acquire takes a place for a job of memory, which must not exceed the pool's.
func (p *hashPool) acquire(ctx context.Context, memory uint32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := p.enter(memory)
	if err != nil {
		return err
	}
	select {
	case <-w.granted: // most often at once, without a timer
		return nil
	default:
	}
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		return p.leave(w, ctx.Err())
	case <-timer.C:
		return p.leave(w, ErrBusy)
	}
}

// enter puts a waiter at the end of the queue, or says that the queue is full.
func (p *hashPool) enter(memory uint32) (*hashWaiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &hashWaiter{memory: memory, granted: make(chan struct{})}
	p.waiting = append(p.waiting, w)
	p.admit()
	if len(p.waiting) > p.queue {
		p.waiting = p.waiting[:len(p.waiting)-1]
		return nil, ErrBusy
	}
	return w, nil
}

// leave takes w out of the queue. A place granted in the same moment is given back, and
// the next job may fit where w did not.
func (p *hashPool) leave(w *hashWaiter, reason error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, w); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	} else {
		p.running--
		p.taken -= w.memory
	}
	p.admit()
	return reason
}

func (p *hashPool) release(memory uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	p.taken -= memory
	p.admit()
}

// admit gives places to the first waiters as long as they fit.
func (p *hashPool) admit() {
	for len(p.waiting) > 0 && p.running < p.jobs && p.waiting[0].memory <= p.memory-p.taken {
		w := p.waiting[0]
		p.waiting = slices.Delete(p.waiting, 0, 1)
		p.running++
		p.taken += w.memory
		close(w.granted)
	}
}
