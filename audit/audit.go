// Package audit has sinks for the events of ginauth: functions for
// ginauth.Config.OnEvent. [Slog] writes them to a log; [Tee] hands them to several
// sinks.
package audit

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/ginauth/ginauth/user"
)

// Tee returns a sink that hands every event to all sinks, one after the other. A sink
// that panics does not keep the event from the others. All share the time that one
// call has. Nil sinks are left out.
func Tee(sinks ...func(context.Context, user.Event)) func(context.Context, user.Event) {
	var all []func(context.Context, user.Event)
	for _, sink := range sinks {
		if sink != nil {
			all = append(all, sink)
		}
	}
	return func(ctx context.Context, e user.Event) {
		var problems []error
		for _, sink := range all {
			problems = append(problems, contained(ctx, sink, e))
		}
		if err := errors.Join(problems...); err != nil {
			panic(err) // the queue logs it
		}
	}
}

// contained returns a panic as an error, without a text that may quote the event.
func contained(ctx context.Context, sink func(context.Context, user.Event), e user.Event) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("audit: a sink panicked: %w", cause)
		default:
			err = fmt.Errorf("audit: a sink panicked with a %T", cause)
		}
	}()
	sink(ctx, e)
	return nil
}
