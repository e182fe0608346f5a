package main

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/usertest"
)

// BenchmarkGuard is for profiles: go test ./benchmarks -run '^$' -bench Guard -cpuprofile cpu.out.
func BenchmarkGuard(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	store := usertest.NewStore()
	for _, c := range guards(store, inMemory(store)) {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.do()
			}
		})
	}
}

// BenchmarkGuardStored is the same for a stored token: -bench GuardStored.
func BenchmarkGuardStored(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	store := usertest.NewStore()
	database := backends.Backend{Name: "b", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	auth := newAuth(ginauth.Config{Store: store, Backends: []backends.Backend{database}})
	token, _ := logIn(auth, database, addUser(store, "arthur@camelot.bt"))
	guard := serve(guarded(auth.ActiveUser()), bearer(token), http.StatusNoContent)
	b.ReportAllocs()
	for b.Loop() {
		guard()
	}
}
