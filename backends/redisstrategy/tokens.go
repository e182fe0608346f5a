package redisstrategy

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/user"
)

// never is the score of a token without end: the greatest whole number that a
// score holds exactly.
const never = 1<<53 - 1

// Tokens keeps access tokens in Redis. It is safe for concurrent use. Calls end
// with their context, whatever the client's time-outs are.
type Tokens struct {
	client          redis.UniversalClient
	prefix          string
	now             func() time.Time
	endsWithContext bool
}

var _ user.TokenStore = (*Tokens)(nil)

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

func (s *Tokens) index(id user.ID) string { return s.prefix + "user:" + string(id) }

// CreateToken implements [user.TokenStore]. The index comes first: an entry
// without a token is nothing, a token without an entry could not be found to end it.
func (s *Tokens) CreateToken(ctx context.Context, t user.Token) error {
	err := s.do(ctx, func(ctx context.Context) error {
		if err := s.enter(ctx, "", t.UserID, t.Hash, t.ExpiresAt); err != nil {
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

// TokenByHash implements [user.TokenStore].
func (s *Tokens) TokenByHash(ctx context.Context, hash string) (user.Token, error) {
	fields, err := guard(ctx, s, func(ctx context.Context) (map[string]string, error) {
		return s.client.HGetAll(ctx, s.key(hash)).Result()
	})
	if err != nil {
		return user.Token{}, wrap("find token", err)
	}
	return decode(hash, fields)
}

// TouchToken implements [user.TokenStore].
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
		if len(before) != 2 || before[1] == expires {
			return nil
		}
		return s.enter(ctx, "XX", user.ID(before[0]), hash, expiresAt)
	})
	return wrap("touch token", err)
}

// DeleteToken implements [user.TokenStore].
func (s *Tokens) DeleteToken(ctx context.Context, hash string) error {
	err := s.do(ctx, func(ctx context.Context) error {
		owner, err := deleteScript.Run(ctx, s.client, []string{s.key(hash)}).Text()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		if err != nil {
			return err
		}
		// The token is gone. An entry that stays gives nothing and expires.
		_ = s.client.ZRem(ctx, s.index(user.ID(owner)), hash).Err()
		return nil
	})
	return wrap("delete token", err)
}

// TokensOf implements [user.TokenStore].
func (s *Tokens) TokensOf(ctx context.Context, id user.ID) ([]user.Token, error) {
	tokens, err := guard(ctx, s, func(ctx context.Context) ([]user.Token, error) { return s.list(ctx, id) })
	if err != nil {
		return nil, wrap("list tokens", err)
	}
	slices.SortFunc(tokens, func(a, b user.Token) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.Hash, b.Hash))
	})
	return tokens, nil
}

// list leaves out entries without a token: it may be about to be created.
func (s *Tokens) list(ctx context.Context, id user.ID) ([]user.Token, error) {
	hashes, err := s.hashes(ctx, id)
	if err != nil {
		return nil, err
	}
	answers := make([]*redis.MapStringStringCmd, len(hashes))
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, hash := range hashes {
			answers[i] = pipe.HGetAll(ctx, s.key(hash))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var tokens []user.Token
	for i, hash := range hashes {
		token, err := decode(hash, answers[i].Val())
		switch {
		case errors.Is(err, user.ErrNotFound): // gone, or damaged and so refused
		case err != nil:
			return nil, err
		case token.UserID == id:
			tokens = append(tokens, token)
		}
	}
	return tokens, nil
}

// DeleteTokensOf implements [user.TokenStore].
func (s *Tokens) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	err := s.do(ctx, func(ctx context.Context) error {
		hashes, err := s.hashes(ctx, id)
		if err != nil {
			return err
		}
		hashes = slices.DeleteFunc(hashes, func(hash string) bool { return hash == keep })
		if len(hashes) == 0 {
			return nil
		}
		// One command per token: in a cluster each may be on another node.
		_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, hash := range hashes {
				pipe.Del(ctx, s.key(hash))
			}
			return nil
		})
		if err != nil {
			return err
		}
		return s.client.ZRem(ctx, s.index(id), hashes).Err()
	})
	return wrap("delete tokens", err)
}

// hashes returns the entries of a user's index.
func (s *Tokens) hashes(ctx context.Context, id user.ID) ([]string, error) {
	return s.client.ZRange(ctx, s.index(id), 0, -1).Result()
}

// enter puts a token into a user's index; with the mode XX only where it is in it.
func (s *Tokens) enter(ctx context.Context, mode string, id user.ID, hash string, expires time.Time) error {
	score := int64(never)
	if !expires.IsZero() {
		score = expires.UnixMilli()
	}
	return indexScript.Run(ctx, s.client, []string{s.index(id)}, mode, hash, score, s.now().UnixMilli()).Err()
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
