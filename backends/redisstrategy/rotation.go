package redisstrategy

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

var _ records.RotatingTokenStore = (*Tokens)(nil)

// rotateScript changes a token where its backend and generation are those given and
// neither of its ends has come. KEYS: token. ARGV: backend, generation, present in
// milliseconds, milliseconds to live, fields and values. It returns 1 or 0 for whether
// it did, and the fields as they are now, or nil where there is no token.
var rotateScript = redis.NewScript(`
local stored = redis.call('HMGET', KEYS[1], 'backend', 'generation', 'expires_at', 'absolute_at')
if not stored[1] then
	return false
end
local now, rotated = tonumber(ARGV[3]), 0
if stored[1] == ARGV[1] and stored[2] == ARGV[2] and (tonumber(stored[3]) or 0) > now and (tonumber(stored[4]) or 0) > now then
	redis.call('HSET', KEYS[1], unpack(ARGV, 5))
	redis.call('PEXPIRE', KEYS[1], ARGV[4])
	rotated = 1
end
return {rotated, redis.call('HGETALL', KEYS[1])}
`)

// RotateToken implements [records.RotatingTokenStore].
func (s *Tokens) RotateToken(ctx context.Context, before, after records.Token, now time.Time) (stored records.Token, rotated bool, err error) {
	args := append([]any{
		before.Backend, uint64(before.Rotation.Generation), now.UnixMilli(), s.left(after.ExpiresAt).Milliseconds(),
		fieldTokenVersion, after.TokenVersion,
		fieldExpiresAt, encodeTime(after.ExpiresAt),
		fieldLastSeenAt, encodeTime(after.LastSeenAt),
		fieldIP, after.IP,
		fieldUserAgent, after.UserAgent,
	}, encodeLogin(records.Token{Methods: after.Methods, AuthenticatedAt: after.AuthenticatedAt})...)
	args = append(args, encodeRotated(after.Rotation)...)
	type answer struct {
		stored  records.Token
		rotated bool
	}
	a, err := guard(ctx, s, func(ctx context.Context) (a answer, err error) {
		parts, err := rotateScript.Run(ctx, s.client, []string{s.key(before.Hash)}, args...).Slice()
		if errors.Is(err, redis.Nil) {
			return a, user.ErrNotFound
		}
		if err != nil {
			return a, err
		}
		if a.rotated, a.stored, err = decodeRotated(before.Hash, parts); a.rotated && err == nil {
			// It is decided: where this fails, the next rotation does it.
			t := a.stored
			_ = s.renew(ctx, string(t.UserID), entryOf(t.Backend, encodeTime(t.CreatedAt), t.Hash), t.ExpiresAt)
		}
		return a, err
	})
	return a.stored, a.rotated && err == nil, wrap("rotate token", err)
}

// TakeToken implements [records.RotatingTokenStore].
func (s *Tokens) TakeToken(ctx context.Context, hash string) (bool, error) {
	taken, err := guard(ctx, s, func(ctx context.Context) (bool, error) { return s.take(ctx, hash) })
	return taken, wrap("take token", err)
}

var errRotateAnswer = errors.New("redisstrategy: unexpected answer of a script")

// decodeRotated reads the answer of the script.
func decodeRotated(hash string, parts []any) (rotated bool, stored records.Token, err error) {
	if len(parts) != 2 {
		return false, records.Token{}, errRotateAnswer
	}
	did, ok := parts[0].(int64)
	flat, list := parts[1].([]any)
	if !ok || !list || len(flat)%2 != 0 {
		return false, records.Token{}, errRotateAnswer
	}
	fields := make(map[string]string, len(flat)/2)
	for i := 0; i < len(flat); i += 2 {
		name, isText := flat[i].(string)
		value, isValue := flat[i+1].(string)
		if !isText || !isValue {
			return false, records.Token{}, errRotateAnswer
		}
		fields[name] = value
	}
	stored, err = decode(hash, fields)
	return did == 1, stored, err
}

// encodeRotation returns the fields of a record with a refresh token.
func encodeRotation(r records.Rotation) []any {
	if r.Generation == 0 {
		return nil
	}
	return append([]any{
		fieldAbsoluteAt, encodeTime(r.AbsoluteAt),
		fieldSalt, string(r.Salt),
		fieldRemember, strconv.FormatBool(r.Remember),
	}, encodeRotated(r)...)
}

// encodeRotated returns those that a rotation changes.
func encodeRotated(r records.Rotation) []any {
	return []any{
		fieldGeneration, uint64(r.Generation),
		fieldParent, uint64(r.Parent),
		fieldRotatedAt, encodeTime(r.RotatedAt),
		fieldLost, strconv.FormatBool(r.Lost),
	}
}

// decodeRotation reads what [encodeRotation] wrote.
func decodeRotation(fields map[string]string) (r records.Rotation, err error) {
	if _, ok := fields[fieldGeneration]; !ok {
		return records.Rotation{}, nil
	}
	for _, number := range []struct {
		name string
		to   *uint32
	}{{fieldGeneration, &r.Generation}, {fieldParent, &r.Parent}} {
		n, err := strconv.ParseUint(fields[number.name], 10, 32)
		if err != nil {
			return records.Rotation{}, damaged(number.name)
		}
		*number.to = uint32(n)
	}
	for _, at := range []struct {
		name string
		to   *time.Time
	}{{fieldRotatedAt, &r.RotatedAt}, {fieldAbsoluteAt, &r.AbsoluteAt}} {
		if at.name == fieldRotatedAt && fields[at.name] == "" {
			continue
		}
		milliseconds, err := strconv.ParseInt(fields[at.name], 10, 64)
		if err != nil {
			return records.Rotation{}, damaged(at.name)
		}
		*at.to = time.UnixMilli(milliseconds).UTC()
	}
	for _, flag := range []struct {
		name string
		to   *bool
	}{{fieldLost, &r.Lost}, {fieldRemember, &r.Remember}} {
		if *flag.to, err = strconv.ParseBool(fields[flag.name]); err != nil {
			return records.Rotation{}, damaged(flag.name)
		}
	}
	if r.Salt = secrets.Secret(fields[fieldSalt]); r.Salt == "" {
		return records.Rotation{}, damaged(fieldSalt)
	}
	return r, nil
}
