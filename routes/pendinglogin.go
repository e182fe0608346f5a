package routes

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	// pendingLogins is the kind of logins that wait for one more factor.
	pendingLogins records.PendingKind = "login"
	// loginTokenTime is how long a login waits for one more factor.
	loginTokenTime = 5 * time.Minute
	// loginTokenTries is how many answers one login token takes.
	loginTokenTries = 5
	loginTokenBytes = 32
	// factorCookie is the suffix of the cookie that holds the login token.
	factorCookie = "factor"
)

// loginTokenText is the spelling of login tokens; Strict leaves each only one.
var loginTokenText = base64.RawURLEncoding.Strict()

// errBadLoginToken says that a login token is unknown, expired, used, spent, of another
// backend, or its user has changed meanwhile.
var errBadLoginToken = errors.New("routes: bad login token")

// pendingLogin is what is stored of a login that needs one more factor.
type pendingLogin struct {
	Backend      string        `json:"backend"`
	TokenVersion int64         `json:"token_version"`
	Methods      []user.Method `json:"methods"`
	Scopes       []string      `json:"scopes,omitempty"`
	Scoped       bool          `json:"scoped,omitempty"`
	Verified     bool          `json:"verified,omitempty"`
	Remember     bool          `json:"remember,omitempty"`
}

// waiting is a pending login that was found, and its user as stored now.
type waiting struct {
	pendingLogin

	record records.Pending
	user   *user.User
}

// requireFactor stores the login and returns the error that asks for one more factor.
// Without a factor that the user can answer with, or without a store for logins that
// wait, the login is refused all the same.
func (r *Routes) requireFactor(c *gin.Context, b *backends.Running, login user.Login, demands Demands) error {
	ctx := c.Request.Context()
	names, err := r.factors.usable(ctx, login.User)
	if err != nil {
		return err
	}
	required := &user.FactorRequired{Factors: names}
	if len(names) == 0 || r.pending == nil {
		r.logger.ErrorContext(ctx, "ginauth: a user must answer with a second factor and has none that is configured",
			"user", string(login.User.ID))
		return required
	}
	data, err := json.Marshal(pendingLogin{
		Backend: b.Name, TokenVersion: login.User.TokenVersion, Methods: login.Methods,
		Scopes: login.Scopes, Scoped: login.Scopes != nil, Verified: demands.Verified, Remember: login.Remember,
	})
	if err != nil {
		return fmt.Errorf("routes: encode pending login: %w", err)
	}
	secret := make([]byte, loginTokenBytes)
	rand.Read(secret) // never fails: it ends the process instead
	token := loginTokenText.EncodeToString(secret)
	now := r.now().UTC().Truncate(time.Millisecond)
	required.ExpiresAt = now.Add(loginTokenTime)
	record := records.Pending{
		ID: records.HashToken(token), Kind: pendingLogins, UserID: login.User.ID, Data: data,
		CreatedAt: now, ExpiresAt: required.ExpiresAt,
	}
	err = records.StoreDo(ctx, func(ctx context.Context) error { return r.pending.PutPending(ctx, record) })
	if err != nil {
		return fmt.Errorf("routes: store pending login: %w", err)
	}
	if side, ok := b.Carrier.(backends.SideCookies); ok {
		if err := side.SetSideCookie(c, factorCookie, token, loginTokenTime); err != nil {
			return fmt.Errorf("routes: set login token: %w", err)
		}
		return required
	}
	required.Token = secrets.Secret(token)
	return required
}

// waitingLogin returns the pending login that token names at backend b, or
// errBadLoginToken. It decides nothing and uses nothing up.
func (r *Routes) waitingLogin(ctx context.Context, b *backends.Running, token string) (*waiting, error) {
	if decoded, err := loginTokenText.DecodeString(token); err != nil || len(decoded) != loginTokenBytes {
		return nil, errBadLoginToken
	}
	record, err := records.StoreCall(ctx, func(ctx context.Context) (records.Pending, error) {
		return r.pending.Pending(ctx, pendingLogins, records.HashToken(token), r.now())
	})
	if err != nil {
		return nil, notFoundIs(err, errBadLoginToken)
	}
	w := &waiting{record: record}
	if err := json.Unmarshal(record.Data, &w.pendingLogin); err != nil || w.Backend != b.Name {
		return nil, errBadLoginToken
	}
	w.user, err = r.manager.ByID(ctx, record.UserID)
	switch {
	case err != nil:
		return nil, notFoundIs(err, errBadLoginToken)
	case w.user.Barred(r.now()), w.user.TokenVersion != w.TokenVersion, record.CreatedAt.Before(r.manager.TokensValidFrom()):
		return nil, errBadLoginToken
	}
	return w, nil
}

// login returns the login as far as it has got.
func (w *waiting) login() user.Login {
	login := user.Login{User: w.user, Methods: w.Methods, Scopes: w.Scopes, Remember: w.Remember}
	if w.Scoped && login.Scopes == nil {
		login.Scopes = []string{}
	}
	return login
}

// try uses up one of the answers that the login token takes.
func (r *Routes) tryWaiting(ctx context.Context, w *waiting) error {
	_, err := records.StoreCall(ctx, func(ctx context.Context) (records.Pending, error) {
		return r.pending.TryPending(ctx, pendingLogins, w.record.ID, loginTokenTries, r.now())
	})
	return notFoundIs(err, errBadLoginToken)
}

// takeWaiting uses the login token up; of several callers one succeeds.
func (r *Routes) takeWaiting(ctx context.Context, w *waiting) error {
	taken, err := records.StoreCall(ctx, func(ctx context.Context) (bool, error) {
		return r.pending.TakePending(ctx, pendingLogins, w.record.ID, r.now())
	})
	if err == nil && !taken {
		err = errBadLoginToken
	}
	return err
}

// clearLoginToken makes a browser forget the login token, where it has one.
func (r *Routes) clearLoginToken(c *gin.Context, b *backends.Running) error {
	side, ok := b.Carrier.(backends.SideCookies)
	if !ok || side.SideCookie(c, factorCookie) == "" {
		return nil
	}
	return side.ClearSideCookie(c, factorCookie)
}

// notFoundIs returns answer where err says that there is no such thing, err otherwise.
func notFoundIs(err, answer error) error {
	if errors.Is(err, user.ErrNotFound) {
		return answer
	}
	return err
}
