// Package redistest gives tests a Redis: the server that REDIS_URL names or, if it is
// empty, the example's small one, a child process of each test binary (package child).
package redistest

import (
	"context"
	"crypto/rand"
	"os"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/internal/test/child"
)

// Client returns a client that is closed with the test.
func Client(t testing.TB) redis.UniversalClient {
	t.Helper()
	client := redis.NewClient(Options(t))
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Options returns how to reach the server, which all tests share.
func Options(t testing.TB) *redis.Options {
	t.Helper()
	options, err := redis.ParseURL(address(t))
	if err != nil {
		t.Fatalf("REDIS_URL: %v", err)
	}
	return options
}

func address(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("REDIS_URL"); url != "" {
		return url
	}
	server, err := shared()
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	return server.URI
}

// shared starts the server of the process, which ends when the process does.
var shared = sync.OnceValues(func() (*child.Child, error) { return child.Start("embedded-redis") })

// Prefix returns a prefix that no other test uses and deletes the keys that begin
// with it after the test, so that tests can share a server.
func Prefix(t testing.TB, client redis.UniversalClient) string {
	t.Helper()
	prefix := "ginauth_test_" + rand.Text() + ":"
	t.Cleanup(func() {
		for _, key := range Keys(t, client, prefix) {
			if err := client.Del(context.Background(), key).Err(); err != nil {
				t.Errorf("delete %s: %v", key, err)
			}
		}
	})
	return prefix
}

// Keys returns all keys that begin with prefix, which must not hold characters of
// a pattern.
func Keys(t testing.TB, client redis.UniversalClient, prefix string) []string {
	t.Helper()
	ctx := context.Background()
	var keys []string
	found := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for found.Next(ctx) {
		keys = append(keys, found.Val())
	}
	if err := found.Err(); err != nil {
		t.Fatalf("scan: %v", err)
	}
	return keys
}
