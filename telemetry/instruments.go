package telemetry

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// instruments are all that package telemetry measures with.
type instruments struct {
	tracer trace.Tracer

	logins, factors, registrations, refreshes, mails, limited metric.Int64Counter
	guard, hash, hashWait, store                              metric.Float64Histogram

	hashing atomic.Int64 // hashes that are being computed
	guards  sync.Map     // guardKey to metric.MeasurementOption
	mu      sync.Mutex
	queues  []queue
}

// queue is a queue of work off the request: how much waits in it, how much has found no
// room, and the attribute with its name.
type queue struct {
	length  func() int
	dropped func() uint64
	events  bool
	name    metric.MeasurementOption
}

// Bounds of the histograms, in seconds. Guards and store calls take a part of a
// millisecond, hashes tens of them; 4 s is what store calls of one request may take.
var (
	quick = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	slow  = []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2, 4}
)

func newInstruments(o options) *instruments {
	m := o.meters.Meter(Scope)
	i := &instruments{tracer: o.tracers.Tracer(Scope)}
	counter := func(name, unit, text string) metric.Int64Counter {
		c, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(text))
		handle(err)
		return c
	}
	histogram := func(name, text string, bounds []float64) metric.Float64Histogram {
		h, err := m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(text), metric.WithExplicitBucketBoundaries(bounds...))
		handle(err)
		return h
	}
	i.logins = counter("ginauth.logins", "{login}", "Logins by backend, method, outcome and code.")
	i.factors = counter("ginauth.factors", "{attempt}", "Answers with a second factor.")
	i.registrations = counter("ginauth.registrations", "{registration}", "Registrations.")
	i.refreshes = counter("ginauth.refreshes", "{refresh}", "Uses of refresh tokens; reused are those that ended their login.")
	i.mails = counter("ginauth.mails", "{mail}", "Attempts to send a mail, by its kind.")
	i.limited = counter("ginauth.limited", "{request}", "Requests that an abuse limit refused, by what they asked for.")
	i.guard = histogram("ginauth.guard.duration", "Time until a guard has decided on a request.", quick)
	i.hash = histogram("ginauth.hash.duration", "Time to compute a password hash.", slow)
	i.hashWait = histogram("ginauth.hash.wait", "Time a password hash waited for its turn.", slow)
	i.store = histogram("ginauth.store.duration", "Time of a call of the store.", quick)
	i.observe(m)
	return i
}

// observe registers what is read when metrics are collected.
func (i *instruments) observe(m metric.Meter) {
	_, err := m.Int64ObservableGauge("ginauth.hash.busy", metric.WithUnit("{slot}"), metric.WithDescription("Password hashes that are being computed."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(i.hashing.Load())
			return nil
		}))
	handle(err)
	_, err = m.Int64ObservableGauge("ginauth.queue.length", metric.WithUnit("{job}"), metric.WithDescription("What waits in a queue of work off the request."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			for _, q := range i.known() {
				o.Observe(int64(q.length()), q.name)
			}
			return nil
		}))
	handle(err)
	_, err = m.Int64ObservableCounter("ginauth.events.dropped", metric.WithUnit("{event}"), metric.WithDescription("Events that found no room in their queue."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			for _, q := range i.known() {
				if q.events {
					o.Observe(int64(q.dropped())) //nolint:gosec // never so many
				}
			}
			return nil
		}))
	handle(err)
}

// add takes one more queue.
func (i *instruments) add(name string, length func() int, dropped func() uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.queues = append(i.queues, queue{length, dropped, name == "events", one(keyQueue.String(name))})
}

func (i *instruments) known() []queue {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.queues
}

func handle(err error) {
	if err != nil {
		otel.Handle(err)
	}
}
