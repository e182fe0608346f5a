package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/ginauth/ginauth/user"
)

// trace returns functions that measure, and call those of before.
func (i *instruments) trace(before user.Trace) user.Trace {
	after := before
	after.Event = func(ctx context.Context, e user.Event) {
		i.count(ctx, e)
		if before.Event != nil {
			before.Event(ctx, e)
		}
	}
	after.Login = func(ctx context.Context, backend string) (context.Context, func(user.Outcome)) {
		ctx, done := i.login(ctx, backend)
		if before.Login == nil {
			return ctx, done
		}
		ctx, doneBefore := before.Login(ctx, backend)
		return ctx, func(outcome user.Outcome) {
			doneBefore(outcome)
			done(outcome)
		}
	}
	after.Guard = func(ctx context.Context, backend string, outcome user.Outcome, took time.Duration) {
		i.guard.Record(ctx, took.Seconds(), i.guarded(backend, outcome))
		if before.Guard != nil {
			before.Guard(ctx, backend, outcome, took)
		}
	}
	after.Factor = func(ctx context.Context, factor string, outcome user.Outcome) {
		i.factors.Add(ctx, 1, metric.WithAttributes(keyFactor.String(factor), outcomeOf(outcome)))
		if before.Factor != nil {
			before.Factor(ctx, factor, outcome)
		}
	}
	after.Queue = func(name string, length func() int, dropped func() uint64) {
		i.add(name, length, dropped)
		if before.Queue != nil {
			before.Queue(name, length, dropped)
		}
	}
	return after
}

// guarded returns the attributes of a guard's decision, made once.
func (i *instruments) guarded(backend string, outcome user.Outcome) metric.MeasurementOption {
	key := guardKey{backend, outcome}
	if option, known := i.guards.Load(key); known {
		return option.(metric.MeasurementOption)
	}
	option, _ := i.guards.LoadOrStore(key, one(keyBackend.String(backend), outcomeOf(outcome)))
	return option.(metric.MeasurementOption)
}

type guardKey struct {
	backend string
	outcome user.Outcome
}

// login is the span of a request that logs in.
func (i *instruments) login(ctx context.Context, backend string) (context.Context, func(user.Outcome)) {
	ctx, span := i.tracer.Start(ctx, "ginauth.login", trace.WithAttributes(keyBackend.String(backend)))
	return ctx, func(outcome user.Outcome) {
		span.SetAttributes(outcomeOf(outcome))
		if outcome == user.OutcomeFailed {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
