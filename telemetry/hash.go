package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/ginauth/ginauth/password"
)

// hashTrace returns functions that measure hashes, and call those of before.
func (i *instruments) hashTrace(before password.Trace) password.Trace {
	return password.Trace{
		Waited: func(ctx context.Context, scheme string, wait time.Duration, err error) {
			i.hashWait.Record(ctx, wait.Seconds(), metric.WithAttributes(keyScheme.String(scheme)))
			if err == nil {
				i.hashing.Add(1)
			}
			if before.Waited != nil {
				before.Waited(ctx, scheme, wait, err)
			}
		},
		Computed: func(ctx context.Context, scheme string, started time.Time, took time.Duration) {
			i.hashing.Add(-1)
			i.hash.Record(ctx, took.Seconds(), metric.WithAttributes(keyScheme.String(scheme)))
			_, span := i.tracer.Start(ctx, "ginauth.hash", trace.WithTimestamp(started), trace.WithAttributes(keyScheme.String(scheme)))
			span.End(trace.WithTimestamp(started.Add(took)))
			if before.Computed != nil {
				before.Computed(ctx, scheme, started, took)
			}
		},
	}
}
