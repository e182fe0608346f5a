// Package telemetry gives ginauth OpenTelemetry metrics and traces. [Wrap] is the one line
// of an application that attaches them; without it nothing of OpenTelemetry is linked.
//
// Attributes are of closed sets: no user, address, token, URL or free text is in any.
package telemetry

import (
	"cmp"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// Scope is the name of the instrumentation scope of all metrics and spans.
const Scope = "github.com/ginauth/ginauth"

// Option is a choice of [Wrap] and [Transport].
type Option func(*options)

type options struct {
	meters   metric.MeterProvider
	tracers  trace.TracerProvider
	database string
	names    map[string]string // of collections
}

// WithMeterProvider sets where metrics go. Defaults to the global provider.
func WithMeterProvider(p metric.MeterProvider) Option { return func(o *options) { o.meters = p } }

// WithTracerProvider sets where spans go. Defaults to the global provider.
func WithTracerProvider(p trace.TracerProvider) Option { return func(o *options) { o.tracers = p } }

// WithDatabase sets the attribute db.system.name of the spans of store calls, such as
// "mongodb" or "postgresql", and has them carry db.collection.name; see
// [WithCollectionNames]. Defaults to none.
func WithDatabase(system string) Option { return func(o *options) { o.database = system } }

func optionsOf(all []Option) options {
	var o options
	for _, option := range all {
		option(&o)
	}
	o.meters = cmp.Or(o.meters, otel.GetMeterProvider())
	o.tracers = cmp.Or(o.tracers, otel.GetTracerProvider())
	return o
}

// Wrap returns config with metrics and spans: its Store, Hasher, Trace and mail hook are
// decorated, and what they were before is called as ever. The store keeps exactly the
// optional abilities that it has; see [records.As]. Call it last, when config is complete,
// and once: wrapped twice, everything is counted twice.
//
// Requests to OAuth providers are seen where oauth.Config.Transport is a [Transport].
// Mistakes of instruments go to the error handler of OpenTelemetry; see [otel.Handle].
func Wrap(config ginauth.Config, options ...Option) ginauth.Config {
	o := optionsOf(options)
	i := newInstruments(o)
	config.Trace = i.trace(config.Trace)
	config.Hasher.Trace = i.hashTrace(config.Hasher.Trace)
	config.Hooks = i.mailHooks(config.Hooks)
	if config.Store != nil { // ginauth.New reports that it is missing
		config.Store = newStore(config.Store, i, o)
	}
	return config
}

// one returns the option of a measurement with these attributes. Options that are made
// once cost nothing at each measurement.
func one(attributes ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attributes...))
}

var (
	keyBackend = attribute.Key("backend")
	keyMethod  = attribute.Key("method")
	keyOutcome = attribute.Key("outcome")
	keyCode    = attribute.Key("code")
	keyFactor  = attribute.Key("factor")
	keyKind    = attribute.Key("kind")
	keyLimit   = attribute.Key("limit")
	keyScheme  = attribute.Key("scheme")
	keyQueue   = attribute.Key("queue")
	keyCall    = attribute.Key("db.operation.name")
	keySystem  = attribute.Key("db.system.name")
	keyTable   = attribute.Key("db.collection.name")
	keyStatus  = attribute.Key("http.response.status_code")
)

// outcomeOf returns the outcome as an attribute.
func outcomeOf(outcome user.Outcome) attribute.KeyValue {
	switch outcome {
	case user.OutcomeOK, user.OutcomeRefused, user.OutcomeLimited, user.OutcomeFailed:
		return keyOutcome.String(string(outcome))
	}
	return keyOutcome.String("other")
}
