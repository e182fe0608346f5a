package user

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/internal/uuidv7"
)

func queueOf(sink func(context.Context, Event), log *testlog.Log) *eventQueue {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	return newEventQueue(ManagerConfig{
		OnEvent: sink, Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
}

// The events of one user arrive in their order, whoever else is active.
func TestEventOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	last, n := map[ID]int{}, 0
	q := queueOf(func(_ context.Context, e Event) {
		at, _ := strconv.Atoi(e.Code)
		mu.Lock()
		defer mu.Unlock()
		if at != last[e.User]+1 {
			t.Errorf("%s: got %d after %d", e.User, at, last[e.User])
		}
		last[e.User], n = at, n+1
	}, &testlog.Log{})
	var writers sync.WaitGroup
	for writer := range 64 {
		writers.Go(func() {
			for i := range 50 {
				q.push(&Event{User: ID(fmt.Sprint(writer)), Code: strconv.Itoa(i + 1)})
			}
		})
	}
	writers.Wait()
	if err := q.Shutdown(t.Context()); err != nil || n != 64*50 || q.Dropped() != 0 {
		t.Errorf("got %d events, %d dropped, %v", n, q.Dropped(), err)
	}
}

// A sink that hangs holds up nothing else: what finds no room is counted, and made known.
func TestEventDrops(t *testing.T) {
	t.Parallel()
	release, entered := make(chan struct{}), make(chan struct{}, eventWorkers)
	var mu sync.Mutex
	var drops []string
	log := &testlog.Log{}
	q := queueOf(func(_ context.Context, e Event) {
		if e.Kind == EventsDropped {
			mu.Lock()
			defer mu.Unlock()
			drops = append(drops, e.Note["count"])
			return
		}
		select {
		case entered <- struct{}{}:
		default:
		}
		<-release
	}, log)
	q.push(&Event{User: "1"})
	<-entered // it waits no more
	for range eventQueueSize + 7 {
		q.push(&Event{User: "1"})
	}
	if got := q.Dropped(); got != 7 {
		t.Errorf("got %d dropped, want 7", got)
	}
	close(release)
	if err := q.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(drops) != "[7]" || strings.Count(log.String(), "events were dropped") != 1 {
		t.Errorf("got the events %v and the log %s", drops, log)
	}
	q.push(&Event{User: "1"})
	if got := q.Dropped(); got != 8 {
		t.Errorf("got %d dropped after the end, want 8", got)
	}
}

func TestEventShutdownGivesUp(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	q := queueOf(func(ctx context.Context, _ Event) {
		close(entered)
		<-ctx.Done()
	}, &testlog.Log{})
	q.push(&Event{User: "1"})
	<-entered
	q.push(&Event{User: "1"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Shutdown(ctx); err == nil || q.Dropped() != 1 {
		t.Errorf("got %v and %d dropped, want an error and 1", err, q.Dropped())
	}
}

func TestEventPanic(t *testing.T) {
	t.Parallel()
	log := &testlog.Log{}
	n := 0
	q := queueOf(func(_ context.Context, e Event) {
		n++
		panic("no room for " + e.Email)
	}, log)
	q.push(&Event{Kind: EventLogin, Email: "a@camelot.bt"})
	q.push(&Event{Kind: EventLogin, Email: "a@camelot.bt"})
	if err := q.Shutdown(t.Context()); err != nil || n != 2 {
		t.Errorf("got %d events, %v", n, err)
	}
	if !strings.Contains(log.String(), "event was not delivered") || strings.Contains(log.String(), "camelot") {
		t.Errorf("got the log %s", log)
	}
}

// Without OnEvent there is no queue.
func TestNoEvents(t *testing.T) {
	t.Parallel()
	q := queueOf(nil, &testlog.Log{})
	if q != nil || q.Dropped() != 0 || q.Shutdown(t.Context()) != nil {
		t.Errorf("got the queue %v", q)
	}
}

func TestEventID(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(0x0123456789ab)
	got := uuidv7.New(at)
	if !strings.HasPrefix(got, "01234567-89ab-7") || len(got) != 36 || !strings.Contains("89ab", got[19:20]) || got[18-4:15] != "7" {
		t.Errorf("got %s", got)
	}
	if got == uuidv7.New(at) {
		t.Error("got one ID twice")
	}
}

// BenchmarkEmit measures what an event costs the request that emits it.
func BenchmarkEmit(b *testing.B) {
	var delivered atomic.Int64
	caughtUp := make(chan struct{})
	const batch = eventQueueSize / 2
	config := ManagerConfig{Now: time.Now, Logger: slog.New(slog.DiscardHandler), OnEvent: func(context.Context, Event) {
		if delivered.Add(1)%batch == 0 {
			caughtUp <- struct{}{}
		}
	}}
	m := &Manager{now: config.Now, logger: config.Logger, events: newEventQueue(config)}
	ctx := WithRequest(b.Context(), Request{ClientIP: "192.0.2.1", UserAgent: "benchmarks", Backend: "api"})
	b.ReportAllocs()
	for i := range b.N {
		m.Emit(ctx, Event{Kind: EventLogin, User: ID(strconv.Itoa(i % 100))})
		if i%batch == batch-1 {
			b.StopTimer()
			<-caughtUp
			b.StartTimer()
		}
	}
}

func BenchmarkEventID(b *testing.B) {
	now := time.Now()
	b.ReportAllocs()
	for range b.N {
		uuidv7.New(now)
	}
}
