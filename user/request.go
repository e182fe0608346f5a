package user

import "context"

// Request is what a hook may know of the HTTP request it runs in.
type Request struct {
	// ClientIP is the client's address in its canonical text form; empty if unknown.
	ClientIP string
	// UserAgent is the client's own description of itself, as sent.
	UserAgent string
	// Backend is the name of the backend that handles the login or that authenticated the
	// request; empty if neither.
	Backend string
	// RequestID is the X-Request-Id of the request, if it has one; see [Event].
	RequestID string
}

type requestKey struct{}

// WithRequest returns a context that carries r to hooks and strategies.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestFrom returns the request that ctx belongs to. It is the zero value
// outside HTTP, for example in a command-line tool.
func RequestFrom(ctx context.Context) Request {
	switch r := ctx.Value(requestKey{}).(type) {
	case Request:
		return r
	case *RequestContext:
		return r.current()
	}
	return Request{}
}
