package wirefault_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/internal/test/wirefault"
)

// store is what both servers can do.
type store struct {
	proxy *wirefault.Proxy
	// write writes a key through the proxy, once.
	write func(ctx context.Context, key string) error
	// has asks the server itself.
	has     func(key string) bool
	isWrite func(wirefault.Exchange) bool
}

func openRedis(t *testing.T) store {
	direct := redistest.Client(t)
	prefix, target := redistest.Prefix(t, direct), redistest.Options(t)
	proxy := wirefault.Redis(t, target.Addr)
	target.Addr, target.MaxRetries, target.ReadTimeout, target.ContextTimeoutEnabled = proxy.Addr(), -1, time.Minute, true
	client := redis.NewClient(target)
	t.Cleanup(func() { _ = client.Close() })
	return store{
		proxy: proxy,
		write: func(ctx context.Context, key string) error { return client.Set(ctx, prefix+key, "x", 0).Err() },
		has: func(key string) bool {
			n, err := direct.Exists(context.Background(), prefix+key).Result()
			if err != nil {
				t.Error(err)
			}
			return n == 1
		},
		isWrite: func(e wirefault.Exchange) bool { return e.Command == "SET" && e.Target != "" },
	}
}

func openMongo(t *testing.T) store {
	direct := mongotest.Database(t)
	proxy := wirefault.Mongo(t, mongotest.Host(t))
	once := func(o *options.ClientOptions) { o.SetRetryWrites(false) }
	keys := mongotest.Through(t, direct, proxy.Addr(), once).Collection("keys")
	return store{
		proxy: proxy,
		write: func(ctx context.Context, key string) error {
			_, err := keys.InsertOne(ctx, bson.M{"_id": key})
			return err
		},
		has: func(key string) bool {
			n, err := direct.Collection("keys").CountDocuments(context.Background(), bson.M{"_id": key})
			if err != nil {
				t.Error(err)
			}
			return n == 1
		},
		isWrite: func(e wirefault.Exchange) bool { return e.Command == "insert" && e.Target == "keys" },
	}
}

// TestFaults has the clients of both databases see each fault: whether the write was
// answered, and whether it happened.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) store{"mongo": openMongo, "redis": openRedis} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			check := func(key string, ctx context.Context, answered, happened bool) {
				t.Helper()
				err := s.write(ctx, key)
				if (err == nil) != answered || s.has(key) != happened {
					t.Errorf("%s: got error %v, written %v, want answered %v, written %v", key, err, s.has(key), answered, happened)
				}
			}
			check("before", t.Context(), true, true)
			for _, fault := range []struct {
				name     string
				fault    wirefault.Fault
				happened bool
			}{{"refuse", wirefault.Refuse, false}, {"lose", wirefault.Lose, true}, {"half", wirefault.Half, true}} {
				rule, hit := wirefault.At(1, fault.fault, s.isWrite)
				s.proxy.Set(rule)
				check(fault.name, t.Context(), false, fault.happened)
				if !hit() {
					t.Errorf("%s: the proxy saw no write", fault.name)
				}
				check(fault.name+", the next one", t.Context(), true, true)
			}

			short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			s.proxy.Set(wirefault.Always(wirefault.Silent))
			check("silent", short, false, false)
			s.proxy.Set(nil)
			check("silent no more", t.Context(), true, true)

			s.proxy.Cut()
			short, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			check("cut", short, false, false)
			s.proxy.Mend()
			check("mended", t.Context(), true, true)

			s.proxy.Set(wirefault.Delayed(50 * time.Millisecond))
			started := time.Now()
			check("delayed", t.Context(), true, true)
			if took := time.Since(started); took < 50*time.Millisecond {
				t.Errorf("delayed: took %v, want at least 50ms", took)
			}
			checkOvertaking(t, s)
		})
	}
}

// checkOvertaking has two writes of which the first is answered last.
func checkOvertaking(t *testing.T, s store) {
	t.Helper()
	first, done, overtake := make(chan struct{}), make(chan struct{}), wirefault.Overtaking(time.Minute)
	s.proxy.Set(func(e wirefault.Exchange) wirefault.Verdict {
		if !s.isWrite(e) {
			return wirefault.Verdict{}
		}
		verdict := overtake(e)
		if verdict.Hold != nil {
			verdict.Answered = func() { close(first) }
			return verdict
		}
		release := verdict.Delivered
		verdict.Delivered = func() {
			select {
			case <-done:
				t.Error("the first write was answered first")
			default:
			}
			release()
		}
		return verdict
	})
	write := func(key string) {
		if err := s.write(t.Context(), key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	go func() {
		defer close(done)
		write("first")
	}()
	<-first
	write("second")
	<-done
	if !s.has("first") || !s.has("second") {
		t.Error("a write is lost")
	}
}
