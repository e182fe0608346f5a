package redisstrategy_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/user"
)

// failing makes every command fail.
type failing struct{ err error }

func (failing) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f failing) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, command redis.Cmder) error {
		command.SetErr(f.err)
		return f.err
	}
}

func (f failing) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(context.Context, []redis.Cmder) error { return f.err }
}

// counting counts the commands that are sent.
type counting struct{ commands *[]string }

func (counting) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c counting) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		*c.commands = append(*c.commands, command.Name())
		return next(ctx, command)
	}
}

func (c counting) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		*c.commands = append(*c.commands, "pipeline")
		return next(ctx, commands)
	}
}

func setup() backends.Setup {
	return backends.Setup{
		Backend: "redis",
		ParseID: func(text string) (user.ID, error) {
			if text == "nobody" {
				return "", user.ErrInvalidID
			}
			return user.ID(text), nil
		},
		Now:        time.Now,
		Logger:     slog.New(slog.DiscardHandler),
		Background: func(string, func(context.Context) error) {},
	}
}

func setUp(t *testing.T, strategy redisstrategy.Redis) backends.Tokens {
	t.Helper()
	tokens, err := strategy.SetUp(setup())
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	return tokens
}

var arthur = &user.User{ID: "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b"}

func TestReadIsOneCommand(t *testing.T) {
	t.Parallel()
	client := redistest.Client(t)
	tokens := setUp(t, redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client)})
	issued, err := tokens.Write(t.Context(), user.Login{User: arthur})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	token := issued.Access
	var commands []string
	client.AddHook(counting{&commands})
	if _, found, err := tokens.Read(t.Context(), token); !found || err != nil {
		t.Fatalf("Read: got found %v, error %v, want the user", found, err)
	}
	if got, want := strings.Join(commands, " "), "hgetall"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, found, err := tokens.Read(t.Context(), "malformed"); found || err != nil || len(commands) != 1 {
		t.Errorf("a malformed token: got found %v, error %v, commands %v, want no further command", found, err, commands)
	}
}

func TestRedisDownIsNoAnswer(t *testing.T) {
	t.Parallel()
	client := redistest.Client(t)
	tokens := setUp(t, redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client)})
	issued, err := tokens.Write(t.Context(), user.Login{User: arthur})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	token := issued.Access
	down := redis.NewClient(&redis.Options{Addr: closedPort(t), MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = down.Close() })
	tokens = setUp(t, redisstrategy.Redis{Client: down})
	wantUnavailable(t, t.Context(), tokens, token)
}

// TestSilentRedisEndsWithTheContext asks a server that takes everything and never
// answers, with a client that does not look at contexts.
func TestSilentRedisEndsWithTheContext(t *testing.T) {
	t.Parallel()
	silent := redis.NewClient(&redis.Options{Addr: silentPort(t), ReadTimeout: time.Hour})
	t.Cleanup(func() { _ = silent.Close() })
	tokens := setUp(t, redisstrategy.Redis{Client: silent})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	started := time.Now()
	if _, found, err := tokens.Read(ctx, strings.Repeat("A", 43)); found || !errors.Is(err, user.ErrUnavailable) {
		t.Errorf("Read: got found %v, error %v, want user.ErrUnavailable", found, err)
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("Read took %v, want about 20ms", took)
	}
}

func wantUnavailable(t *testing.T, ctx context.Context, tokens backends.Tokens, token string) {
	t.Helper()
	if _, found, err := tokens.Read(ctx, token); found || !errors.Is(err, user.ErrUnavailable) {
		t.Errorf("Read: got found %v, error %v, want user.ErrUnavailable", found, err)
	}
	if written, err := tokens.Write(ctx, user.Login{User: arthur}); written.Access != "" || !errors.Is(err, user.ErrUnavailable) {
		t.Errorf("Write: got %v, error %v, want user.ErrUnavailable", written, err)
	}
	if err := tokens.Destroy(ctx, token); !errors.Is(err, user.ErrUnavailable) {
		t.Errorf("Destroy: got %v, want user.ErrUnavailable", err)
	}
}

// closedPort returns an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	_ = listener.Close()
	return listener.Addr().String()
}

func silentPort(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = connection.Close() })
		}
	}()
	return listener.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func TestF33FlushedRedisLogsOut(t *testing.T) {
	t.Parallel()
	client := redistest.Client(t)
	prefix := redistest.Prefix(t, client)
	tokens := setUp(t, redisstrategy.Redis{Client: client, KeyPrefix: prefix})
	issued, err := tokens.Write(t.Context(), user.Login{User: arthur})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	token := issued.Access
	for _, key := range redistest.Keys(t, client, prefix) {
		if err := client.Del(t.Context(), key).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if _, found, err := tokens.Read(t.Context(), token); found || err != nil {
		t.Errorf("Read: got found %v, error %v, want nobody", found, err)
	}
}

func TestSetUpErrors(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{})
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"localhost:1"}, ReadOnly: true})
	caching := redis.NewClient(&redis.Options{ClientSideCacheConfig: &redis.ClientSideCacheConfig{}})
	for _, closing := range []redis.UniversalClient{client, cluster, caching} {
		t.Cleanup(func() { _ = closing.Close() })
	}
	tests := []struct {
		name     string
		strategy redisstrategy.Redis
		want     []string
	}{
		{"no client", redisstrategy.Redis{}, []string{"Client is missing"}},
		{"nil pointer", redisstrategy.Redis{Client: (*redis.Client)(nil)}, []string{"Client is missing"}},
		{"everything at once", redisstrategy.Redis{Lifetime: -time.Second, IdleTimeout: time.Second, AbsoluteLifetime: -1}, []string{"Client is missing", "Lifetime is -1s", "IdleTimeout is 1s", "AbsoluteLifetime is -1ns"}},
		{"replicas", redisstrategy.Redis{Client: cluster}, []string{"Client reads from replicas"}},
		{"client-side cache", redisstrategy.Redis{Client: caching}, []string{"Client has a client-side cache"}},
		{"absolute end too early", redisstrategy.Redis{Client: client, AbsoluteLifetime: time.Hour}, []string{"AbsoluteLifetime is 1h0m0s, shorter than Lifetime 168h0m0s"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tokens, err := test.strategy.SetUp(setup())
			if tokens != nil || err == nil {
				t.Fatalf("got %v, %v, want an error", tokens, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to contain %q", err, want)
				}
			}
		})
	}
}
