package oidc

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// source is a provider's document, counted.
type source struct {
	fetched int
	err     error
}

func (s *source) fetch(context.Context) (int, error) {
	s.fetched++
	return s.fetched, s.err
}

func TestCached(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newCached[int](func() time.Time { return now })
	s := &source{}
	down := errors.New("down")
	steps := []struct {
		name    string
		pass    time.Duration
		err     error
		want    int
		wantErr error
		fetched int
	}{
		{"first", 0, nil, 1, nil, 1},
		{"fresh", time.Hour - 1, nil, 1, nil, 1},
		{"old", 1, nil, 2, nil, 2},
		{"fresh again", time.Minute, nil, 2, nil, 2},
		{"old, and the provider is down", time.Hour, down, 2, nil, 3},
		{"not asked again at once", time.Minute - 1, down, 2, nil, 3},
		{"asked again after a minute", 1, down, 2, nil, 4},
		{"kept for a day", 22*time.Hour + 57*time.Minute, down, 2, nil, 5},
		{"but not longer", time.Hour, down, 0, down, 6},
		{"nothing to serve: not asked again at once", 5*time.Second - 1, nil, 0, down, 6},
		{"asked again after a moment", 1, down, 0, down, 7},
		{"which is remembered, too", 0, nil, 0, down, 7},
		{"up again", 5 * time.Second, nil, 8, nil, 8},
	}
	for _, step := range steps {
		now = now.Add(step.pass)
		s.err = step.err
		got, err := c.get(t.Context(), s.fetch)
		if !errors.Is(err, step.wantErr) || err == nil && got != step.want || s.fetched != step.fetched {
			t.Fatalf("%s: got %d, %v, %d fetched; want %d, %v, %d", step.name, got, err, s.fetched, step.want, step.wantErr, step.fetched)
		}
	}
}

func TestCachedRenew(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newCached[int](func() time.Time { return now })
	s := &source{}
	if _, err := c.get(t.Context(), s.fetch); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.renew(t.Context(), s.fetch); ok {
		t.Error("at once: got renewed")
	}
	now = now.Add(time.Minute)
	if got, ok := c.renew(t.Context(), s.fetch); !ok || got != 2 {
		t.Errorf("after a minute: got %d, %v", got, ok)
	}
	now, s.err = now.Add(time.Minute), errors.New("down")
	if _, ok := c.renew(t.Context(), s.fetch); ok {
		t.Error("down: got renewed")
	}
	if got, err := c.get(t.Context(), s.fetch); err != nil || got != 2 || s.fetched != 3 {
		t.Errorf("afterwards: got %d, %v, %d fetched; want the one before", got, err, s.fetched)
	}
}

// One request fetches; the others wait for it, or go on with what there is.
func TestCachedAtOnce(t *testing.T) {
	t.Parallel()
	c := newCached[int](time.Now)
	var fetched atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			got, err := c.get(t.Context(), func(context.Context) (int, error) { return int(fetched.Add(1)), nil })
			if got != 1 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	all.Wait()
	if fetched.Load() != 1 {
		t.Errorf("got %d fetched, want 1", fetched.Load())
	}
}

func TestCachedWhileOthersFetch(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newCached[int](func() time.Time { return now })
	started, release := make(chan struct{}), make(chan struct{})
	var first sync.WaitGroup
	first.Go(func() {
		_, _ = c.get(t.Context(), func(context.Context) (int, error) {
			close(started)
			<-release
			return 1, nil
		})
	})
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.get(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("nothing there, and no time: got %v, want Canceled", err)
	}
	close(release)
	first.Wait()

	now = now.Add(time.Hour)
	started, release = make(chan struct{}), make(chan struct{})
	first.Go(func() {
		_, _ = c.get(t.Context(), func(ctx context.Context) (int, error) {
			if _, limited := ctx.Deadline(); !limited {
				t.Error("replacing an old document has no limit")
			}
			close(started)
			<-release
			return 2, nil
		})
	})
	<-started
	if got, err := c.get(t.Context(), nil); got != 1 || err != nil {
		t.Errorf("an old one there: got %d, %v; want it at once", got, err)
	}
	close(release)
	first.Wait()
}

// What is fetched is for everybody: it goes on when the request that began it has
// gone, or has no time left, and serves those who come later.
func TestCachedOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newCached[int](func() time.Time { return now })
	for i, what := range []string{"the first", "an old one", "a new key"} {
		now = now.Add(time.Hour)
		gone, leave := context.WithTimeout(t.Context(), time.Minute)
		started, release := make(chan struct{}), make(chan struct{})
		fetch := func(ctx context.Context) (int, error) {
			close(started)
			<-release
			return i + 1, ctx.Err()
		}
		var first sync.WaitGroup
		first.Go(func() {
			if what == "a new key" {
				_, _ = c.renew(gone, fetch)
				return
			}
			_, _ = c.get(gone, fetch)
		})
		<-started
		leave()
		first.Wait()
		c.mu.Lock()
		running := c.running
		c.mu.Unlock()
		close(release)
		<-running.done
		if got, err := c.get(t.Context(), nil); got != i+1 || err != nil {
			t.Errorf("%s: got %d, %v; want %d", what, got, err, i+1)
		}
	}
}

// A transport that panics is no reason to end the process.
func TestCachedContainsPanics(t *testing.T) {
	t.Parallel()
	c := newCached[int](time.Now)
	if _, err := c.get(t.Context(), func(context.Context) (int, error) { panic("excalibur") }); err == nil {
		t.Error("got no error")
	}
}

// Requests that come while new keys are being fetched wait for them, and do not fail.
func TestCachedRenewTogether(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := newCached[int](func() time.Time { return now })
	if _, err := c.get(t.Context(), (&source{}).fetch); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	release := make(chan struct{})
	var fetched, begun atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if begun.Add(1) == 20 {
				close(release)
			}
			value, ok := c.renew(t.Context(), func(context.Context) (int, error) {
				<-release
				fetched.Add(1)
				return 2, nil
			})
			if ok && value != 2 {
				t.Errorf("got %d, want 2", value)
			}
		})
	}
	all.Wait()
	if fetched.Load() != 1 {
		t.Errorf("got %d fetched, want 1", fetched.Load())
	}
}
