package user_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

type parentKey struct{}

func TestRequestContext(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithCancel(context.WithValue(t.Context(), parentKey{}, "camelot"))
	ctx := &user.RequestContext{}
	ctx.Begin(parent, user.Request{ClientIP: "203.0.113.7", UserAgent: "Excalibur"})

	if got, want := user.RequestFrom(ctx), (user.Request{ClientIP: "203.0.113.7", UserAgent: "Excalibur"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := ctx.Value(parentKey{}); got != "camelot" {
		t.Errorf("a value of the parent: got %v, want camelot", got)
	}
	below, stop := context.WithCancel(ctx)
	defer stop()
	web := "web"
	user.RequestContextOf(below).EnterBackend(&web)
	if user.RequestFrom(ctx).Backend != "web" {
		t.Errorf("got backend %q, want web", user.RequestFrom(ctx).Backend)
	}
	cancel()
	<-below.Done() // what is made from it ends with the parent
	if err := context.Cause(below); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestEnterBackend_elsewhere(t *testing.T) {
	t.Parallel()
	web := "web"
	for name, ctx := range map[string]context.Context{
		"no request":      t.Context(),
		"another request": user.WithRequest(&user.RequestContext{Context: t.Context()}, user.Request{ClientIP: "203.0.113.7"}),
	} {
		r := user.RequestContextOf(ctx)
		r.EnterBackend(&web)
		r.NoteActor(nil)
		r.NoteSubject(nil)
		if got := user.RequestFrom(ctx).Backend; got != "" {
			t.Errorf("%s: got backend %q, want none", name, got)
		}
	}
}

// The calls of one request share its budget.
func TestRequestContext_budget(t *testing.T) {
	t.Parallel()
	ctx := &user.RequestContext{}
	ctx.Begin(t.Context(), user.Request{})
	const budget = 4 * time.Second
	var lefts [2]time.Duration
	for i := range lefts {
		_, err := records.StoreCall(ctx, func(ctx context.Context) (bool, error) {
			deadline, _ := ctx.Deadline()
			lefts[i] = time.Until(deadline)
			for start := time.Now(); time.Since(start) < 2*time.Millisecond; {
			}
			return true, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if lefts[0] > budget || lefts[1] > budget-2*time.Millisecond {
		t.Errorf("got %v, then %v, want at most %v, then less by what the first call took", lefts[0], lefts[1], budget)
	}
}
