package redisstrategy

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/limits"
)

// DefaultLimitPrefix begins the keys of limits where no other prefix is given.
const DefaultLimitPrefix = "ginauth_limit:"

// Limits keeps the records of the abuse limits in Redis, one key each, for
// ginauth.Config.Limits.Store. It is safe for concurrent use, and works with a cluster as
// well as with a single node. A record that Redis evicts for want of memory, or loses in
// a failover, allows one attempt too many.
type Limits struct{ redis *Tokens }

var _ limits.Store = (*Limits)(nil)

// NewLimits returns the limits whose keys begin with prefix, or with
// [DefaultLimitPrefix] where it is empty. The client must read from primaries.
// ginauth does not close it.
func NewLimits(client redis.UniversalClient, prefix string) *Limits {
	return &Limits{NewTokens(client, cmp.Or(prefix, DefaultLimitPrefix))}
}

// swapScript compares a record and puts another in its place. KEYS: record. ARGV:
// before, after, milliseconds to live. An empty text is no record.
var swapScript = redis.NewScript(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then
	return 0
end
if ARGV[2] == '' then
	redis.call('DEL', KEYS[1])
else
	redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
`)

// Limit implements [limits.Store].
func (l *Limits) Limit(ctx context.Context, key string) (record string, err error) {
	record, err = guard(ctx, l.redis, func(ctx context.Context) (string, error) {
		return l.redis.client.Get(ctx, l.redis.key(key)).Result()
	})
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return record, wrap("read limit", err)
}

// SwapLimit implements [limits.Store].
func (l *Limits) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (swapped bool, err error) {
	swapped, err = guard(ctx, l.redis, func(ctx context.Context) (bool, error) {
		return swapScript.Run(ctx, l.redis.client, []string{l.redis.key(key)}, before, after, max(1, keep.Milliseconds())).Bool()
	})
	return swapped, wrap("swap limit", err)
}
