package user

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/limits"
)

// Trace is a set of functions that are called as ginauth works, for metrics and traces;
// package telemetry fills one in. Any of them may be nil, and a Trace without functions
// costs nothing. They are called concurrently, in the request, and must neither block nor
// panic.
type Trace struct {
	// Event is called with every decision, also with those that find no room in the queue
	// of OnEvent. A panic is logged.
	Event func(ctx context.Context, e Event)
	// Login is called where a request begins to log in through backend. The request goes
	// on with the context it returns; done is called with the outcome.
	Login func(ctx context.Context, backend string) (inner context.Context, done func(Outcome))
	// Guard is called when a guard, or a route of ginauth, has decided on a request, with
	// the backend that authenticated it, "" if none did.
	Guard func(ctx context.Context, backend string, outcome Outcome, took time.Duration)
	// Factor is called when a second factor was answered, with its name, such as "totp".
	Factor func(ctx context.Context, factor string, outcome Outcome)
	// Queue is called with each queue of work off the request, when it is made: its name,
	// "events", "mails", "cleaning" (AfterRegister of concealed registrations) or "touches"
	// (when tokens were used), how much waits in it, and how much has found no room since the
	// start.
	Queue func(name string, length func() int, dropped func() uint64)
}

// traceQueues makes the queues of m known.
func (m *Manager) traceQueues() {
	if m.trace.Queue == nil {
		return
	}
	m.trace.Queue("mails", m.mails.Waiting, m.mails.Dropped)
	m.trace.Queue("cleaning", m.later.Waiting, m.later.Dropped)
	if m.events != nil {
		m.trace.Queue("events", m.events.Waiting, m.events.Dropped)
	}
}

// Trace returns the functions of ManagerConfig.Trace.
func (m *Manager) Trace() Trace { return m.trace }

// traceFactor calls Trace.Factor where err says what became of the answer.
func (m *Manager) traceFactor(ctx context.Context, factor string, err error) {
	if m.trace.Factor == nil {
		return
	}
	switch {
	case err == nil:
		m.trace.Factor(ctx, factor, OutcomeOK)
	case errors.Is(err, ErrBadFactor):
		m.trace.Factor(ctx, factor, OutcomeRefused)
	case errors.As(err, new(*limits.TooManyError)):
		m.trace.Factor(ctx, factor, OutcomeLimited)
	case errors.Is(err, ErrUnavailable):
		m.trace.Factor(ctx, factor, OutcomeFailed)
	}
}

// traceEvent calls Trace.Event.
func (m *Manager) traceEvent(ctx context.Context, e Event) {
	err := containedQuietly("Trace.Event", func() error {
		m.trace.Event(ctx, e)
		return nil
	})
	if err != nil {
		m.logger.ErrorContext(ctx, "ginauth: event was not traced", "error", err.Error())
	}
}
