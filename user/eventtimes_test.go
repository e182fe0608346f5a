package user

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ginauth/ginauth/internal/test/testlog"
)

// The first event after a while is delivered at once. Those right after it wait for each
// other, but no longer than the pause, nor when they are many or the end has come.
func TestEventPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		q := queueOf(func(context.Context, Event) { n++ }, &testlog.Log{})
		pushed := 0
		push := func(events int) {
			for range events {
				q.push(&Event{User: "1", Code: strconv.Itoa(pushed)})
				pushed++
			}
			synctest.Wait()
		}
		for _, step := range []struct {
			events int
			then   time.Duration
			want   int
		}{
			{1, 0, 1},
			{2, eventPause - 1, 1},
			{1, 1, 4},
			{1, 2 * eventPause, 5}, // idle from here
			{1, 0, 6},
			{eventBatch - 1, 0, 6},
			{1, 0, 6 + eventBatch},
			{1, 0, 6 + eventBatch},
		} {
			push(step.events)
			if step.then > 0 {
				<-time.After(step.then)
				synctest.Wait()
			}
			if n != step.want || q.Waiting() != pushed-n {
				t.Fatalf("after %d: got %d delivered and %d waiting, want %d", pushed, n, q.Waiting(), step.want)
			}
		}
		begun := time.Now()
		if err := q.Shutdown(t.Context()); err != nil || n != pushed || !time.Now().Equal(begun) {
			t.Errorf("got %d of %d after %v, %v", n, pushed, time.Since(begun), err)
		}
	})
}

// Each call of a sink has its five seconds, also one that follows another.
func TestEventDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		q := queueOf(func(ctx context.Context, e Event) {
			begun := time.Now()
			deadline, _ := ctx.Deadline()
			inner, cancel := context.WithCancel(ctx)
			defer cancel()
			switch e.Code {
			case "works":
				<-time.After(4 * time.Second)
			case "waits":
				<-ctx.Done()
			case "waits inside":
				<-inner.Done()
			}
			got = append(got, fmt.Sprint(e.Code, " ", time.Since(begun), " of ", deadline.Sub(begun), " ", ctx.Err()))
		}, &testlog.Log{})
		for _, code := range []string{"works", "waits", "works", "waits inside", "ends"} {
			q.push(&Event{User: "1", Code: code})
		}
		<-time.After(time.Minute)
		if err := q.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "[works 4s of 5s <nil> waits 5s of 5s context deadline exceeded works 4s of 5s <nil>" +
			" waits inside 5s of 5s context deadline exceeded ends 0s of 5s <nil>]"
		if fmt.Sprint(got) != want {
			t.Errorf("got  %v\nwant %s", got, want)
		}
	})
}

// The context of a sink that has returned has ended, whether the sink used it or not.
func TestEventContextEnds(t *testing.T) {
	t.Parallel()
	var kept []context.Context
	q := queueOf(func(ctx context.Context, e Event) {
		if e.Code == "used" {
			_ = ctx.Err()
		}
		kept = append(kept, ctx)
	}, &testlog.Log{})
	q.push(&Event{User: "1"})
	q.push(&Event{User: "1", Code: "used"})
	if err := q.Shutdown(t.Context()); err != nil || len(kept) != 2 {
		t.Fatalf("got %d events, %v", len(kept), err)
	}
	for _, ctx := range kept {
		<-ctx.Done()
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		if !errors.Is(ctx.Err(), context.Canceled) || inner.Err() == nil || RequestContextOf(ctx) != nil {
			t.Errorf("got %v, and %v inside", ctx.Err(), inner.Err())
		}
	}
}
