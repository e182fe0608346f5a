package telemetry

import (
	"net/http"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Transport returns a transport for oauth.Config.Transport whose requests are spans
// "ginauth.oauth <provider>". A span has the status of the answer and nothing of the URL,
// and no header is added to the request: a provider is a stranger to the trace. base makes
// the requests; nil is one like [http.DefaultTransport].
func Transport(provider string, base http.RoundTripper, options ...Option) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{"ginauth.oauth " + provider, base, optionsOf(options).tracers.Tracer(Scope)}
}

type transport struct {
	name   string
	base   http.RoundTripper
	tracer trace.Tracer
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := t.tracer.Start(r.Context(), t.name, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	response, err := t.base.RoundTrip(r.WithContext(ctx))
	if err == nil {
		span.SetAttributes(keyStatus.Int(response.StatusCode))
	}
	if err != nil || response.StatusCode >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
	return response, err
}
