package redisstrategy

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// LegacyFastAPIUsers is the prefix of the keys under which a FastAPI Users
// application keeps its tokens, unless it is configured otherwise; see
// [Redis.LegacyKeyPrefix].
const LegacyFastAPIUsers = "fastapi_users_token:"

// withLegacy are tokens together with those of another application, which has
// stored them as keys, in clear, whose values are users' IDs.
type withLegacy struct {
	*Tokens
	legacyPrefix string
	parseID      func(text string) (user.ID, error)
}

var _ records.PlainTokenStore = (*withLegacy)(nil)

// TokenByPlain implements [records.PlainTokenStore]. Redis alone knows how long such a token
// is valid, and the token does not say when it was made.
func (s *withLegacy) TokenByPlain(ctx context.Context, token string) (records.Token, error) {
	type record struct {
		value string
		left  time.Duration // negative: no end
	}
	found, err := guard(ctx, s.Tokens, func(ctx context.Context) (record, error) {
		value, err := s.client.Get(ctx, s.legacyPrefix+token).Result()
		if errors.Is(err, redis.Nil) {
			return record{}, user.ErrNotFound
		}
		if err != nil {
			return record{}, err
		}
		left, err := s.client.PTTL(ctx, s.legacyPrefix+token).Result()
		return record{value, left}, err
	})
	if err != nil {
		return records.Token{}, wrapLegacy("find token", err)
	}
	id, err := s.parseID(found.value)
	if err != nil || found.left == ttlGone {
		return records.Token{}, user.ErrNotFound
	}
	now := s.now().UTC().Truncate(time.Millisecond)
	t := records.Token{Hash: records.HashToken(token), UserID: id, CreatedAt: now, LastSeenAt: now}
	if found.left >= 0 {
		t.ExpiresAt = now.Add(max(found.left, time.Millisecond))
	}
	return t, nil
}

// ttlGone is what go-redis returns for a missing key.
const ttlGone = -2

// DeletePlain implements [records.PlainTokenStore].
func (s *withLegacy) DeletePlain(ctx context.Context, token string) error {
	err := s.do(ctx, func(ctx context.Context) error { return s.client.Del(ctx, s.legacyPrefix+token).Err() })
	return wrapLegacy("delete token", err)
}

// wrapLegacy names the operation of a failure whose text may quote a key, which
// here has the token itself.
func wrapLegacy(operation string, err error) error {
	var server redis.Error
	if errors.As(err, &server) && !errors.Is(err, user.ErrNotFound) {
		err = errServer
	}
	return wrap(operation, err)
}

// errServer stands for an error that the server has put into words.
var errServer = errors.New("the server refused the command")
