package main

import (
	"net/http"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// jwtKey is the key of the backend api.
func jwtKey() []byte { return must(secrets.NewKeys(secret)).Derive("ginauth:auth")[0] }

// guards are the contestants over the store: ginauth, by hand, gin-jwt with the
// user and without, and Gin without any guard.
func guards(store user.Store, find finder) []contestant {
	u := addUser(store, "arthur@camelot.bt")
	auth := newAuth(ginauth.Config{Store: store})
	token, _ := logIn(auth, api(), u)
	request := func() *http.Request { return bearer(token) }
	const want = http.StatusNoContent
	return []contestant{
		{"ginauth", serve(guarded(auth.ActiveUser()), request(), want)},
		{"by hand", serve(guarded(byHand(jwtKey(), find)), request(), want)},
		{"gin-jwt, user loaded", serve(guarded(ginJWT(jwtKey(), find)), request(), want)},
		{"gin-jwt, no user", serve(guarded(ginJWT(jwtKey(), nil)), request(), want)},
		{"Gin alone", serve(guarded(), request(), want)},
	}
}

func guardRows(out *report) {
	store := usertest.NewStore()
	timings := compare(out.rounds, guards(store, inMemory(store))...)
	const what = "guard, JWT, user from memory, in process"
	out.add(what, "≤ 1.05, allocations + 3", timings[0], timings[1])
	out.add(what, "≤ 1", timings[0], timings[2])
	out.add(what, "", timings[0], timings[3])
	out.add(what, "", timings[0], timings[4])
}
