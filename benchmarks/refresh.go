package main

import (
	"net/http"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/user/usertest"
)

// refreshing is a backend whose access tokens are JWTs that are refreshed.
func refreshing() backends.Backend {
	return backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
}

// refreshGuards are the guard with the access token of a backend with refresh tokens,
// and with the token of a backend with JWTs alone.
func refreshGuards() []contestant {
	store := usertest.NewStore()
	u := addUser(store, "arthur@camelot.bt")
	var contestants []contestant
	for _, b := range []backends.Backend{refreshing(), api()} {
		auth := newAuth(ginauth.Config{Store: store, Backends: []backends.Backend{b}})
		token, _ := logIn(auth, b, u)
		contestants = append(contestants, contestant{"JWT alone", serve(guarded(auth.ActiveUser()), bearer(token), http.StatusNoContent)})
	}
	return contestants
}

func refreshRows(out *report) {
	timings := compare(out.rounds, refreshGuards()...)
	out.add("guard, access token with a refresh token, user from memory", "≤ 1.02, equal allocations", timings[0], timings[1])
}
