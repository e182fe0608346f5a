package background

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A job that failed waits for its next attempt off the workers: others run meanwhile.
func TestRetriesHoldNoWorker(t *testing.T) {
	t.Parallel()
	p, _ := newPool(2, 100)
	again := make(chan func(), 100)
	p.after = func(_ time.Duration, run func()) (stop func() bool) {
		again <- run
		return func() bool { return false }
	}
	var failed atomic.Int32
	for range 16 {
		p.Submit(Job{Name: "bad", Attempts: 3, Timeout: time.Minute, Run: func(context.Context) error {
			failed.Add(1)
			return errors.New("try later")
		}})
	}
	done := make(chan struct{})
	p.Submit(Job{Name: "good", Attempts: 3, Timeout: time.Minute, Run: func(context.Context) error { close(done); return nil }})
	<-done
	for range 2 * 16 {
		(<-again)()
	}
	shutdown(t, p)
	if got := failed.Load(); got != 3*16 {
		t.Errorf("got %d attempts, want %d", got, 3*16)
	}
}

// What cannot succeed later is not tried again.
func TestFinalIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	p, log := newPool(1, 10)
	var calls atomic.Int32
	refused := errors.New("no such mailbox")
	p.Submit(Job{Name: "job", Attempts: 3, Timeout: time.Minute, Run: func(context.Context) error {
		calls.Add(1)
		return fmt.Errorf("send: %w", Final(refused))
	}})
	shutdown(t, p)
	if got := calls.Load(); got != 1 {
		t.Errorf("got %d attempts, want 1", got)
	}
	if !strings.Contains(log.String(), `error="send: no such mailbox"`) || strings.Contains(log.String(), "again") {
		t.Errorf("got log %q, want one failure and its error", log)
	}
	if Final(nil) != nil || !errors.Is(Final(refused), refused) {
		t.Error("Final changes what the error is")
	}
}

// Shutdown waits for what will be tried again, and drops it when its time is over.
func TestShutdownWaitsForRetries(t *testing.T) {
	t.Parallel()
	p, log := newPool(1, 10)
	paused := make(chan func(), 1)
	p.after = func(_ time.Duration, run func()) (stop func() bool) {
		paused <- run
		return func() bool { return true }
	}
	p.Submit(Job{Name: "job", Attempts: 2, Timeout: time.Minute, Run: func(context.Context) error { return errors.New("no") }})
	<-paused
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Shutdown(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if !strings.Contains(log.String(), "dropped") {
		t.Errorf("got log %q, want the job dropped", log)
	}
	shutdown(t, p) // nothing is left to wait for
}

// A queue that is slow is in the log, once a minute.
func TestSlowQueueIsLogged(t *testing.T) {
	t.Parallel()
	p, log := newPool(1, 100)
	var elapsed atomic.Int64
	start := time.Now()
	p.now = func() time.Time { return start.Add(time.Duration(elapsed.Load())) }
	started, release := make(chan struct{}), make(chan struct{})
	p.Submit(Job{Name: "slow", Timeout: time.Minute, Run: func(context.Context) error { close(started); <-release; return nil }})
	<-started
	quick := Job{Name: "quick", Timeout: time.Minute, Run: func(context.Context) error { return nil }}
	p.Submit(quick)
	elapsed.Store(int64(9 * time.Second))
	p.Submit(quick)
	if strings.Contains(log.String(), "slow") {
		t.Errorf("got log %q, want nothing yet", log)
	}
	elapsed.Store(int64(10 * time.Second))
	p.Submit(quick)
	p.Submit(quick)
	elapsed.Store(int64(69 * time.Second))
	p.Submit(quick)
	const warning = "background jobs wait long"
	if got := strings.Count(log.String(), warning); got != 1 || !strings.Contains(log.String(), "waited=10s waiting=3") {
		t.Errorf("got %d warnings, want 1:\n%s", got, log)
	}
	elapsed.Store(int64(70 * time.Second))
	close(release)
	shutdown(t, p)
	if got := strings.Count(log.String(), warning); got != 2 {
		t.Errorf("got %d warnings, want 2:\n%s", got, log)
	}
}
