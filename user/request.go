package user

import (
	"context"
	"sync/atomic"

	"github.com/ginauth/ginauth/internal/calls"
	"github.com/ginauth/ginauth/user/email"
)

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

// RequestContext is the context of one HTTP request: it carries what
// [WithRequest] does and the time that store calls may take, see [records.StoreCall], at the
// price of one allocation.
// [RequestContext.Begin] makes it ready. It is safe for concurrent use.
type RequestContext struct {
	context.Context

	request Request
	backend atomic.Pointer[string]
	left    calls.Left
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

// requestContextKey is the context key of the [RequestContext] itself.
type requestContextKey struct{}

// RequestContextOf returns the request that ctx is the context of, or is made from; nil
// outside of ginauth's routes and guards. What is noted in nil is lost.
func RequestContextOf(ctx context.Context) *RequestContext {
	r, _ := ctx.Value(requestContextKey{}).(*RequestContext)
	return r
}

// EnterBackend notes which backend is asked, or has authenticated the request.
// [RequestFrom] returns it from then on, unless a later [WithRequest] has its own.
// *backend must not change.
func (r *RequestContext) EnterBackend(backend *string) {
	if r != nil {
		r.backend.Store(backend)
	}
}

// NoteActor notes u as the logged-in user who makes the request; see [Event].
func (r *RequestContext) NoteActor(u *User) {
	if r != nil {
		r.actor.Store(u)
	}
}

// NoteSubject notes which user the request is about; see [Event].
func (r *RequestContext) NoteSubject(u *User) {
	if r != nil {
		r.subject.Store(u)
	}
}

// Value implements [context.Context].
func (r *RequestContext) Value(key any) any {
	switch key.(type) {
	case requestKey, requestContextKey:
		return r
	case calls.Key:
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

// noteUnknown notes an address that no user has. A text that is no address is not
// kept: it may be a password in the wrong field.
func noteUnknown(ctx context.Context, address string) {
	typed, err := email.Parse(address)
	if err != nil {
		typed = email.Email{}
	}
	RequestContextOf(ctx).NoteSubject(&User{Email: typed.Address})
}

// requireLogin has a login recorded that is about to take place.
func (m *Manager) requireLogin(ctx context.Context, u *User) error {
	e := Event{Kind: EventLogin, User: u.ID}
	if err := m.Require(ctx, &e); err != nil || e.ID == "" {
		return err
	}
	if r := RequestContextOf(ctx); r != nil {
		r.login.Store(&e)
	}
	return nil
}

// loginOf returns the event of u's login, the one that was recorded if one was.
func loginOf(ctx context.Context, u *User) Event {
	if r := RequestContextOf(ctx); r != nil {
		if e := r.login.Load(); e != nil && e.User == u.ID {
			return *e
		}
	}
	return Event{Kind: EventLogin, User: u.ID}
}

func partiesOf(ctx context.Context) (actor, subject *User) {
	if r := RequestContextOf(ctx); r != nil {
		return r.actor.Load(), r.subject.Load()
	}
	return nil, nil
}
