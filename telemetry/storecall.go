package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/ginauth/ginauth/user/records"
)

// outcome is how a call of a store went.
type outcome int

const (
	answered outcome = iota
	refused          // an error of the contract, such as user.ErrNotFound
	cancelled
	failed
	outcomes
)

var outcomeNames = [outcomes]string{"ok", "refused", "cancelled", "failed"}

// operation is one method of a store with what is measured of it, made once.
type operation struct {
	span     string
	measured [outcomes]metric.MeasurementOption
	started  trace.SpanStartEventOption
}

func newOperation(method, database, collection string) *operation {
	attributes := []attribute.KeyValue{keyCall.String(method)}
	o := &operation{span: "ginauth.store " + method}
	for i, name := range outcomeNames {
		o.measured[i] = one(append(attributes, keyOutcome.String(name))...)
	}
	if database != "" {
		attributes = append(attributes, keySystem.String(database))
		if collection != "" {
			attributes = append(attributes, keyTable.String(collection))
		}
	}
	o.started = trace.WithAttributes(attributes...)
	return o
}

// run makes one call of a store.
func run[T any](ctx context.Context, s *store, method string, call func(context.Context) (T, error)) (T, error) {
	op := s.operation(method)
	started := time.Now()
	inner, span := s.i.tracer.Start(ctx, op.span, op.started, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	result, err := call(inner)
	how := outcomeOfCall(err)
	s.i.store.Record(ctx, time.Since(started).Seconds(), op.measured[how])
	if how == failed {
		span.SetStatus(codes.Error, "")
	}
	return result, err
}

// do is run for a call that returns only an error.
func do(ctx context.Context, s *store, method string, call func(context.Context) error) error {
	_, err := run(ctx, s, method, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}

func outcomeOfCall(err error) outcome {
	switch {
	case err == nil:
		return answered
	case records.StoreAnswered(err):
		return refused
	case errors.Is(err, context.Canceled):
		return cancelled
	}
	return failed
}
