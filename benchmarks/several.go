package main

import (
	"fmt"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/user/usertest"
)

func stored(name string) backends.Backend {
	return backends.Backend{Name: name, Transport: backends.Bearer{}, Strategy: backends.Database{}}
}

// backendRows compares one configured backend with two and with five; the token is
// always that of the last, so that all are asked.
func backendRows(out *report) {
	server := must(miniredis.Run())
	defer server.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	store := usertest.NewStore()
	u := addUser(store, "arthur@camelot.bt")

	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	kept := backends.Backend{Name: "kept", Transport: backends.Cookie{Name: "kept"}, Strategy: backends.JWT{Record: true}}
	cache := backends.Backend{Name: "cache", Transport: backends.Bearer{}, Strategy: redisstrategy.Redis{Client: client}}
	for _, kind := range []struct {
		name string
		sets [][]backends.Backend
	}{
		{"JWT", [][]backends.Backend{{api()}, {web, api()}, {web, kept, cache, stored("mobile"), api()}}},
		{"Database", [][]backends.Backend{
			{stored("e")}, {stored("d"), stored("e")},
			{stored("a"), stored("b"), stored("c"), stored("d"), stored("e")},
		}},
	} {
		var contestants []contestant
		for _, set := range kind.sets {
			contestants = append(contestants, contestant{"one backend", guardOf(store, u, set...)})
		}
		timings := compare(out.rounds, contestants...)
		for i, set := range kind.sets[1:] {
			target := ""
			if len(set) == 5 {
				target = "≤ 1.15"
			}
			out.add(fmt.Sprintf("guard, bearer and %s, %d backends configured, token of the last", kind.name, len(set)), target, timings[i+1], timings[0])
		}
	}
}
