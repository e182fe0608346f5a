package main

import (
	"context"
	"net/http"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// eventRows compares guards with and without OnEvent, and what the event of a login costs
// with a guard: a request that passes a guard has no event, a login one, and a hash
// besides that takes thousands of times as long.
func eventRows(out *report) {
	store := usertest.NewStore()
	u := addUser(store, "galahad@camelot.bt")
	alone := newAuth(ginauth.Config{Store: store})
	seen := newAuth(ginauth.Config{Store: store, OnEvent: func(context.Context, user.Event) {}})
	token, _ := logIn(alone, api(), u)
	timings := compare(out.rounds,
		contestant{"with events", serve(guarded(seen.ActiveUser()), bearer(token), http.StatusNoContent)},
		contestant{"without", serve(guarded(alone.ActiveUser()), bearer(token), http.StatusNoContent)},
		contestant{"an event", func() { seen.Manager().Emit(context.Background(), user.Event{Kind: user.EventLogin, User: u.ID}) }},
		contestant{"a login's hash", func() {
			if _, err := seen.Manager().Authenticate(context.Background(), u.Email, "not the password"); err == nil {
				panic("a wrong password was right")
			}
		}},
	)
	out.add("guard, with OnEvent", "≤ 1.03", timings[0], timings[1])
	out.add("an event through the queue, of a login", "≤ 0.03", timings[2], timings[3])
}
