package backends

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ginauth/ginauth/user"
)

// maxUserAgent is how much of a client's description is kept, in bytes.
const maxUserAgent = 512

// records keeps the records of one backend's tokens: the part that all strategies
// with records share. It is safe for concurrent use.
type records struct {
	store      user.TokenStore
	plain      user.PlainTokenStore // nil where no other application has stored tokens
	owners     user.TokenUserStore  // nil where users are not found with their tokens
	backend    string
	limits     limits
	now        func() time.Time
	logger     *slog.Logger
	background func(name string, run func(context.Context) error)
	seen       *recent
}

var (
	_ Recorder = (*records)(nil)
	_ Toucher  = (*records)(nil)
)

func newRecords(setup Setup, store user.TokenStore, bounds limits) *records {
	plain, _ := store.(user.PlainTokenStore)
	bounds.from = setup.TokensValidFrom
	var owners user.TokenUserStore
	if store == setup.Tokens { // another store's users are not the application's
		owners, _ = store.(user.TokenUserStore)
	}
	return &records{
		store:      store,
		plain:      plain,
		owners:     owners,
		backend:    setup.Backend,
		limits:     bounds,
		now:        setup.Now,
		logger:     setup.Logger,
		background: setup.Background,
		seen:       newRecent(touchInterval),
	}
}

// Records implements [Recorder].
func (r *records) Records() user.TokenStore { return r.store }

// Alive implements [Recorder].
func (r *records) Alive(record user.Token) bool { return r.limits.alive(record, r.now()) }

// MaxSessions implements [Recorder].
func (r *records) MaxSessions() int { return r.limits.sessions }

func (r *records) tellsUsers() bool { return r.owners != nil }

// time returns the present as it is stored: MongoDB keeps milliseconds.
func (r *records) time() time.Time { return r.now().UTC().Truncate(time.Millisecond) }

// create stores the record of a token of u that was issued at now.
func (r *records) create(ctx context.Context, token string, u *user.User, now, expires time.Time) error {
	request := user.RequestFrom(ctx)
	record := user.Token{
		Hash:         user.HashToken(token),
		UserID:       u.ID,
		Backend:      r.backend,
		TokenVersion: u.TokenVersion,
		CreatedAt:    now,
		ExpiresAt:    expires,
		LastSeenAt:   now,
		IP:           request.ClientIP,
		UserAgent:    cutText(request.UserAgent, maxUserAgent),
	}
	err := r.do(ctx, func(ctx context.Context) error { return r.store.CreateToken(ctx, record) })
	if err == nil {
		r.trim(ctx, record)
	}
	return err
}

// trim ends the oldest sessions of a user who has too many with the one that is new. A
// login does not fail where that cannot be done: the next one does it.
func (r *records) trim(ctx context.Context, newest user.Token) {
	ctx = context.WithoutCancel(ctx)
	err := r.do(ctx, func(ctx context.Context) error { return r.store.TrimTokens(ctx, newest, r.limits.sessions) })
	if err != nil {
		r.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: sessions beyond MaxSessions were not ended",
			slog.String("user", string(newest.UserID)), slog.String("error", err.Error()))
	}
}

// read returns the record of a token if it counts now, nil otherwise.
func (r *records) read(ctx context.Context, token string, last *lastRecord) (*user.Token, error) {
	record, _, err := r.find(ctx, token, last)
	if err != nil || record == nil || !r.Alive(*record) {
		return nil, err
	}
	return record, nil
}

// find returns the record of a token of this backend, dead or alive, nil where there
// is none, and whether it is one that another application has stored in clear.
func (r *records) find(ctx context.Context, token string, last *lastRecord) (record *user.Token, plain bool, err error) {
	hash := ""
	if last.knows(r.store, token) {
		hash, record = last.hash, last.record
	} else {
		hash = user.HashToken(token)
		record, err = r.byHash(ctx, token, hash, last)
	}
	if r.plain != nil && err == nil && record == nil {
		plain = true
		if record, err = r.byPlain(ctx, token); record != nil {
			record.Backend = r.backend // it counts in all
		}
	}
	// A store that mixes up answers under load must not let somebody in.
	if err != nil || record == nil || record.Hash != hash || record.Backend != r.backend {
		return nil, false, err
	}
	return record, plain, nil
}

// byHash asks the store, for the user as well where last can keep it.
func (r *records) byHash(ctx context.Context, token, hash string, last *lastRecord) (*user.Token, error) {
	var owner *user.User
	record, err := r.lookUp(ctx, func(ctx context.Context) (t user.Token, err error) {
		if r.owners == nil || last == nil {
			return r.store.TokenByHash(ctx, hash)
		}
		t, owner, err = r.owners.TokenWithUser(ctx, hash)
		return t, err
	})
	if err == nil {
		last.keep(lastRecord{r.store, token, hash, record, owner})
	}
	return record, err
}

func (r *records) byPlain(ctx context.Context, token string) (*user.Token, error) {
	return r.lookUp(ctx, func(ctx context.Context) (user.Token, error) { return r.plain.TokenByPlain(ctx, token) })
}

// lookUp asks the store; nil means that there is no record. One that is damaged
// counts as absent.
func (r *records) lookUp(ctx context.Context, call func(context.Context) (user.Token, error)) (*user.Token, error) {
	record, err := user.StoreCall(ctx, call)
	switch {
	case errors.Is(err, user.ErrDamaged):
		r.logger.LogAttrs(ctx, slog.LevelError, "ginauth: a stored token is damaged and refused", slog.String("error", err.Error()))
		return nil, nil
	case errors.Is(err, user.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &record, nil
}

// end deletes the record of a token. A client that hangs up does not stop it: when
// the record stays, the caller gets an error.
func (r *records) end(ctx context.Context, token string) error {
	ctx = context.WithoutCancel(ctx)
	record, plain, err := r.find(ctx, token, nil)
	if err != nil || record == nil {
		return err
	}
	if plain {
		return r.do(ctx, func(ctx context.Context) error { return r.plain.DeletePlain(ctx, token) })
	}
	return r.do(ctx, func(ctx context.Context) error { return r.store.DeleteToken(ctx, record.Hash) })
}

func (r *records) do(ctx context.Context, call func(context.Context) error) error {
	_, err := user.StoreCall(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}

// cutText returns text as valid UTF-8 of at most limit bytes, without a piece of a
// character at its end.
func cutText(text string, limit int) string {
	// What is cut off later need not be mended first, however long it is.
	if len(text) > limit+utf8.UTFMax {
		text = text[:limit+utf8.UTFMax]
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
