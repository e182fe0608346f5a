package redisstrategy_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/user/records"
)

func TestTokenStore(t *testing.T) {
	t.Parallel()
	backendtest.TestTokenStore(t, func(t *testing.T) records.TokenStore {
		client := redistest.Client(t)
		return redisstrategy.NewTokens(client, redistest.Prefix(t, client))
	})
	backendtest.TestRotatingTokenStore(t, func(t *testing.T) records.RotatingTokenStore {
		client := redistest.Client(t)
		return redisstrategy.NewTokens(client, redistest.Prefix(t, client))
	})
}

func TestStrategy(t *testing.T) {
	t.Parallel()
	backendtest.TestStrategy(t, backendtest.Subject{
		New: func(t *testing.T, lifetime time.Duration) backends.Strategy {
			client := redistest.Client(t)
			return redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client), Lifetime: lifetime}
		},
		DefaultLifetime: 7 * 24 * time.Hour,
	})
}
