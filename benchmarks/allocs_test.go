package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// TestAllocations holds what a guarded request allocates, Gin and the store in
// memory included. Unlike times, allocations are the same on every machine. Who
// saves some lowers the number here.
func TestAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates, too")
	}
	gin.SetMode(gin.ReleaseMode)
	store := usertest.NewStore()
	u := addUser(store, "lancelot@camelot.bt")
	cookie := func(name string, strategy backends.Strategy) backends.Backend {
		return backends.Backend{Name: name, Transport: backends.Cookie{Name: name, Insecure: true}, Strategy: strategy}
	}
	optional := newAuth(ginauth.Config{Store: store}).ActiveUser(ginauth.Optional())
	anonymous := bearer("")
	anonymous.Header.Del("Authorization")
	tests := []struct {
		name string
		do   func()
		most float64
	}{
		{"bearer, JWT", guardOf(store, u, api()), 11},
		{"cookie, JWT", guardOf(store, u, cookie("web", backends.JWT{})), 16},
		{"bearer, Database", guardOf(store, u, stored("mobile")), 10},
		{"cookie, Database", guardOf(store, u, cookie("web", backends.Database{})), 15},
		{"bearer, JWT, five backends", guardOf(store, u, cookie("web", backends.Database{}), cookie("kept", backends.JWT{Record: true}), stored("a"), stored("b"), api()), 11},
		{"bearer, Database, five backends", guardOf(store, u, stored("a"), stored("b"), stored("c"), stored("d"), stored("e")), 10},
		{"optional, no token", serve(guarded(optional), anonymous, http.StatusNoContent), 3},
	}
	for name, pair := range rightsGuards() {
		most := 12.0
		if strings.HasSuffix(name, "key") {
			most = 25 // what is stored of a key is JSON
		}
		tests = append(tests, struct {
			name string
			do   func()
			most float64
		}{name, pair[0].do, most})
	}
	for _, test := range tests {
		if got := testing.AllocsPerRun(200, test.do); got > test.most {
			t.Errorf("%s: got %.0f allocations, want at most %.0f", test.name, got, test.most)
		}
	}
}

// TestAllocationsByHand compares with the same work written by hand.
func TestAllocationsByHand(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates, too")
	}
	gin.SetMode(gin.ReleaseMode)
	store := usertest.NewStore()
	inMemory := guards(store, inMemory(store))
	overDriver, end := driverGuards()
	defer end()
	for name, both := range map[string][]contestant{
		"user from memory": inMemory[:2], "user by mongo-driver": overDriver[:2], "token and user by mongo-driver": overDriver[2:4],
	} {
		own, byHand := testing.AllocsPerRun(200, both[0].do), testing.AllocsPerRun(200, both[1].do)
		if own > byHand+3 {
			t.Errorf("%s: got %.0f allocations, want at most 3 more than the %.0f by hand", name, own, byHand)
		}
	}
}

// TestAllocationsRefresh holds that an access token costs a guard no more for the refresh
// token that was issued with it.
func TestAllocationsRefresh(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates, too")
	}
	gin.SetMode(gin.ReleaseMode)
	both := refreshGuards()
	refreshed, alone := testing.AllocsPerRun(200, both[0].do), testing.AllocsPerRun(200, both[1].do)
	if refreshed != alone {
		t.Errorf("got %.0f allocations, want %.0f as with a JWT alone", refreshed, alone)
	}
}

// TestAllocationsEvents holds that a guard allocates no more where events have a sink, and
// an event nothing where they have none and telemetry is not attached.
func TestAllocationsEvents(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates, too")
	}
	gin.SetMode(gin.ReleaseMode)
	apps := newEventApps()
	guard := func(auth *ginauth.Auth) float64 { return testing.AllocsPerRun(200, apps.guard(auth)) }
	if with, without := guard(apps.seen), guard(apps.alone); with != without {
		t.Errorf("guard: got %.0f allocations with OnEvent, want %.0f as without", with, without)
	}
	unseen := func() { apps.alone.Manager().Emit(t.Context(), user.Event{Kind: user.EventLogin, User: "galahad"}) }
	if got := testing.AllocsPerRun(200, unseen); got != 0 {
		t.Errorf("an event without a sink: got %.0f allocations, want none", got)
	}
	// The ID, the context of the sink, and what the queue takes for all of them.
	if got := testing.AllocsPerRun(4*eventBurst, apps.event); got > 3 {
		t.Errorf("an event: got %.0f allocations, want at most 3", got)
	}
}
