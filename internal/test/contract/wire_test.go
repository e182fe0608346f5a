package contract

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"
	mongooptions "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/internal/test/wirefault"
	"github.com/ginauth/ginauth/mongostore"
)

// wired is a world whose databases are behind proxies.
type wired struct {
	*world
	mongo, redis *wirefault.Proxy
	redisClient  *redis.Client
	// budget is what every request is given, in nanoseconds; 0 for the contract's 4 seconds.
	budget atomic.Int64
}

// startWired makes a world in which faults can be put on the wire.
func startWired(t *testing.T, changes ...func(*mongooptions.ClientOptions)) *wired {
	t.Helper()
	w := &wired{mongo: wirefault.Mongo(t, mongotest.Host(t))}
	options := redistest.Options(t)
	w.redis = wirefault.Redis(t, options.Addr)
	options.Addr, options.MaxRetries = w.redis.Addr(), 1
	options.ReadTimeout, options.DialTimeout = 500*time.Millisecond, 500*time.Millisecond
	w.redisClient = redis.NewClient(options)
	t.Cleanup(func() { _ = w.redisClient.Close() })
	t.Cleanup(w.heal)

	db := mongotest.Through(t, mongotest.Database(t), w.mongo.Addr(), changes...)
	store, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatal(err)
	}
	w.world = start(t, variant{wire: v9, many: 10}, design{store: newProbe(store), redis: w.redisClient, before: w.hurry})
	w.settle(t)
	return w
}

// hurry gives requests less time than the library would.
func (w *wired) hurry(c *gin.Context) {
	if budget := time.Duration(w.budget.Load()); budget > 0 {
		ctx, cancel := context.WithTimeout(c.Request.Context(), budget)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
	}
	c.Next()
}

func (w *wired) heal() {
	for _, proxy := range []*wirefault.Proxy{w.mongo, w.redis} {
		proxy.Set(nil)
		proxy.Mend()
	}
}

// wireFaults are what a network or a dying server does to everything.
var wireFaults = []struct {
	name   string
	begin  func(*wirefault.Proxy)
	budget time.Duration
}{
	{"silent", func(p *wirefault.Proxy) { p.Set(wirefault.Always(wirefault.Silent)) }, 0},
	{"cut", (*wirefault.Proxy).Cut, time.Second},
	{"lost answers", func(p *wirefault.Proxy) { p.Set(wirefault.Always(wirefault.Lose)) }, time.Second},
	{"half answers", func(p *wirefault.Proxy) { p.Set(wirefault.Always(wirefault.Half)) }, time.Second},
	{"slow", func(p *wirefault.Proxy) { p.Set(wirefault.Delayed(6 * time.Second)) }, time.Second},
}

// wireSlack is what a busy machine may take longer.
const wireSlack = 5 * time.Second

// TestWireDown: F02, F03. With MongoDB behind a broken wire every route answers 503 in
// time, never "nobody", "not there" or a success, and all is well when the wire is;
// afterwards no goroutine and no connection is left. It is not parallel, as it counts
// the process's goroutines.
func TestWireDown(t *testing.T) {
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	leavesNothing(t, func(t *testing.T) (connections func() int) {
		w := startWired(t)
		p := w.register(t)
		browser, session := p.browser(t, "cookie"), p.browser(t, "session")
		verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
		for _, fault := range wireFaults {
			w.budget.Store(int64(fault.budget))
			fault.begin(w.mongo)
			within := wireSlack + max(fault.budget, 4*time.Second)
			var asked sync.WaitGroup
			for _, r := range w.everyRoute(p, browser, session, verify, reset) {
				asked.Go(func() {
					started := time.Now()
					a := r.client.send(t, r.method, r.path, r.body, "Content-Type", asJSON)
					a.request += ", " + fault.name
					a.want(t, 503, unavailable)
					if took := time.Since(started); took > within {
						t.Errorf("%s: took %v, want at most %v", a.request, took, within)
					}
				})
			}
			asked.Wait()
			if n := w.mongo.Conns(); n > 100+2 { // the driver's pool, and the two that watch the server
				t.Errorf("%s: got %d connections, want at most 102", fault.name, n)
			}
			w.heal()
			w.budget.Store(0)
			w.arthur.wantMe(t, w.arthur)
			browser.wantMe(t, p)
			session.wantMe(t, p)
		}
		p.account.verified = true
		w.client().verify(t, verify).want(t, 200, p.json()) // nothing was used up
		w.client().reset(t, reset, otherPassword).want(t, 200, "null")
		return w.mongo.Conns
	})
}

// TestRedisWireDown: F02, F03, F35. With Redis behind a broken wire its tokens are 503,
// never "nobody"; other backends do not notice.
func TestRedisWireDown(t *testing.T) {
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	leavesNothing(t, func(t *testing.T) (connections func() int) {
		w := startWired(t)
		p := w.register(t)
		tokens := w.client().with(p.token(t, "redis"))
		browser := p.browser(t, "cookie")
		for _, fault := range wireFaults {
			w.budget.Store(int64(fault.budget))
			fault.begin(w.redis)
			var asked sync.WaitGroup
			ask := func(c *client, method, path, body string) {
				failing := *c
				failing.mayFail = true
				asked.Go(func() {
					a := failing.send(t, method, path, body, "Content-Type", asJSON)
					a.request += ", " + fault.name
					a.want(t, 503, unavailable)
				})
			}
			ask(w.client(), "POST", "/auth/redis/login", `{"username":"`+p.email+`","password":"guinevere"}`)
			ask(tokens, "GET", "/users/me", "")
			ask(tokens, "GET", "/protected/optional", "")
			ask(tokens, "PATCH", "/users/me", `{"first_name":"x"}`)
			ask(tokens, "POST", "/auth/redis/logout", "")
			asked.Wait()
			w.budget.Store(0)
			browser.wantMe(t, p)
			p.logIn(t)
			w.heal()
			tokens.wantMe(t, p)
		}
		// Answers that come in another order are still each for the one who asked.
		w.redis.Set(wirefault.Overtaking(20 * time.Millisecond))
		others := []*person{p, w.register(t), w.register(t), w.register(t)}
		var asked sync.WaitGroup
		for _, other := range others {
			c := w.client().with(other.token(t, "redis"))
			asked.Go(func() {
				for range 10 {
					c.wantMe(t, other)
				}
			})
		}
		asked.Wait()
		w.heal()
		return w.redis.Conns
	})
}

// leavesNothing runs check and waits until as many goroutines run as before, and the
// connections it tells of are gone.
func leavesNothing(t *testing.T, check func(t *testing.T) (connections func() int)) {
	t.Helper()
	mongotest.URI(t) // starts what outlives the test
	transport.CloseIdleConnections()
	const others = 3 // of the runtime and of net/http, which come and go
	before := runtime.NumGoroutine()
	var connections func() int
	t.Run("", func(t *testing.T) { connections = check(t) })
	if connections == nil {
		return
	}
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		transport.CloseIdleConnections()
		if runtime.NumGoroutine() <= before+others && connections() == 0 {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			var stacks bytes.Buffer
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("got %d goroutines and %d connections, want %d and none:\n%s", runtime.NumGoroutine(), connections(), before, &stacks)
		}
	}
}
