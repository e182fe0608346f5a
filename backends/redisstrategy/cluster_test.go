package redisstrategy_test

import (
	"context"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/freeport"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/user/records"
)

// TestCluster runs against a real server in cluster mode, which refuses commands
// and scripts that touch keys of different slots.
func TestCluster(t *testing.T) {
	t.Parallel()
	address := startCluster(t)
	newClient := func(t *testing.T) redis.UniversalClient {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{address}, ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		return client
	}
	// The server ends with this test, so the suites must end before.
	t.Run("suites", func(t *testing.T) {
		t.Run("store", func(t *testing.T) {
			t.Parallel()
			backendtest.TestTokenStore(t, func(t *testing.T) records.TokenStore {
				client := newClient(t)
				return redisstrategy.NewTokens(client, redistest.Prefix(t, client))
			})
			backendtest.TestRotatingTokenStore(t, func(t *testing.T) records.RotatingTokenStore {
				client := newClient(t)
				return redisstrategy.NewTokens(client, redistest.Prefix(t, client))
			})
		})
		t.Run("strategy", func(t *testing.T) {
			t.Parallel()
			backendtest.TestStrategy(t, backendtest.Subject{
				New: func(t *testing.T, lifetime time.Duration) backends.Strategy {
					client := newClient(t)
					return redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client), Lifetime: lifetime}
				},
				DefaultLifetime: 7 * 24 * time.Hour,
			})
		})
	})
}

// startCluster starts a cluster of one node that serves all slots.
func startCluster(t *testing.T) (address string) {
	t.Helper()
	server, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed")
	}
	port, busPort := freePort(t), freePort(t)
	command := exec.Command(server, "--bind", "127.0.0.1", "--port", port, "--cluster-enabled", "yes",
		"--cluster-port", busPort, "--save", "", "--dir", t.TempDir())
	command.Stdout, command.Stderr = io.Discard, io.Discard
	if err := command.Start(); err != nil {
		t.Fatalf("redis-server: %v", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	address = net.JoinHostPort("127.0.0.1", port)
	client := redis.NewClient(&redis.Options{Addr: address})
	defer func() { _ = client.Close() }()
	await(t, func(ctx context.Context) bool { return client.Ping(ctx).Err() == nil })
	if err := client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatalf("CLUSTER ADDSLOTSRANGE: %v", err)
	}
	await(t, func(ctx context.Context) bool {
		info, err := client.ClusterInfo(ctx).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	})
	return address
}

func freePort(t *testing.T) (port string) {
	t.Helper()
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(address)
	return port
}

// await asks until the server is ready.
func await(t *testing.T, ready func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !ready(ctx) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatal("redis-server does not get ready")
		}
	}
}
