package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	passwords "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// eventInterval is that of 10,000 logins a second.
const eventInterval = 100 * time.Microsecond

// eventRows compares guards and logins with OnEvent and without. A request that passes a
// guard has no event, so that its row is measured once more while the events of 10,000
// logins a second go through the queue: as many as fall into the time of the guards.
func eventRows(out *report) {
	alone, seen, token, event := eventApps()
	guard := func(auth *ginauth.Auth) func() {
		return serve(guarded(auth.ActiveUser()), bearer(token), http.StatusNoContent)
	}
	with, without := guard(seen), guard(alone)
	timePer(cpuTime, without, 1000)
	every := max(1, int(float64(eventInterval)/timePer(cpuTime, without, 10_000)))
	n := 0
	timings := compare(out.rounds,
		contestant{"without", without},
		contestant{"with OnEvent", with},
		contestant{"beside events", func() {
			with()
			if n++; n%every == 0 {
				event()
			}
		}},
		contestant{"an event", event},
	)
	out.add("guard, with OnEvent", "≤ 1.03", timings[1], timings[0])
	out.add("guard, with OnEvent, beside 10,000 events a second", "≤ 1.03", timings[2], timings[0])
	logins := compareOnce(out.rounds, contestant{"without", loginOf(alone)}, contestant{"with OnEvent", loginOf(seen)})
	out.add("login, with OnEvent", "≤ 1.03", logins[1], logins[0])
	out.add("the event of a login, through the queue", "≤ 0.03", timings[3], timing{name: "a login", times: logins[0].times, allocs: -1})
}

// eventApps returns an application without OnEvent and one with it, over one store, an
// access token of its user, and what emits the event of a login.
func eventApps() (alone, seen *ginauth.Auth, token string, event func()) {
	store := usertest.NewStore()
	u := addUser(store, "galahad@camelot.bt")
	hash := must(must(passwords.New(passwords.Config{})).Hash(context.Background(), password))
	must(store.Update(context.Background(), u.ID, user.Update{HashedPassword: &hash, UpdatedAt: u.UpdatedAt}))
	alone = newAuth(ginauth.Config{Store: store})
	seen = newAuth(ginauth.Config{Store: store, OnEvent: func(context.Context, user.Event) {}})
	token, _ = logIn(alone, api(), u)
	ctx := user.WithRequest(context.Background(), user.Request{ClientIP: "192.0.2.1", UserAgent: "benchmarks", Backend: "api"})
	return alone, seen, token, func() { seen.Manager().Emit(ctx, user.Event{Kind: user.EventLogin, User: u.ID}) }
}

// loginOf returns what logs galahad in.
func loginOf(auth *ginauth.Auth) func() {
	engine := gin.New()
	auth.AuthRoutes(api()).Attach(engine.Group("/auth"))
	body := fmt.Sprintf(`{"username":"galahad@camelot.bt","password":%q}`, password)
	return func() { serve(engine, post("/auth/login", "application/json", body), http.StatusOK)() }
}
