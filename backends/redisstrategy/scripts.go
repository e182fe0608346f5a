package redisstrategy

import "github.com/redis/go-redis/v9"

// Every script touches one key, so that a cluster can run it.

// touchScript changes a token only where it is there: it never writes a dead one
// back. KEYS: token. ARGV: last_seen_at, expires_at, milliseconds to live (empty:
// no end). It returns the user's ID, the backend, created_at and the former expires_at,
// or nil.
var touchScript = redis.NewScript(`
local before = redis.call('HMGET', KEYS[1], 'user_id', 'backend', 'created_at', 'expires_at')
if not before[1] then
	return false
end
redis.call('HSET', KEYS[1], 'last_seen_at', ARGV[1], 'expires_at', ARGV[2])
if ARGV[3] == '' then
	redis.call('PERSIST', KEYS[1])
else
	redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return {before[1], before[2] or '', before[3] or '', before[4] or ''}
`)

// deleteScript deletes a token. KEYS: token. It returns the user's ID, the backend and
// created_at, or nil where there was none.
var deleteScript = redis.NewScript(`
local of = redis.call('HMGET', KEYS[1], 'user_id', 'backend', 'created_at')
redis.call('DEL', KEYS[1])
if not of[1] then
	return false
end
return {of[1], of[2] or '', of[3] or ''}
`)

// indexScript enters a token into a user's index, whose score is the expiry, and
// drops the entries of expired tokens. The index lives as long as its last token.
// KEYS: index. ARGV: XX for a token that must be in it already or an empty text,
// entry, expiry and the present in milliseconds.
var indexScript = redis.NewScript(`
if ARGV[1] == 'XX' then
	redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[2])
else
	redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if last[2] then
	local left = math.max(1, tonumber(last[2]) - tonumber(ARGV[4]))
	redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left))
end
return 0
`)
