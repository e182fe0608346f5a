package refresh

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// jwts are the access tokens.
type jwts interface {
	backends.Tokens
	backends.Renewer
	backends.KeyPublisher
}

// tokens are the tokens of [Strategy].
type tokens struct {
	strategy Strategy // complete
	access   jwts
	store    records.RotatingTokenStore
	owners   user.TokenUserStore // nil where users are not found with their records
	backend  string
	mac      macs
	from     time.Time // no login before it is valid; zero for none
	now      func() time.Time
	logger   *slog.Logger
}

var (
	_ backends.Tokens       = (*tokens)(nil)
	_ backends.Refresher    = (*tokens)(nil)
	_ backends.Renewer      = (*tokens)(nil)
	_ backends.Recorder     = (*tokens)(nil)
	_ backends.KeyPublisher = (*tokens)(nil)
)

// Format prints that they are tokens, and nothing of the keys, whatever the verb.
func (*tokens) Format(state fmt.State, _ rune) { fmt.Fprint(state, "refreshed tokens") }

// JWKS implements [backends.KeyPublisher].
func (t *tokens) JWKS() []byte { return t.access.JWKS() }

// RefreshPath implements [backends.Refresher].
func (t *tokens) RefreshPath() string { return t.strategy.Path }

// Write implements [backends.Tokens]: it begins a family.
func (t *tokens) Write(ctx context.Context, login user.Login) (backends.Issued, error) {
	now, f := t.time(), newFamily()
	lasts := t.strategy.Absolute
	if !login.Remember {
		lasts = t.strategy.WithoutRemember
	}
	end := backends.ImpersonationEnd(login, now, now.Add(lasts))
	record := login.Token(ctx, f.hash(), t.backend, now, earlier(now.Add(t.strategy.Idle), end))
	record.Rotation = records.Rotation{Generation: 1, AbsoluteAt: end, Salt: newSalt(), Remember: login.Remember}
	issued, err := t.issue(ctx, f, record, login.User)
	if err != nil {
		return backends.Issued{}, err
	}
	_, err = records.StoreCall(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, t.store.CreateToken(ctx, record) })
	if err != nil {
		return backends.Issued{}, fmt.Errorf("refresh: store login: %w", err)
	}
	t.trim(ctx, record)
	return issued, nil
}

// trim ends the oldest logins of a user who has too many. The login does not fail if that
// fails: the next login repeats it.
func (t *tokens) trim(ctx context.Context, newest records.Token) {
	_, err := records.StoreCall(context.WithoutCancel(ctx), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.store.TrimTokens(ctx, newest, t.strategy.MaxSessions)
	})
	if err != nil {
		t.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: sessions beyond MaxSessions were not ended",
			slog.String("user", string(newest.UserID)), slog.String("error", err.Error()))
	}
}

// issue returns the tokens of a record as it is now stored. No access token is valid for
// longer than its family.
func (t *tokens) issue(ctx context.Context, f family, record records.Token, u *user.User) (backends.Issued, error) {
	now := t.time()
	expires := earlier(now.Add(t.strategy.Access.Lifetime), record.Rotation.AbsoluteAt)
	login := user.LoginOf(record)
	login.User, login.Session = u, f.session()
	issued, err := t.access.Renew(ctx, "", backends.Identity{ExpiresAt: expires}, login)
	if err != nil {
		return backends.Issued{}, fmt.Errorf("refresh: issue access token: %w", err)
	}
	issued.Record = record.Hash
	if login.Actor != "" { // it ends with its access token
		return issued, nil
	}
	issued.Refresh, issued.Remember = t.mac.text(f, record.Rotation), record.Rotation.Remember
	issued.ExpiresIn, issued.RefreshExpiresIn = expires.Sub(now), max(0, record.ExpiresAt.Sub(now))
	return issued, nil
}

// Read implements [backends.Tokens] for access tokens.
func (t *tokens) Read(ctx context.Context, token string) (backends.Identity, bool, error) {
	identity, found, err := t.access.Read(ctx, token)
	if err != nil || !found || !t.strategy.Check {
		return identity, found, err
	}
	record, owner, err := t.find(ctx, identity.TokenHash)
	if err != nil || record == nil || record.UserID != identity.UserID || !t.Alive(*record) {
		return backends.Identity{}, false, err
	}
	identity.Record, identity.User = record, owner
	return identity, true, nil
}

// Destroy implements [backends.Tokens]: it ends the family of an access token.
func (t *tokens) Destroy(ctx context.Context, token string) error {
	identity, found, err := t.access.Read(ctx, token)
	if err != nil || !found || identity.Login.Session == "" {
		return err
	}
	return t.EndRefresh(ctx, identity)
}

// Records implements [backends.Recorder].
func (t *tokens) Records() records.TokenStore { return t.store }

// MaxSessions implements [backends.Recorder].
func (t *tokens) MaxSessions() int { return t.strategy.MaxSessions }

// Alive implements [backends.Recorder]: by what the record says itself, and by the
// times as they are configured now.
func (t *tokens) Alive(record records.Token) bool {
	now := t.timeOf(record)
	return record.Rotation.Generation != 0 && !record.CreatedAt.Before(t.from) &&
		now.Before(record.ExpiresAt) && now.Before(record.Rotation.AbsoluteAt) &&
		now.Before(record.LastSeenAt.Add(t.strategy.Idle)) && now.Before(record.CreatedAt.Add(t.strategy.Absolute))
}

// find returns the record of a family of this backend, dead or alive, and its user
// where the store returns it too; nil if there is none. A damaged one is none.
func (t *tokens) find(ctx context.Context, hash string) (record *records.Token, owner *user.User, err error) {
	found, err := records.StoreCall(ctx, func(ctx context.Context) (found records.Token, err error) {
		if t.owners == nil {
			return t.store.TokenByHash(ctx, hash)
		}
		found, owner, err = t.owners.TokenWithUser(ctx, hash)
		return found, err
	})
	if err := t.absent(ctx, err); err != nil {
		return nil, nil, err
	}
	// A store that mixes up answers under load must not let another user in.
	if err != nil || found.Hash != hash || found.Backend != t.backend {
		return nil, nil, nil
	}
	return &found, owner, nil
}

// absent returns err unless it says that there is no record, or a damaged one, which is
// logged.
func (t *tokens) absent(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, user.ErrDamaged):
		t.logger.LogAttrs(ctx, slog.LevelError, "ginauth: a stored token is damaged and refused", slog.String("error", err.Error()))
		return nil
	case errors.Is(err, user.ErrNotFound):
		return nil
	}
	return err
}

// time returns the present as it is stored: MongoDB keeps milliseconds.
func (t *tokens) time() time.Time { return t.now().UTC().Truncate(time.Millisecond) }

// timeOf returns the present, or the last use of a record if that is later: a clock that
// was set back must not revive what had ended.
func (t *tokens) timeOf(record records.Token) time.Time {
	if now := t.time(); now.After(record.LastSeenAt) {
		return now
	}
	return record.LastSeenAt
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
