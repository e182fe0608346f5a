package user

import (
	"context"
	"sync/atomic"

	"github.com/ginauth/ginauth/internal/storecall"
)

// RequestContext is the context of one HTTP request: it carries what
// [WithRequest] does and the time that store calls may take, see [StoreCall], at the
// price of one allocation.
// [RequestContext.Begin] makes it ready. It is safe for concurrent use.
type RequestContext struct {
	context.Context

	request Request
	backend atomic.Pointer[string]
	left    storecall.Left
	// actor is the logged-in user, subject the user the request is about, for events.
	actor, subject atomic.Pointer[User]
	login          atomic.Pointer[Event] // recorded before it took place
}

// Begin makes r the context of a request below parent, with all the
// time left that store calls may take. It is called once, before anything else.
func (r *RequestContext) Begin(parent context.Context, request Request) {
	r.Context, r.request = parent, request
	r.left.Fill()
}

// EnterBackend notes which backend is asked, or has authenticated the request of ctx;
// [RequestFrom] returns it from then on. It reports false where ctx has no
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
	case storecall.Key:
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
