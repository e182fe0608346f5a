package redisstrategy

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// never is the score of a token without end: the greatest whole number that a
// score holds exactly.
const never = 1<<53 - 1

// entry is a token in the index of its user: when it was created, its backend and its
// hash. The newest of a backend are found without reading any token. Its score is
// when it expires.
type entry string

// entryOf takes created as it is stored with the token.
func entryOf(backend, created, hash string) entry {
	return entry(created + ":" + backend + ":" + hash)
}

func (e entry) parts() (created int64, backend, hash string, ok bool) {
	first, rest, _ := strings.Cut(string(e), ":")
	at := strings.LastIndexByte(rest, ':')
	created, err := strconv.ParseInt(first, 10, 64)
	if at < 0 || err != nil {
		return 0, "", "", false
	}
	return created, rest[:at], rest[at+1:], true
}

func (e entry) hash() string {
	_, _, hash, _ := e.parts()
	return hash
}

func (s *Tokens) index(id user.ID) string { return s.prefix + "user:" + string(id) }

// enter puts a token into its user's index.
func (s *Tokens) enter(ctx context.Context, t records.Token) error {
	return s.score(ctx, "", s.index(t.UserID), entryOf(t.Backend, encodeTime(t.CreatedAt), t.Hash), t.ExpiresAt)
}

// renew notes another expiry in the index, where the token is in it.
func (s *Tokens) renew(ctx context.Context, owner string, e entry, expires time.Time) error {
	return s.score(ctx, "XX", s.index(user.ID(owner)), e, expires)
}

func (s *Tokens) score(ctx context.Context, mode, index string, e entry, expires time.Time) error {
	score := int64(never)
	if !expires.IsZero() {
		score = expires.UnixMilli()
	}
	return indexScript.Run(ctx, s.client, []string{index}, mode, string(e), score, s.now().UnixMilli()).Err()
}

// entries returns a user's entries of a backend, or of all, newest first.
func (s *Tokens) entries(ctx context.Context, id user.ID, backend string) ([]entry, error) {
	members, err := s.client.ZRange(ctx, s.index(id), 0, -1).Result()
	if err != nil {
		return nil, err
	}
	type placed struct {
		entry
		created int64
		hash    string
	}
	var found []placed
	for _, member := range members {
		created, of, hash, ok := entry(member).parts()
		if ok && (backend == "" || of == backend) {
			found = append(found, placed{entry(member), created, hash})
		}
	}
	slices.SortFunc(found, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.created, a.created), cmp.Compare(b.hash, a.hash))
	})
	entries := make([]entry, len(found))
	for i, one := range found {
		entries[i] = one.entry
	}
	return entries, nil
}

// TokensOf implements [records.TokenStore].
func (s *Tokens) TokensOf(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	tokens, err := guard(ctx, s, func(ctx context.Context) ([]records.Token, error) { return s.list(ctx, id, query) })
	if err != nil {
		return nil, wrap("list tokens", err)
	}
	return tokens, nil
}

// list reads a page of tokens after the other until there are enough: entries without
// a token, which may be about to be created, are left out.
func (s *Tokens) list(ctx context.Context, id user.ID, query records.TokenQuery) ([]records.Token, error) {
	entries, err := s.entries(ctx, id, query.Backend)
	if err != nil {
		return nil, err
	}
	limit := query.Limit
	if limit <= 0 {
		limit = len(entries)
	}
	var tokens []records.Token
	for len(entries) > 0 && len(tokens) < limit {
		page := entries[:min(limit-len(tokens), len(entries))]
		entries = entries[len(page):]
		if tokens, err = s.read(ctx, tokens, id, page); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// read appends the tokens of entries.
func (s *Tokens) read(ctx context.Context, tokens []records.Token, id user.ID, entries []entry) ([]records.Token, error) {
	answers := make([]*redis.MapStringStringCmd, len(entries))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, e := range entries {
			answers[i] = pipe.HGetAll(ctx, s.key(e.hash()))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		token, err := decode(e.hash(), answers[i].Val())
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

// TrimTokens implements [records.TokenStore]. If all of the user's tokens together are not
// too many it does no more than that comparison. What has expired has left the index when
// newest entered it.
func (s *Tokens) TrimTokens(ctx context.Context, newest records.Token, keep int) error {
	err := s.do(ctx, func(ctx context.Context) error {
		count, err := s.client.ZCard(ctx, s.index(newest.UserID)).Result()
		if err != nil || count <= int64(keep) {
			return err
		}
		entries, err := s.entries(ctx, newest.UserID, newest.Backend)
		if err != nil {
			return err
		}
		entries = slices.DeleteFunc(entries, func(e entry) bool { return e.hash() == newest.Hash })
		return s.remove(ctx, newest.UserID, entries[min(max(0, keep-1), len(entries)):])
	})
	return wrap("trim tokens", err)
}

// DeleteTokensOf implements [records.TokenStore].
func (s *Tokens) DeleteTokensOf(ctx context.Context, id user.ID, keep string) error {
	err := s.do(ctx, func(ctx context.Context) error {
		entries, err := s.entries(ctx, id, "")
		if err != nil {
			return err
		}
		return s.remove(ctx, id, slices.DeleteFunc(entries, func(e entry) bool { return e.hash() == keep }))
	})
	return wrap("delete tokens", err)
}

// remove deletes a user's tokens: first themselves, then their entries.
func (s *Tokens) remove(ctx context.Context, id user.ID, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	// One command per token: in a cluster each may be on another node.
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, e := range entries {
			pipe.Del(ctx, s.key(e.hash()))
		}
		return nil
	})
	if err != nil {
		return err
	}
	members := make([]any, len(entries))
	for i, e := range entries {
		members[i] = string(e)
	}
	return s.client.ZRem(ctx, s.index(id), members...).Err()
}
