package redisstrategy_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestLimitStore(t *testing.T) {
	t.Parallel()
	usertest.TestLimitStore(t, func(t *testing.T) limits.Store {
		client := redistest.Client(t)
		return redisstrategy.NewLimits(client, redistest.Prefix(t, client))
	})
}

// A record that nobody needs any more goes by itself.
func TestLimitsExpire(t *testing.T) {
	t.Parallel()
	client := redistest.Client(t)
	prefix := redistest.Prefix(t, client)
	limits := redisstrategy.NewLimits(client, prefix)
	if swapped, err := limits.SwapLimit(t.Context(), "login:1", "", "one", time.Hour); !swapped || err != nil {
		t.Fatalf("SwapLimit: got %v, %v", swapped, err)
	}
	left, err := client.PTTL(t.Context(), prefix+"login:1").Result()
	if err != nil || left < 59*time.Minute || left > time.Hour {
		t.Errorf("got %v, %v to live, want an hour", left, err)
	}
}
