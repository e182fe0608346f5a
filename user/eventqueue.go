package user

import (
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/ginauth/ginauth/internal/calls"
	"github.com/ginauth/ginauth/internal/uuidv7"
)

const (
	eventQueueSize    = 10_000
	eventWorkers      = 4
	eventTimeout      = 5 * time.Second
	eventDrainTime    = 10 * time.Second
	eventDropInterval = time.Minute
	// eventPause is how long the events of a worker wait for others, if those before
	// them were delivered a moment ago, and eventBatch how many of them do. Waking a
	// goroutine on a processor that sleeps costs as much as a hundred events.
	eventPause = 10 * time.Millisecond
	eventBatch = 64
)

// eventQueue delivers events off the request. Events of one user are delivered one
// after the other, in their order, as they have one worker. A worker without work is
// no goroutine.
//
// An event that finds the queue idle starts a dispatcher, which starts the workers that
// have events, and again after each pause until a pause has brought none.
type eventQueue struct {
	sink   func(context.Context, Event)
	now    func() time.Time
	logger *slog.Logger
	seed   maphash.Seed
	ctx    context.Context // ends when Shutdown gives up
	cancel context.CancelFunc

	mu          sync.Mutex
	workers     [eventWorkers]eventWorker
	waiting     int
	dispatching bool
	working     int
	closed      bool
	closing     chan struct{} // closed when Shutdown begins
	drained     chan struct{} // closed when the last goroutine ends after Shutdown began

	dropped          uint64 // since the start
	logged, reported drops
}

// eventWorker is the part of the queue that one worker delivers.
type eventWorker struct {
	working bool
	arrived []Event
	taken   []Event // what arrived before, of which the first events were delivered
	next    int     // the first of taken that was not
}

// take returns the oldest event.
func (w *eventWorker) take() (e Event, found bool) {
	if w.next == len(w.taken) {
		w.taken, w.arrived = w.arrived, w.taken[:0]
		w.next = 0
		if len(w.taken) == 0 {
			return Event{}, false
		}
	}
	e, w.taken[w.next] = w.taken[w.next], Event{}
	w.next++
	return e, true
}

// drops is how many drops were made known, and when.
type drops struct {
	n  uint64
	at time.Time
}

// due returns how many drops have to be made known now.
func (d *drops) due(dropped uint64, clock func() time.Time) uint64 {
	if dropped == d.n {
		return 0
	}
	now := clock()
	if !d.at.IsZero() && now.Sub(d.at) < eventDropInterval {
		return 0
	}
	n := dropped - d.n
	*d = drops{dropped, now}
	return n
}

// newEventQueue returns nil where there is no sink.
func newEventQueue(config ManagerConfig) *eventQueue {
	if config.OnEvent == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &eventQueue{
		sink: config.OnEvent, now: config.Now, logger: config.Logger, seed: maphash.MakeSeed(),
		ctx: ctx, cancel: cancel, closing: make(chan struct{}), drained: make(chan struct{}),
	}
}

// push takes a copy of e and returns at once.
func (q *eventQueue) push(e *Event) {
	shard := q.shard(e)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.waiting >= eventQueueSize {
		q.drop(1)
		return
	}
	w := &q.workers[shard]
	w.arrived = append(w.arrived, *e)
	q.waiting++
	switch {
	case w.working: // it looks again before it ends
	case !q.dispatching:
		q.dispatching = true
		go q.dispatch()
	case len(w.arrived) >= eventBatch:
		q.start(w)
	}
}

// shard returns the worker of the event's user.
func (q *eventQueue) shard(e *Event) uint64 {
	if e.User != "" {
		return maphash.String(q.seed, string(e.User)) % eventWorkers
	}
	return (maphash.String(q.seed, e.Email) + maphash.String(q.seed, e.IP)) % eventWorkers
}

// drop adds to the number of lost events and logs it once a minute. It is called with mu
// held.
func (q *eventQueue) drop(n int) {
	q.dropped += uint64(n) //nolint:gosec // never negative
	if due := q.logged.due(q.dropped, q.now); due > 0 {
		q.logger.LogAttrs(context.Background(), slog.LevelError, "ginauth: events were dropped", slog.Uint64("count", due))
	}
}

// dispatch starts workers until a pause has brought no event. The pause is one of the
// machine's clock, whatever the configured one shows.
func (q *eventQueue) dispatch() {
	if !q.startAll() {
		return
	}
	pause := time.NewTimer(eventPause)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-q.closing:
		}
		if !q.startAll() {
			return
		}
		pause.Reset(eventPause)
	}
}

// startAll starts the workers that have events, and reports whether to look again after a
// pause.
func (q *eventQueue) startAll() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	started := false
	for i := range q.workers {
		if w := &q.workers[i]; !w.working && len(w.arrived) > 0 {
			q.start(w)
			started = true
		}
	}
	if started && !q.closed {
		return true
	}
	q.dispatching = false
	q.ended()
	return false
}

// start starts a worker. It is called with mu held.
func (q *eventQueue) start(w *eventWorker) {
	w.working = true
	q.working++
	go q.work(w)
}

// ended closes drained where no goroutine is left after Shutdown began. It is called with
// mu held.
func (q *eventQueue) ended() {
	if q.closed && q.working == 0 && !q.dispatching {
		close(q.drained)
	}
}

func (q *eventQueue) work(w *eventWorker) {
	for {
		e, more := q.next(w)
		if !more {
			return
		}
		q.deliver(e)
	}
}

// next returns the next event of a worker: that events were dropped, if it is time to
// say so, or the oldest that waits.
func (q *eventQueue) next(w *eventWorker) (e Event, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := q.reported.due(q.dropped, q.now); n > 0 {
		at := q.now().UTC()
		return Event{
			ID: uuidv7.New(at), Kind: EventsDropped, At: at, Outcome: OutcomeFailed,
			Note: map[string]string{"count": strconv.FormatUint(n, 10)},
		}, true
	}
	if e, more = w.take(); more {
		q.waiting--
		return e, true
	}
	if max(cap(w.arrived), cap(w.taken)) > eventBatch {
		w.arrived, w.taken = nil, nil
	}
	w.working = false
	q.working--
	q.ended()
	return Event{}, false
}

// deliver calls the sink. Its panic is logged without its text, as that may quote the
// event.
func (q *eventQueue) deliver(e Event) {
	ctx := calls.NewContext(q.ctx, time.Now().Add(eventTimeout))
	defer ctx.End()
	err := containedQuietly("OnEvent", func() error {
		q.sink(ctx, e)
		return nil
	})
	if err != nil {
		q.logger.LogAttrs(ctx, slog.LevelError, "ginauth: event was not delivered",
			slog.String("kind", string(e.Kind)), slog.String("error", err.Error()))
	}
}

// Shutdown takes no more events and waits for those already taken, until ctx ends or
// for 10 seconds. What is left then is dropped.
func (q *eventQueue) Shutdown(ctx context.Context) error {
	if q == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, eventDrainTime)
	defer cancel()
	defer q.cancel()
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.closing)
		q.ended()
	}
	q.mu.Unlock()
	select {
	case <-q.drained:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.waiting
	q.waiting = 0
	for i := range q.workers {
		w := &q.workers[i]
		w.arrived, w.taken, w.next = nil, nil, 0
	}
	q.drop(left)
	return fmt.Errorf("user: shutdown: %d events were dropped: %w", left, ctx.Err())
}

// Waiting returns how many events wait.
func (q *eventQueue) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// Dropped returns how many events were lost.
func (q *eventQueue) Dropped() uint64 {
	if q == nil {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
