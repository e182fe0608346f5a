package redisstrategy

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Tokens keeps access tokens in Redis. It is safe for concurrent use. Calls end
// with their context, whatever the client's time-outs are.
type Tokens struct {
	client          redis.UniversalClient
	prefix          string
	now             func() time.Time
	endsWithContext bool
}

var _ records.TokenStore = (*Tokens)(nil)

// NewTokens returns the tokens whose keys begin with prefix, or with
// [DefaultKeyPrefix] where it is empty. The key of a token is the prefix and the
// token's SHA-256, that of a user's index is the prefix, "user:" and the ID.
func NewTokens(client redis.UniversalClient, prefix string) *Tokens {
	return &Tokens{
		client:          client,
		prefix:          cmp.Or(prefix, DefaultKeyPrefix),
		now:             time.Now,
		endsWithContext: endsWithContext(client),
	}
}

func (s *Tokens) key(hash string) string { return s.prefix + hash }

// CreateToken implements [records.TokenStore]. The index comes first: an entry
// without a token is nothing, a token without an entry could not be found to end it.
func (s *Tokens) CreateToken(ctx context.Context, t records.Token) error {
	err := s.do(ctx, func(ctx context.Context) error {
		if err := s.enter(ctx, t); err != nil {
			return err
		}
		_, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			key := s.key(t.Hash)
			pipe.HSet(ctx, key, encode(t)...)
			if !t.ExpiresAt.IsZero() {
				pipe.PExpire(ctx, key, s.left(t.ExpiresAt))
			}
			return nil
		})
		return err
	})
	return wrap("create token", err)
}

// TokenByHash implements [records.TokenStore].
func (s *Tokens) TokenByHash(ctx context.Context, hash string) (records.Token, error) {
	fields, err := guard(ctx, s, func(ctx context.Context) (map[string]string, error) {
		return s.client.HGetAll(ctx, s.key(hash)).Result()
	})
	if err != nil {
		return records.Token{}, wrap("find token", err)
	}
	return decode(hash, fields)
}

// TouchToken implements [records.TokenStore].
func (s *Tokens) TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error {
	left := ""
	if !expiresAt.IsZero() {
		left = strconv.FormatInt(s.left(expiresAt).Milliseconds(), 10)
	}
	expires := encodeTime(expiresAt)
	err := s.do(ctx, func(ctx context.Context) error {
		before, err := touchScript.Run(ctx, s.client, []string{s.key(hash)}, encodeTime(lastSeen), expires, left).StringSlice()
		if errors.Is(err, redis.Nil) {
			return user.ErrNotFound
		}
		if err != nil {
			return err
		}
		if len(before) != 4 || before[3] == expires {
			return nil
		}
		return s.renew(ctx, before[0], entryOf(before[1], before[2], hash), expiresAt)
	})
	return wrap("touch token", err)
}

// DeleteToken implements [records.TokenStore].
func (s *Tokens) DeleteToken(ctx context.Context, hash string) error {
	err := s.do(ctx, func(ctx context.Context) error {
		_, err := s.take(ctx, hash)
		return err
	})
	return wrap("delete token", err)
}

// take deletes a token and reports whether it was there.
func (s *Tokens) take(ctx context.Context, hash string) (bool, error) {
	of, err := deleteScript.Run(ctx, s.client, []string{s.key(hash)}).StringSlice()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil || len(of) != 3 {
		return false, err
	}
	// The token is gone. An entry that stays gives nothing and expires.
	_ = s.client.ZRem(ctx, s.index(user.ID(of[0])), string(entryOf(of[1], of[2], hash))).Err()
	return true, nil
}

// left returns the time until at by the application's clock, which may not be that
// of Redis, rounded up so that no token vanishes early. It is positive: Redis
// would take anything else for a deletion or an error.
func (s *Tokens) left(at time.Time) time.Duration {
	left := at.Sub(s.now())
	return max(time.Millisecond, (left + time.Millisecond - 1).Truncate(time.Millisecond))
}

func (s *Tokens) do(ctx context.Context, call func(context.Context) error) error {
	_, err := guard(ctx, s, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}
