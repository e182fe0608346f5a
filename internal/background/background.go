// Package background runs jobs off the request path: a bounded number at once, a
// bounded number waiting, each with a time limit and some attempts. Idle pools
// hold no goroutine.
package background

import (
	"context"
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
	// Attempts is how often Run is tried until it returns nil; at least once.
	Attempts int
	// Timeout ends the context of one attempt.
	Timeout time.Duration
	// Run does the work. A panic counts as an error.
	Run func(ctx context.Context) error
}

// Pool runs jobs. It is safe for concurrent use.
type Pool struct {
	workers, queue int
	logger         *slog.Logger
	pause          func(ctx context.Context, attempt int)

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	waiting []Job
	running int
	closed  bool
	idle    chan struct{} // closed when the last worker ends after Shutdown began
}

// New returns a pool of so many workers with room for queue waiting jobs.
func New(workers, queue int, logger *slog.Logger) *Pool {
	ctx, cancel := context.WithCancel(context.Background())
	return &Pool{workers: workers, queue: queue, logger: logger, pause: pause, ctx: ctx, cancel: cancel, idle: make(chan struct{})}
}

// Submit takes the job and returns at once. It reports false, and the job is
// logged as dropped, where the queue is full or the pool is shut down.
func (p *Pool) Submit(job Job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.waiting) >= p.queue {
		p.log(job, slog.LevelError, "dropped", nil)
		return false
	}
	p.waiting = append(p.waiting, job)
	if p.running < p.workers {
		p.running++
		go p.work()
	}
	return true
}

// Shutdown takes no more jobs and waits until those taken are done. When ctx
// ends first, running jobs are cancelled, waiting ones are logged as dropped,
// and the error is ctx's.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		if p.running == 0 {
			close(p.idle)
		}
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
	for _, job := range p.waiting {
		p.log(job, slog.LevelError, "dropped", nil)
	}
	p.waiting = nil
}

func (p *Pool) work() {
	for {
		job, ok := p.next()
		if !ok {
			return
		}
		p.run(job)
	}
}

func (p *Pool) next() (Job, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		p.running--
		if p.closed && p.running == 0 {
			close(p.idle)
		}
		return Job{}, false
	}
	job := p.waiting[0]
	p.waiting = p.waiting[1:]
	return job, true
}

func (p *Pool) run(job Job) {
	for attempt := 1; ; attempt++ {
		err := p.attempt(job)
		if err == nil {
			return
		}
		if attempt >= job.Attempts || p.ctx.Err() != nil {
			p.log(job, slog.LevelError, "failed", err)
			return
		}
		p.log(job, slog.LevelWarn, "failed, will be tried again", err)
		p.pause(p.ctx, attempt)
	}
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

// pause waits 1 s, 4 s, 9 s … between attempts, or until the pool is shut down.
func pause(ctx context.Context, attempt int) {
	timer := time.NewTimer(time.Duration(attempt*attempt) * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
