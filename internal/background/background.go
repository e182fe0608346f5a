// Package background runs jobs off the request path: a bounded number at once, a
// bounded number waiting, each with a time limit and some attempts. A job that failed
// waits for its next attempt without holding a worker. Idle pools hold no goroutine.
package background

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Job is one piece of work.
type Job struct {
	// Name and Attrs describe the job in the log.
	Name  string
	Attrs []slog.Attr
	// Attempts is how often Run is tried until it returns nil or a [Final] error; at
	// least once.
	Attempts int
	// Timeout ends the context of one attempt.
	Timeout time.Duration
	// Run does the work. A panic is an error.
	Run func(ctx context.Context) error
}

// Pool runs jobs. It is safe for concurrent use.
type Pool struct {
	workers, queue int
	logger         *slog.Logger
	now            func() time.Time
	// after calls run when pause is over, unless it is stopped before.
	after func(pause time.Duration, run func()) (stop func() bool)

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	waiting []*task
	paused  map[*task]func() bool // waiting for another attempt; stops that
	running int
	closed  bool
	dropped uint64
	warned  time.Time     // when a slow queue was last logged
	idle    chan struct{} // closed when there is nothing left to do after Shutdown began
}

// task is a job that was taken.
type task struct {
	Job
	attempts int       // that failed
	since    time.Time // when it began to wait for a worker
}

// New returns a pool of so many workers with room for queue waiting jobs.
func New(workers, queue int, logger *slog.Logger) *Pool {
	ctx, cancel := context.WithCancel(context.Background())
	return &Pool{
		workers: workers, queue: queue, logger: logger,
		now: time.Now, after: after,
		ctx: ctx, cancel: cancel,
		paused: map[*task]func() bool{}, idle: make(chan struct{}),
	}
}

// Submit takes the job and returns at once. It reports false, and the job is
// logged as dropped, where the queue is full or the pool is shut down. Jobs that wait
// for another attempt are in the queue, too.
func (p *Pool) Submit(job Job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.waiting)+len(p.paused) >= p.queue {
		p.dropped++
		p.log(job, slog.LevelError, "dropped", nil)
		return false
	}
	p.enqueue(&task{Job: job})
	return true
}

// Waiting returns how many jobs wait, for a worker or for another attempt.
func (p *Pool) Waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) + len(p.paused)
}

// Dropped returns how many jobs found no room, or were given up at Shutdown.
func (p *Pool) Dropped() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// enqueue is called with the lock held.
func (p *Pool) enqueue(t *task) {
	t.since = p.now()
	p.waiting = append(p.waiting, t)
	p.noteSlow(p.waiting[0])
	if p.running < p.workers {
		p.running++
		go p.work()
	}
}

// Shutdown takes no more jobs and waits until those taken are done, also those that
// wait for another attempt. When ctx ends first, running jobs are cancelled, waiting
// ones are logged as dropped, and the error is ctx's.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		p.endIfIdle()
	}
	p.mu.Unlock()
	defer p.cancel()
	select {
	case <-p.idle:
		return nil
	case <-ctx.Done():
		p.dropWaiting()
		return fmt.Errorf("background: shutdown: %w", ctx.Err())
	}
}

func (p *Pool) dropWaiting() {
	p.mu.Lock()
	defer p.mu.Unlock()
	// What fails from now on is not tried again.
	p.cancel()
	p.dropped += uint64(len(p.waiting) + len(p.paused))
	for _, t := range p.waiting {
		p.log(t.Job, slog.LevelError, "dropped", nil)
	}
	p.waiting = nil
	for t, stop := range p.paused {
		stop()
		p.log(t.Job, slog.LevelError, "dropped", nil)
	}
	clear(p.paused)
	p.endIfIdle()
}

// endIfIdle ends the wait of Shutdown where nothing is left to do. It is called with
// the lock held.
func (p *Pool) endIfIdle() {
	if !p.closed || p.running > 0 || len(p.waiting)+len(p.paused) > 0 {
		return
	}
	select {
	case <-p.idle:
	default:
		close(p.idle)
	}
}

func (p *Pool) work() {
	for {
		t, ok := p.next()
		if !ok {
			return
		}
		p.run(t)
	}
}

func (p *Pool) next() (*task, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		p.running--
		p.endIfIdle()
		return nil, false
	}
	t := p.waiting[0]
	p.noteSlow(t)
	p.waiting = p.waiting[1:]
	return t, true
}

func (p *Pool) run(t *task) {
	err := p.attempt(t.Job)
	if err == nil {
		return
	}
	t.attempts++
	var final *finalError
	if t.attempts >= t.Attempts || errors.As(err, &final) || !p.retry(t, err) {
		p.log(t.Job, slog.LevelError, "failed", err)
	}
}

// retry has the task tried again after a pause, which holds no worker. It reports false
// where the pool has ended.
func (p *Pool) retry(t *task, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return false
	}
	p.log(t.Job, slog.LevelWarn, "failed, will be tried again", err)
	p.paused[t] = p.after(pause(t.attempts), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if _, still := p.paused[t]; still {
			delete(p.paused, t)
			p.enqueue(t)
		}
	})
	return true
}

func (p *Pool) attempt(job Job) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	ctx, cancel := context.WithTimeout(p.ctx, job.Timeout)
	defer cancel()
	return job.Run(ctx)
}

func (p *Pool) log(job Job, level slog.Level, what string, err error) {
	attrs := append([]slog.Attr{slog.String("job", job.Name)}, job.Attrs...)
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	p.logger.LogAttrs(context.Background(), level, "ginauth: background job "+what, attrs...)
}

const (
	// slowAfter is how long a job may wait for a worker before that is logged.
	slowAfter = 10 * time.Second
	// slowEvery is how often it is logged at most.
	slowEvery = time.Minute
)

// noteSlow logs that the first of the queue has waited long. It is called with the
// lock held.
func (p *Pool) noteSlow(first *task) {
	now := p.now()
	waited := now.Sub(first.since)
	if waited < slowAfter || now.Sub(p.warned) < slowEvery {
		return
	}
	p.warned = now
	p.logger.LogAttrs(context.Background(), slog.LevelWarn, "ginauth: background jobs wait long: what they do is too slow, or there are too many",
		slog.String("job", first.Name), slog.Duration("waited", waited), slog.Int("waiting", len(p.waiting)), slog.Int("room", p.queue))
}

// pause is the time before another attempt: 1 s, 4 s, 9 s …
func pause(failed int) time.Duration { return time.Duration(failed*failed) * time.Second }

func after(pause time.Duration, run func()) (stop func() bool) {
	return time.AfterFunc(pause, run).Stop
}

// finalError is an error that another attempt cannot mend.
type finalError struct{ cause error }

// Final marks an error of [Job.Run] after which the job is not tried again.
func Final(err error) error {
	if err == nil {
		return nil
	}
	return &finalError{err}
}

func (e *finalError) Error() string { return e.cause.Error() }

func (e *finalError) Unwrap() error { return e.cause }
