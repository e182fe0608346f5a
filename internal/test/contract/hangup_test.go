package contract

import (
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var hangUps = flag.Int("hangups", 30, "requests that TestF19ClientsHangUp hangs up in, at random moments")

// hangUp is a way for requests on which the client hangs up some time after it has
// sent one, if it is told to. It answers 503 then, as if it had been told so.
type hangUp struct {
	after atomic.Int64 // nanoseconds; 0 for never
	hung  atomic.Int64 // how often it was in time
}

func (h *hangUp) RoundTrip(r *http.Request) (*http.Response, error) {
	after := time.Duration(h.after.Load())
	if after == 0 {
		return transport.RoundTrip(r)
	}
	ctx, cancel := context.WithTimeout(r.Context(), after)
	defer cancel()
	response, err := transport.RoundTrip(r.WithContext(ctx))
	if err == nil {
		var body []byte
		if body, err = io.ReadAll(response.Body); err == nil {
			response.Body = io.NopCloser(strings.NewReader(string(body)))
			return response, nil
		}
	}
	h.hung.Add(1)
	header := http.Header{
		"Content-Type": {asJSON}, "Cache-Control": {"no-store"}, "Retry-After": {"1"},
		"X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"no-referrer"},
	}
	return &http.Response{StatusCode: 503, Header: header, Body: io.NopCloser(strings.NewReader(unavailable))}, nil
}

// TestF19ClientsHangUp has clients hang up at random moments of each attempt. A second
// try then does it, or is refused because it was done; no place for a hash, no
// connection and no goroutine is lost. It is not parallel, as it counts goroutines.
func TestF19ClientsHangUp(t *testing.T) {
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	leavesNothing(t, func(t *testing.T) (connections func() int) {
		w := startWired(t)
		way := &hangUp{}
		w.way = way
		for way.hung.Load() < int64(*hangUps) && !t.Failed() {
			for _, a := range attempts {
				try, done := a.ready(t, w)
				way.after.Store(1 + rand.Int64N(int64(60*time.Millisecond)))
				first := try()
				way.after.Store(0)
				if first.status == 503 {
					second := try()
					if second.status != a.success && (a.again == "" || second.body != a.again) {
						t.Errorf("%s again: got %d %s, want %d or %s", a.name, second.status, second.body, a.success, a.again)
					}
				} else if first.status != a.success {
					t.Errorf("%s: got %d %s, want %d", a.name, first.status, first.body, a.success)
				}
				done(t)
			}
		}
		t.Logf("clients hung up %d times", way.hung.Load())
		// Every place for a hash is there again.
		var logins sync.WaitGroup
		p := w.register(t)
		for range 16 {
			logins.Go(func() { accessToken(t, w.world, w.client().logIn(t, "jwt", p.email, p.password)) })
		}
		logins.Wait()
		return w.mongo.Conns
	})
}
