package backends

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/internal/recent"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// recordKeeper keeps the records of one backend's tokens: the part that all strategies
// with records share. It is safe for concurrent use.
type recordKeeper struct {
	store      records.TokenStore
	plain      records.PlainTokenStore // nil where no other application has stored tokens
	owners     user.TokenUserStore     // nil where users are not found with their tokens
	backend    string
	limits     limits
	now        func() time.Time
	logger     *slog.Logger
	background func(name string, run func(context.Context) error)
	seen       *recent.Claims
}

var (
	_ Recorder = (*recordKeeper)(nil)
	_ Toucher  = (*recordKeeper)(nil)
)

func newRecords(setup Setup, store records.TokenStore, bounds limits) *recordKeeper {
	plain, _ := records.As[records.PlainTokenStore](store)
	bounds.from = setup.TokensValidFrom
	var owners user.TokenUserStore
	if store == setup.Tokens { // another store's users are not the application's
		owners, _ = records.As[user.TokenUserStore](store)
	}
	return &recordKeeper{
		store:      store,
		plain:      plain,
		owners:     owners,
		backend:    setup.Backend,
		limits:     bounds,
		now:        setup.Now,
		logger:     setup.Logger,
		background: setup.Background,
		seen:       recent.New(touchInterval),
	}
}

// Records implements [Recorder].
func (r *recordKeeper) Records() records.TokenStore { return r.store }

// Alive implements [Recorder].
func (r *recordKeeper) Alive(record records.Token) bool { return r.limits.alive(record, r.now()) }

// MaxSessions implements [Recorder].
func (r *recordKeeper) MaxSessions() int { return r.limits.sessions }

// time returns the present as it is stored: MongoDB keeps milliseconds.
func (r *recordKeeper) time() time.Time { return r.now().UTC().Truncate(time.Millisecond) }

// create stores the record of a token that was issued for login at now. One that renews a
// session takes the place of another, which is about to end and needs no room.
func (r *recordKeeper) create(ctx context.Context, token string, login user.Login, now, expires time.Time, renews bool) error {
	record := login.Token(ctx, records.HashToken(token), r.backend, now, expires)
	err := records.StoreDo(ctx, func(ctx context.Context) error { return r.store.CreateToken(ctx, record) })
	if err == nil {
		keep := r.limits.sessions
		if renews {
			keep++
		}
		r.trim(ctx, record, keep)
	}
	return err
}

// trim ends the oldest sessions of a user who has too many. The login does not fail if
// that fails: the next login repeats it.
func (r *recordKeeper) trim(ctx context.Context, newest records.Token, keep int) {
	ctx = context.WithoutCancel(ctx)
	err := records.StoreDo(ctx, func(ctx context.Context) error { return r.store.TrimTokens(ctx, newest, keep) })
	if err != nil {
		r.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: sessions beyond MaxSessions were not ended",
			slog.String("user", string(newest.UserID)), slog.String("error", err.Error()))
	}
}

// found is what a store returned about a token.
type found struct {
	record *records.Token // nil if there is none of this backend
	owner  *user.User     // nil if the store did not return it
	plain  bool           // whether another application has stored the token in clear
}

// identity returns what a live record says, and false where there is none.
func (r *recordKeeper) identity(f found) (Identity, bool) {
	if f.record == nil || !r.Alive(*f.record) {
		return Identity{}, false
	}
	return Identity{
		UserID:       f.record.UserID,
		TokenVersion: f.record.TokenVersion,
		TokenHash:    f.record.Hash,
		Record:       f.record,
		User:         f.owner,
		Login:        user.LoginOf(*f.record),
		ExpiresAt:    f.record.ExpiresAt,
	}, true
}

// find returns what is stored of a token, of whatever backend, and the user with it
// where the store can.
func (r *recordKeeper) find(ctx context.Context, token string) (found, error) {
	return r.findBy(ctx, token, r.withOwner)
}

// findBy is find with the look-up of a hash.
func (r *recordKeeper) findBy(ctx context.Context, token string, byHash func(context.Context, string) (found, error)) (f found, err error) {
	hash := records.HashToken(token)
	if f, err = byHash(ctx, hash); err != nil {
		return found{}, err
	}
	if r.plain != nil && f.record == nil {
		f.plain = true
		f.record, err = r.byPlain(ctx, token)
	}
	// A store that mixes up answers under load must not let another user in.
	if err != nil || f.record == nil || f.record.Hash != hash {
		return found{}, err
	}
	return f, nil
}

// own returns f if it is of this backend. A token that another application has stored is
// valid in all.
func (r *recordKeeper) own(f found) found {
	switch {
	case f.record == nil:
		return found{}
	case f.plain:
		record := *f.record
		record.Backend = r.backend
		f.record = &record
	case f.record.Backend != r.backend:
		return found{}
	}
	return f
}

// alone reads the record.
func (r *recordKeeper) alone(ctx context.Context, hash string) (f found, err error) {
	f.record, err = r.lookUp(ctx, func(ctx context.Context) (records.Token, error) { return r.store.TokenByHash(ctx, hash) })
	return f, err
}

// withOwner reads the record, and the user with it where the store can.
func (r *recordKeeper) withOwner(ctx context.Context, hash string) (f found, err error) {
	if r.owners == nil {
		return r.alone(ctx, hash)
	}
	f.record, err = r.lookUp(ctx, func(ctx context.Context) (t records.Token, err error) {
		t, f.owner, err = r.owners.TokenWithUser(ctx, hash)
		return t, err
	})
	return f, err
}

func (r *recordKeeper) byPlain(ctx context.Context, token string) (*records.Token, error) {
	return r.lookUp(ctx, func(ctx context.Context) (records.Token, error) { return r.plain.TokenByPlain(ctx, token) })
}

// lookUp asks the store; nil means that there is no record. A damaged one is treated as
// absent.
func (r *recordKeeper) lookUp(ctx context.Context, call func(context.Context) (records.Token, error)) (*records.Token, error) {
	record, err := records.StoreCall(ctx, call)
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
func (r *recordKeeper) end(ctx context.Context, token string) error {
	ctx = context.WithoutCancel(ctx)
	f, err := r.findBy(ctx, token, r.alone)
	if f = r.own(f); err != nil || f.record == nil {
		return err
	}
	if f.plain {
		return records.StoreDo(ctx, func(ctx context.Context) error { return r.plain.DeletePlain(ctx, token) })
	}
	return records.StoreDo(ctx, func(ctx context.Context) error { return r.store.DeleteToken(ctx, f.record.Hash) })
}
