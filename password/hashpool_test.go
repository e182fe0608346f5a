package password

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestHashPool_bounds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		jobs    int
		memory  uint32
		needs   []uint32
		running int
	}{
		{"number", 3, 1000, []uint32{1, 1, 1, 1}, 3},
		{"memory", 9, 100, []uint32{40, 40, 40}, 2},
		{"memory to the last KiB", 9, 100, []uint32{40, 60, 1}, 2},
		{"large ones take more", 4, 100, []uint32{25, 75, 25}, 2},
		{"small ones do not overtake", 9, 100, []uint32{40, 100, 1}, 1},
		{"more than there is", 9, 100, []uint32{300, 1}, 1},
		{"no overflow", 9, 4294967295, []uint32{4294967295, 4294967295, 1}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pool := &hashPool{jobs: tt.jobs, memory: tt.memory, queue: 9, wait: time.Hour}
				open := make(chan struct{})
				var wg sync.WaitGroup
				for _, need := range tt.needs {
					wg.Go(func() {
						_, err := runHash(t.Context(), &Hasher{pool: pool}, "", need, func() (bool, error) { <-open; return true, nil })
						if err != nil {
							t.Errorf("got %v, want nil", err)
						}
					})
					synctest.Wait()
				}
				if running, waiting := counts(pool); running != tt.running || waiting != len(tt.needs)-tt.running {
					t.Errorf("got %d running, %d waiting, want %d, %d", running, waiting, tt.running, len(tt.needs)-tt.running)
				}
				close(open)
				wg.Wait()
				checkIdle(t, pool)
			})
		})
	}
}

func TestHashPool_firstComeFirstServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := &hashPool{jobs: 1, memory: 1, queue: 9, wait: time.Hour}
		first, err := pool.acquire(t.Context(), 1)
		if err != nil {
			t.Fatalf("got %v, want nil", err)
		}
		served := make(chan int, 9)
		for i := range 9 {
			go func() {
				_, _ = runHash(t.Context(), &Hasher{pool: pool}, "", 1, func() (bool, error) { served <- i; return true, nil })
			}()
			synctest.Wait()
		}
		pool.leave(first)
		for want := range 9 {
			if got := <-served; got != want {
				t.Errorf("got waiter %d, want %d", got, want)
			}
		}
		synctest.Wait()
		checkIdle(t, pool)
	})
}

// When the first in the queue gives up, the next may fit at once.
func TestHashPool_nextAfterLeaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := &hashPool{jobs: 9, memory: 100, queue: 9, wait: time.Hour}
		first, err := pool.acquire(t.Context(), 40)
		if err != nil {
			t.Fatalf("got %v, want nil", err)
		}
		var second *hashPlace
		ctx, cancel := context.WithCancel(t.Context())
		large, small := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := pool.acquire(ctx, 100)
			large <- err
		}()
		synctest.Wait()
		go func() {
			var err error
			second, err = pool.acquire(t.Context(), 40)
			small <- err
		}()
		synctest.Wait()
		if running, waiting := counts(pool); running != 1 || waiting != 2 {
			t.Errorf("got %d running, %d waiting, want 1, 2", running, waiting)
		}
		cancel()
		if err := <-large; err != context.Canceled {
			t.Errorf("large: got %v, want context canceled", err)
		}
		if err := <-small; err != nil {
			t.Errorf("small: got %v, want nil", err)
		}
		pool.leave(first)
		pool.leave(second)
		checkIdle(t, pool)
	})
}

// A place that is granted while its waiter gives up goes to the next.
func TestHashPool_grantedWhileLeaving(t *testing.T) {
	t.Parallel()
	pool := &hashPool{jobs: 1, memory: 1, queue: 9, wait: time.Hour}
	first, second := &hashPlace{1, make(chan struct{})}, &hashPlace{1, make(chan struct{})}
	pool.waiting = append(pool.waiting, first, second)
	pool.admit()
	<-first.granted
	pool.leave(first)
	select {
	case <-second.granted:
	default:
		t.Error("got the second still waiting, want it served")
	}
	pool.leave(second)
	checkIdle(t, pool)
}

// Callers that give up at random moments leave nothing behind.
func TestHashPool_randomCancels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := &hashPool{jobs: 3, memory: 100, queue: 20, wait: 50 * time.Millisecond}
		var running, taken atomic.Int64
		var wg sync.WaitGroup
		for range 500 {
			start := time.Duration(rand.IntN(200)) * time.Millisecond
			work := time.Duration(1+rand.IntN(10)) * time.Millisecond
			patience := time.Duration(1+rand.IntN(60)) * time.Millisecond
			need := 1 + rand.Uint32N(120)
			wg.Go(func() {
				<-time.After(start)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				_, _ = runHash(ctx, &Hasher{pool: pool}, "", need, func() (bool, error) {
					kib := int64(min(need, 100))
					if n, m := running.Add(1), taken.Add(kib); n > 3 || m > 100 {
						t.Errorf("got %d jobs with %d KiB, want at most 3 with 100", n, m)
					}
					<-time.After(work)
					taken.Add(-kib)
					running.Add(-1)
					return true, nil
				})
			})
		}
		wg.Wait()
		<-time.After(time.Second) // let abandoned jobs finish
		synctest.Wait()
		checkIdle(t, pool)
	})
}

func counts(p *hashPool) (running, waiting int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running, len(p.waiting)
}

func checkIdle(t *testing.T, p *hashPool) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != 0 || p.taken != 0 || len(p.waiting) != 0 {
		t.Errorf("got %d running with %d KiB, %d waiting, want none", p.running, p.taken, len(p.waiting))
	}
}
