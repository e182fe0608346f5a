package user

import (
	"context"
	"sync/atomic"
)

// RequestContext is the context of one HTTP request: it carries what
// [WithRequest] and [WithStoreBudget] do, at the price of one allocation.
// [RequestContext.Begin] makes it ready. It is safe for concurrent use.
type RequestContext struct {
	context.Context

	request Request
	backend atomic.Pointer[string]
	left    atomic.Int64
	// actor and subject are who asks, and whom the request is about, for events.
	actor, subject atomic.Pointer[User]
	login          atomic.Pointer[Event] // recorded before it took place
}

// Begin makes r the context of a request below parent, with the whole of
// [StoreBudget] left. It is called once, before anything else.
func (r *RequestContext) Begin(parent context.Context, request Request) {
	r.Context, r.request = parent, request
	r.left.Store(int64(StoreBudget))
}

// EnterBackend notes which backend is asked, or has authenticated the request of
// ctx; [RequestFrom] tells it from then on. It reports false where ctx has no
// [RequestContext] to note it in. *backend must not change.
func EnterBackend(ctx context.Context, backend *string) bool {
	r, ok := ctx.Value(requestKey{}).(*RequestContext)
	if ok {
		r.backend.Store(backend)
	}
	return ok
}

// Value implements [context.Context].
func (r *RequestContext) Value(key any) any {
	switch key.(type) {
	case requestKey, partiesKey:
		return r
	case budgetKey:
		return &r.left
	}
	return r.Context.Value(key)
}

// current returns the request with the backend it has entered.
func (r *RequestContext) current() Request {
	request := r.request
	if backend := r.backend.Load(); backend != nil {
		request.Backend = *backend
	}
	return request
}
