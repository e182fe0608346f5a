package user

import (
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strconv"
	"sync"
	"time"
)

const (
	eventQueueSize    = 10_000
	eventWorkers      = 4
	eventTimeout      = 5 * time.Second
	eventDrainTime    = 10 * time.Second
	eventDropInterval = time.Minute
)

// eventQueue delivers events off the request. Events of one user are delivered one
// after the other, in their order, as they have one worker. A worker without work is
// no goroutine.
type eventQueue struct {
	sink   func(context.Context, Event)
	now    func() time.Time
	logger *slog.Logger
	seed   maphash.Seed
	ctx    context.Context // ends when Shutdown gives up
	cancel context.CancelFunc

	mu      sync.Mutex
	shards  [eventWorkers][]Event
	working [eventWorkers]bool
	waiting int
	closed  bool
	drained chan struct{} // closed when the last worker ends after Shutdown began

	dropped          uint64 // since the start
	logged, reported drops
}

// drops is how many drops were made known, and when.
type drops struct {
	n  uint64
	at time.Time
}

// due returns how many drops have to be made known now.
func (d *drops) due(dropped uint64, now time.Time) uint64 {
	if dropped == d.n || !d.at.IsZero() && now.Sub(d.at) < eventDropInterval {
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
		ctx: ctx, cancel: cancel, drained: make(chan struct{}),
	}
}

// push takes e and returns at once.
func (q *eventQueue) push(e Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.waiting >= eventQueueSize {
		q.drop(1)
		return
	}
	shard := q.shard(e)
	q.shards[shard] = append(q.shards[shard], e)
	q.waiting++
	if !q.working[shard] {
		q.working[shard] = true
		go q.work(shard)
	}
}

// shard returns the worker of the event's user.
func (q *eventQueue) shard(e Event) int {
	of := string(e.User)
	if of == "" {
		of = e.Email + "\x00" + e.IP
	}
	return int(maphash.String(q.seed, of) % eventWorkers) //nolint:gosec // less than eventWorkers
}

// drop adds to the number of lost events and logs it once a minute. It is called with mu
// held.
func (q *eventQueue) drop(n int) {
	q.dropped += uint64(n) //nolint:gosec // never negative
	if due := q.logged.due(q.dropped, q.now()); due > 0 {
		q.logger.LogAttrs(context.Background(), slog.LevelError, "ginauth: events were dropped", slog.Uint64("count", due))
	}
}

func (q *eventQueue) work(shard int) {
	for {
		e, more := q.next(shard)
		if !more {
			return
		}
		q.deliver(e)
	}
}

// next returns the next event of a worker: that events were dropped, if it is time to
// say so, or the oldest that waits.
func (q *eventQueue) next(shard int) (e Event, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := q.reported.due(q.dropped, q.now()); n > 0 {
		at := q.now().UTC()
		return Event{
			ID: newEventID(at), Kind: EventsDropped, At: at, Outcome: OutcomeFailed,
			Note: map[string]string{"count": strconv.FormatUint(n, 10)},
		}, true
	}
	if len(q.shards[shard]) == 0 {
		q.shards[shard], q.working[shard] = nil, false
		if q.closed && q.working == [eventWorkers]bool{} {
			close(q.drained)
		}
		return Event{}, false
	}
	e = q.shards[shard][0]
	q.shards[shard][0] = Event{}
	q.shards[shard] = q.shards[shard][1:]
	q.waiting--
	return e, true
}

// deliver calls the sink. Its panic is logged without its text, as that may quote the
// event.
func (q *eventQueue) deliver(e Event) {
	ctx, cancel := context.WithTimeout(q.ctx, eventTimeout)
	defer cancel()
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
		if q.working == [eventWorkers]bool{} {
			close(q.drained)
		}
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
	q.shards, q.waiting = [eventWorkers][]Event{}, 0
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
