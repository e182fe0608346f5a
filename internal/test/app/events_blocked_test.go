package app

import (
	"context"
	"runtime"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// A sink that hangs changes no answer and keeps no memory beyond the events that may wait:
// the others are dropped and counted. The test is not parallel, as it measures the heap.
func TestBlockedSink(t *testing.T) { //nolint:paralleltest // see above
	release, entered := make(chan struct{}), make(chan struct{}, 4)
	a := newWatchedApp(t, func(c *ginauth.Config) {
		c.OnEvent = func(_ context.Context, _ user.Event) {
			select {
			case entered <- struct{}{}:
			default:
			}
			<-release
		}
	})
	t.Cleanup(func() { close(release) })
	const fits = 10_000 // events that may wait
	if _, err := a.auth.Manager().Create(t.Context(), user.Registration{Email: "arthur@camelot.bt", Password: "guinevere"}); err != nil {
		t.Fatal(err)
	}
	<-entered // the event of the new user has left the queue
	refuse := func(n int) {
		t.Helper()
		for range n {
			if got := send(t, a, "GET", "/own", ""); got.status != 401 {
				t.Fatalf("got %d %s, want 401 as ever", got.status, got.body)
			}
		}
	}
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc) //nolint:gosec // less than the machine has
	}
	refuse(fits + 100)
	dropped, full := a.auth.Manager().EventsDropped(), heap()
	if dropped < 90 || dropped > 100 { // some are with the workers
		t.Errorf("got %d dropped of %d, want about 100", dropped, fits+100)
	}
	refuse(fits)
	if got := a.auth.Manager().EventsDropped(); got != dropped+fits {
		t.Errorf("got %d dropped, want %d", got, dropped+fits)
	}
	if grown := heap() - full; grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes with %d events that were dropped", grown, fits)
	}
	a.logIn(t, "arthur@camelot.bt")
	if got := a.auth.Manager().EventsDropped(); got != dropped+fits+1 {
		t.Errorf("got %d dropped after a login, want %d", got, dropped+fits+1)
	}
}
