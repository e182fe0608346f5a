package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	passwords "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// eventInterval is that of 10,000 logins a second, and eventBurst how many are emitted
// without one, which the queue has room for.
const (
	eventInterval = 100 * time.Microsecond
	eventBurst    = 5_000
)

// eventRows compares guards and logins with OnEvent and without. A request that passes a
// guard has no event, so that its row is measured once more while the events of 10,000
// logins a second go through the queue: as many as fall into the processor time of the
// guards. Its yardstick is the same loop over the same guard without the events.
func eventRows(out *report) {
	apps := newEventApps()
	with, without := apps.guard(apps.seen), apps.guard(apps.alone)
	every := guardsPerEvent(with)
	beside := func(then func()) func() {
		n := 0
		return func() {
			with()
			if n++; n%every == 0 {
				then()
			}
		}
	}
	timings := compare(out.rounds,
		contestant{"without", without},
		contestant{"with OnEvent", with},
		contestant{"without the events", beside(func() {})},
		contestant{"beside events", beside(apps.emit)},
		contestant{"an event", apps.event},
	)
	out.add("guard, with OnEvent", "≤ 1.03", timings[1], timings[0])
	out.add("guard, with OnEvent, beside 10,000 events a second", "≤ 1.03", timings[3], timings[2])
	logins := compareOnce(out.rounds, contestant{"without", loginOf(apps.alone)}, contestant{"with OnEvent", loginOf(apps.seen)})
	out.add("login, with OnEvent", "≤ 1.03", logins[1], logins[0])
	out.add("the event of a login, through the queue", "≤ 0.03", timings[4], timing{name: "a login", times: logins[0].times, allocs: -1})
	if n := apps.seen.Manager().EventsDropped(); n > 0 {
		log.Fatalf("%d events were dropped, which costs less than a delivery", n)
	}
}

// guardsPerEvent returns how many guards fill eventInterval. It takes the best of some
// turns: other work on the machine must not make the events more.
func guardsPerEvent(guard func()) int {
	best := timePer(cpuTime, guard, 1000)
	for range 40 {
		best = min(best, timePer(cpuTime, guard, 1000))
	}
	return max(1, int(float64(eventInterval)/best))
}

// eventApps are an application without OnEvent and one with it, over one store, and what
// emits the event of a login in the second.
type eventApps struct {
	alone, seen *ginauth.Auth
	token       string // an access token of the user of the store
	ctx         context.Context
	users       []user.ID // of the events, so that each worker of the queue has some

	emitted, delivered atomic.Int64
	caughtUp           chan struct{} // has a value when all that was emitted was delivered
}

func newEventApps() *eventApps {
	store := usertest.NewStore()
	u := addUser(store, "galahad@camelot.bt")
	hash := must(must(passwords.New(passwords.Config{})).Hash(context.Background(), password))
	must(store.Update(context.Background(), u.ID, user.Update{HashedPassword: &hash, UpdatedAt: u.UpdatedAt}))
	apps := &eventApps{
		alone:    newAuth(ginauth.Config{Store: store}),
		ctx:      user.WithRequest(context.Background(), user.Request{ClientIP: "192.0.2.1", UserAgent: "benchmarks", Backend: "api"}),
		caughtUp: make(chan struct{}, 1),
	}
	apps.seen = newAuth(ginauth.Config{Store: store, OnEvent: apps.deliver})
	apps.token, _ = logIn(apps.alone, api(), u)
	for range 64 {
		apps.users = append(apps.users, store.NewID())
	}
	return apps
}

func (a *eventApps) guard(auth *ginauth.Auth) func() {
	return serve(guarded(auth.ActiveUser()), bearer(a.token), http.StatusNoContent)
}

// emit emits the event of a login, of another user than the last one.
func (a *eventApps) emit() {
	of := a.users[a.emitted.Add(1)%int64(len(a.users))]
	a.seen.Manager().Emit(a.ctx, user.Event{Kind: user.EventLogin, User: of})
}

// deliver is the sink.
func (a *eventApps) deliver(context.Context, user.Event) {
	if a.delivered.Add(1) == a.emitted.Load() {
		select {
		case a.caughtUp <- struct{}{}:
		default:
		}
	}
}

// event is emit, but waits until all was delivered whenever it has emitted eventBurst, so
// that the queue does not run over.
func (a *eventApps) event() {
	a.emit()
	if a.emitted.Load()%eventBurst != 0 {
		return
	}
	for a.delivered.Load() < a.emitted.Load() {
		<-a.caughtUp
	}
}

// loginOf returns what logs galahad in.
func loginOf(auth *ginauth.Auth) func() {
	engine := gin.New()
	auth.AuthRoutes(api()).Attach(engine.Group("/auth"))
	body := fmt.Sprintf(`{"username":"galahad@camelot.bt","password":%q}`, password)
	return func() { serve(engine, post("/auth/login", "application/json", body), http.StatusOK)() }
}
