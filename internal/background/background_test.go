package background

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newPool(workers, queue int) (*Pool, *logBuffer) {
	log := &logBuffer{}
	p := New(workers, queue, slog.New(slog.NewTextHandler(log, nil)))
	p.after = func(_ time.Duration, run func()) (stop func() bool) {
		go run()
		return func() bool { return false }
	}
	return p, log
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func shutdown(t *testing.T, p *Pool) {
	t.Helper()
	if err := p.Shutdown(context.Background()); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
}

func TestJobIsTriedAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		attempts int
		failures int32
		want     int32
	}{
		{"first time right", 3, 0, 1},
		{"second time right", 3, 1, 2},
		{"never right", 3, 9, 3},
		{"no attempts named", 0, 9, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPool(1, 10)
			var calls atomic.Int32
			p.Submit(Job{Name: "job", Attempts: test.attempts, Timeout: time.Minute, Run: func(context.Context) error {
				if calls.Add(1) <= test.failures {
					return errors.New("no")
				}
				return nil
			}})
			shutdown(t, p)
			if got := calls.Load(); got != test.want {
				t.Errorf("got %d attempts, want %d", got, test.want)
			}
		})
	}
}

func TestPanicIsContained(t *testing.T) {
	t.Parallel()
	p, log := newPool(1, 10)
	p.Submit(Job{Name: "wild", Timeout: time.Minute, Run: func(context.Context) error { panic("boom") }})
	done := false
	p.Submit(Job{Name: "next", Timeout: time.Minute, Run: func(context.Context) error { done = true; return nil }})
	shutdown(t, p)
	if !done {
		t.Error("the job after a panic did not run")
	}
	if !strings.Contains(log.String(), "boom") {
		t.Errorf("got log %q, want the panic in it", log)
	}
}

func TestFullQueueDrops(t *testing.T) {
	t.Parallel()
	p, log := newPool(1, 2)
	started, release := make(chan struct{}), make(chan struct{})
	p.Submit(Job{Name: "slow", Timeout: time.Minute, Run: func(context.Context) error { close(started); <-release; return nil }})
	<-started
	quick := Job{Name: "quick", Timeout: time.Minute, Run: func(context.Context) error { return nil }}
	got := []bool{p.Submit(quick), p.Submit(quick), p.Submit(quick)}
	if want := [3]bool{true, true, false}; [3]bool(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	close(release)
	shutdown(t, p)
	if !strings.Contains(log.String(), "dropped") {
		t.Errorf("got log %q, want the dropped job in it", log)
	}
}

func TestWorkersAreBounded(t *testing.T) {
	t.Parallel()
	p, _ := newPool(3, 100)
	var running, most atomic.Int32
	for range 50 {
		p.Submit(Job{Name: "job", Timeout: time.Minute, Run: func(context.Context) error {
			now := running.Add(1)
			for {
				seen := most.Load()
				if now <= seen || most.CompareAndSwap(seen, now) {
					break
				}
			}
			running.Add(-1)
			return nil
		}})
	}
	shutdown(t, p)
	if got := most.Load(); got > 3 {
		t.Errorf("got %d jobs at once, want at most 3", got)
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	p, _ := newPool(1, 10)
	started := make(chan struct{})
	var ended error
	p.Submit(Job{Name: "endless", Timeout: time.Hour, Run: func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		ended = ctx.Err()
		return ended
	}})
	<-started
	ran := false
	p.Submit(Job{Name: "waiting", Timeout: time.Hour, Run: func(context.Context) error { ran = true; return nil }})
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Shutdown(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	<-p.idle // the running job was told to end
	if !errors.Is(ended, context.Canceled) || ran {
		t.Errorf("got running job ended by %v, waiting job run: %v; want context.Canceled, false", ended, ran)
	}
	if p.Submit(Job{Name: "late", Timeout: time.Hour, Run: func(context.Context) error { return nil }}) {
		t.Error("a job was taken after Shutdown")
	}
	shutdown(t, p) // once more is no error
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	p, log := newPool(1, 10)
	p.Submit(Job{Name: "slow", Timeout: time.Nanosecond, Run: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }})
	shutdown(t, p)
	if !strings.Contains(log.String(), "deadline exceeded") {
		t.Errorf("got log %q, want the deadline in it", log)
	}
}
