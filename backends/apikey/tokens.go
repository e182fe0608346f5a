package apikey

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/recent"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Kind is that of the credentials that keys are.
const Kind records.CredentialKind = "api_key"

// touchInterval is how often the use of a key is noted at most.
const touchInterval = time.Minute

// Tokens are the keys of a [Strategy] that has been set up. It is safe for concurrent use.
type Tokens struct {
	form       form
	store      records.CredentialStore
	owners     user.CredentialUserStore // nil where users are not found with their credentials
	from       time.Time                // no key made before it is valid; zero for none
	now        func() time.Time
	logger     *slog.Logger
	background func(name string, run func(context.Context) error)
	seen       *recent.Claims
	rules      atomic.Pointer[Rules]
	ignored    sync.Map // scopes that the log has
}

var (
	_ backends.Keys    = (*Tokens)(nil)
	_ backends.Toucher = (*Tokens)(nil)
)

// Rules are what an application says of its keys.
type Rules struct {
	// Scopes are those that are declared; others in a key are ignored. Defaults to none.
	Scopes []string
	// May reports whether a user may have a scope, at each use. Defaults to every user.
	May func(u *user.User, scope string) bool
	// Unknown is called for each request with a key of the right form that is not there;
	// its error answers the request. Defaults to nothing.
	Unknown func(c *gin.Context) error
}

// Use sets the rules. It is called once, before the first request.
func (t *Tokens) Use(r Rules) { t.rules.Store(&r) }

// Prefix returns the prefix of the keys.
func (t *Tokens) Prefix() string { return t.form.prefix }

// Scopes returns the scopes that are declared.
func (t *Tokens) Scopes() []string {
	if r := t.rules.Load(); r != nil {
		return slices.Clone(r.Scopes)
	}
	return nil
}

// isCurrent reports whether c has not come to its end by time.
func (t *Tokens) isCurrent(c records.Credential) bool {
	return (c.ExpiresAt.IsZero() || t.time().Before(c.ExpiresAt)) && !c.CreatedAt.Before(t.from)
}

// Settle implements [backends.Keys]: the login has the scopes that u may have.
func (t *Tokens) Settle(identity backends.Identity, u *user.User) (backends.Identity, bool) {
	key, valid := t.Valid(u, *identity.Credential)
	if !valid {
		return backends.Identity{}, false
	}
	if rules := t.rules.Load(); rules != nil && rules.May != nil {
		key.Scopes = slices.DeleteFunc(key.Scopes, func(scope string) bool { return !rules.May(u, scope) })
	}
	identity.Login.Scopes = key.Scopes
	return identity, true
}

// Write implements [backends.Tokens]: it is an error.
func (*Tokens) Write(context.Context, user.Login) (backends.Issued, error) {
	return backends.Issued{}, errors.New("apikey: no login issues API keys")
}

// Read implements [backends.Tokens]. The identity has no scope before Settle.
func (t *Tokens) Read(ctx context.Context, token string) (backends.Identity, bool, error) {
	identity, _, err := t.read(ctx, token)
	return identity, identity.Credential != nil, err
}

// ReadRequest implements [backends.Keys].
func (t *Tokens) ReadRequest(c *gin.Context, token string) (backends.Identity, bool, error) {
	identity, unknown, err := t.read(c.Request.Context(), token)
	if rules := t.rules.Load(); unknown && rules != nil && rules.Unknown != nil {
		err = rules.Unknown(c)
	}
	return identity, identity.Credential != nil, err
}

// read returns the identity of a key, and whether a text that looks like a key is none.
func (t *Tokens) read(ctx context.Context, token string) (identity backends.Identity, unknown bool, err error) {
	if !t.form.has(token) {
		return backends.Identity{}, false, nil
	}
	hash := records.HashToken(token)
	c, owner, err := t.find(ctx, hash)
	switch {
	case errors.Is(err, user.ErrDamaged):
		t.damaged(ctx, err)
		return backends.Identity{}, false, nil
	case errors.Is(err, user.ErrNotFound):
		return backends.Identity{}, true, nil
	case err != nil:
		return backends.Identity{}, false, err
	}
	// A store that mixes up answers under load must not let another user in.
	if c.Key != hash || c.Kind != Kind || !t.isCurrent(c) {
		return backends.Identity{}, false, nil
	}
	return backends.Identity{
		UserID: c.UserID, TokenHash: hash, Credential: &c, User: owner, Login: user.Login{Scopes: []string{}}, ExpiresAt: c.ExpiresAt,
	}, false, nil
}

func (t *Tokens) find(ctx context.Context, hash string) (c records.Credential, owner *user.User, err error) {
	err = records.StoreDo(ctx, func(ctx context.Context) (err error) {
		if t.owners == nil {
			c, err = t.store.CredentialByKey(ctx, Kind, hash)
			return err
		}
		c, owner, err = t.owners.CredentialWithUser(ctx, Kind, hash)
		return err
	})
	return c, owner, err
}

// Destroy implements [backends.Tokens]: it removes the key.
func (t *Tokens) Destroy(ctx context.Context, token string) error {
	identity, _, err := t.read(ctx, token)
	if err != nil || identity.Credential == nil {
		return err
	}
	c := *identity.Credential
	err = records.StoreDo(ctx, func(ctx context.Context) error {
		return t.store.DeleteCredential(ctx, c.UserID, c.ID, records.KeepNone)
	})
	if errors.Is(err, user.ErrNotFound) {
		return nil
	}
	return err
}

// Touch implements [backends.Toucher]: it notes the use of a key, at most once a minute
// and off the request. It is a change of the credential as it was read, so it brings no
// key back that was removed, and is left out where the key was renamed meanwhile.
func (t *Tokens) Touch(identity backends.Identity) {
	c, now := identity.Credential, t.time()
	if c == nil || now.Sub(c.LastUsedAt) < touchInterval || !t.seen.Claim(c.Key, now) {
		return
	}
	before, after := *c, *c
	after.Rev, after.Change, after.LastUsedAt = c.Rev+1, records.NewCredentialID(), now
	t.background("note the use of an API key", func(ctx context.Context) error {
		return records.StoreDo(ctx, func(ctx context.Context) error {
			_, err := t.store.SwapCredential(ctx, before, after)
			return err
		})
	})
}

// Format prints that they are API keys, whatever the verb.
func (*Tokens) Format(state fmt.State, _ rune) { fmt.Fprint(state, "API keys") }

func (t *Tokens) damaged(ctx context.Context, err error) {
	t.logger.LogAttrs(ctx, slog.LevelError, "ginauth: a stored API key is damaged and refused", slog.String("error", err.Error()))
}

// time returns the present as it is stored: MongoDB keeps milliseconds.
func (t *Tokens) time() time.Time { return t.now().UTC().Truncate(time.Millisecond) }
