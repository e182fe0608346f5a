package main

import (
	"testing"

	"github.com/gin-gonic/gin"

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
