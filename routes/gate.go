package routes

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// LogIn is the one gate of every way in. It has three outcomes: the user is logged in,
// the login is refused, or one more factor is required.
//
// It checks the account, asks for a second factor where the user has one and the login
// does not, runs BeforeLogin, issues a token of backend b, puts it into the response
// and runs the AfterLogin hooks. It writes no body. It returns the response body, or
// nil, and the access token. Errors: [user.ErrInactive]; [user.ErrBanned], which is one; [user.ErrNotVerified] if demands
// ask for that; a [*user.FactorRequired], with its login token in a cookie where the
// backend has cookies; a [*user.Refusal]; a store's failure.
func (r *Routes) LogIn(c *gin.Context, b *backends.Running, login user.Login, demands Demands) (body any, token string, err error) {
	if err := demands.admits(login.User, r.now()); err != nil {
		return nil, "", err
	}
	r.enterBackend(c, b)
	if login.At.IsZero() {
		login.At = r.now()
	}
	if len(b.Carrier.Cookies()) == 0 {
		login.Remember = true // clients that keep their tokens themselves decide for how long
	}
	login = login.With()
	if login.User.SecondFactor && !login.MultiFactor() {
		trusted, err := r.trusted(c, b, login)
		if err != nil {
			return nil, "", err
		}
		if !trusted {
			return nil, "", r.requireFactor(c, b, login, demands)
		}
	}
	return r.enter(c, b, login, nil)
}

// Impersonate logs the actor, who is the user of the request, in as u through backend b:
// with a token of at most an hour that remembers the actor, and no refresh token. In a
// browser the actor's own token is kept aside until the logout. No hook runs, and nothing
// is noted as a login of u. The caller has checked the right to it, and recorded it.
func (r *Routes) Impersonate(c *gin.Context, b *backends.Running, actor backends.Result, u *user.User) error {
	ctx := c.Request.Context()
	issued, err := r.issue(ctx, b, user.Login{User: u, Actor: actor.User.ID, ActorVersion: actor.User.TokenVersion})
	if err != nil {
		return err
	}
	body, err := b.Carrier.Write(c, issued)
	if err == nil {
		err = r.keepActor(c, b, actor)
	}
	if err != nil {
		r.destroy(ctx, b, issued.Access, "undelivered")
		return fmt.Errorf("routes: put token into response: %w", backends.Unavailable(err))
	}
	return r.answerLogin(c, body)
}

// admits checks what a login demands of the account.
func (d Demands) admits(u *user.User, now time.Time) error {
	switch {
	case u.Banned(now):
		return user.ErrBanned
	case !u.IsActive:
		return user.ErrInactive
	case d.Verified && !u.IsVerified:
		return user.ErrNotVerified
	}
	return nil
}

// enter is the end of every login. take, if it is not nil, uses up what the login
// stands on; no token is issued if it fails.
func (r *Routes) enter(c *gin.Context, b *backends.Running, login user.Login, take func(context.Context) error) (body any, token string, err error) {
	ctx := c.Request.Context()
	if err := r.manager.BeforeLogin(ctx, login); err != nil {
		return nil, "", err
	}
	if take != nil {
		if err := take(ctx); err != nil {
			return nil, "", err
		}
	}
	issued, err := r.issue(ctx, b, login)
	if err != nil {
		return nil, "", err
	}
	if body, err = r.deliver(c, b, issued); err != nil {
		return nil, "", err
	}
	if err := r.forgetActor(c, b); err != nil {
		r.logFailure(c, err)
	}
	session := ""
	if issued.Record != "" {
		session = r.handles.of(issued.Record)
	}
	r.manager.LoggedInto(ctx, login, session)
	r.runAfterLogin(c, login.User)
	return body, issued.Access, nil
}

// issue issues the tokens of a login. Everything that logs a user in ends here.
func (*Routes) issue(ctx context.Context, b *backends.Running, login user.Login) (backends.Issued, error) {
	issued, err := b.Tokens.Write(ctx, login)
	if err != nil {
		return issued, fmt.Errorf("routes: issue token: %w", backends.Unavailable(err))
	}
	return issued, nil
}

// deliver puts what was issued into the response. What the client does not get, and
// what it had in the same place before, ends.
func (r *Routes) deliver(c *gin.Context, b *backends.Running, issued backends.Issued) (body any, err error) {
	ctx := c.Request.Context()
	issued.RefreshPath = r.refreshPath(b)
	if body, err = b.Carrier.Write(c, issued); err != nil {
		r.destroy(ctx, b, issued.Access, "undelivered")
		return nil, fmt.Errorf("routes: put token into response: %w", backends.Unavailable(err))
	}
	if replacer, ok := b.Carrier.(backends.Replacer); ok {
		if before := replacer.Replaced(c); before != "" {
			r.destroy(ctx, b, before, "replaced")
		}
	}
	return body, nil
}

// Enter is [Routes.LogIn] followed by the backend's login response.
func (r *Routes) Enter(c *gin.Context, b *backends.Running, login user.Login, demands Demands) error {
	body, _, err := r.LogIn(c, b, login, demands)
	if err != nil {
		return err
	}
	return r.answerLogin(c, body)
}

// answerLogin is the login response of a backend.
func (r *Routes) answerLogin(c *gin.Context, body any) error {
	if body == nil {
		return r.empty(c)
	}
	return JSON(c, 200, body)
}

// enterBackend lets hooks and strategies know which backend is asked, or has
// authenticated the request.
func (r *Routes) enterBackend(c *gin.Context, b *backends.Running) {
	ctx := c.Request.Context()
	user.RequestContextOf(ctx).EnterBackend(&b.Name)
	request := user.RequestFrom(ctx)
	if request.Backend == b.Name {
		return
	}
	request.Backend = b.Name
	c.Request = c.Request.WithContext(user.WithRequest(ctx, request))
}

// LogOut ends the token that the request carries in backend b's own transport and makes
// the client forget it. An error means that the token may still be valid; the client
// keeps it then.
func (r *Routes) LogOut(c *gin.Context, b *backends.Running) error {
	token, err := b.Carrier.Token(c)
	if err != nil {
		return fmt.Errorf("routes: read token: %w", backends.Unavailable(err))
	}
	if token != "" {
		if err := b.Tokens.Destroy(c.Request.Context(), token); err != nil {
			return fmt.Errorf("routes: end token: %w", backends.Unavailable(err))
		}
	}
	if err := r.endWaiting(c, b); err != nil {
		return err
	}
	if err := r.endRefresh(c, b); err != nil {
		return err
	}
	if err := b.Carrier.Clear(c); err != nil {
		return fmt.Errorf("routes: clear token: %w", backends.Unavailable(err))
	}
	return r.clearLoginToken(c, b)
}

// destroy ends a token that must not be used: its owner never got it, or has another
// one now. A failure is only logged.
func (r *Routes) destroy(ctx context.Context, b *backends.Running, token, why string) {
	if err := b.Tokens.Destroy(context.WithoutCancel(ctx), token); err != nil {
		r.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: "+why+" token was not deleted", slog.String("error", err.Error()))
	}
}

func (r *Routes) runAfterLogin(c *gin.Context, u *user.User) {
	if r.afterLogin == nil {
		return
	}
	defer func() {
		if cause := recover(); cause != nil {
			r.logger.LogAttrs(c.Request.Context(), slog.LevelError, "ginauth: hook failed",
				slog.String("hook", "Config.AfterLogin"), slog.String("user", string(u.ID)), slog.String("error", fmt.Sprint(cause)))
		}
	}()
	r.afterLogin(c, u)
}

// LogInAs is LogIn for an application's own handlers. Panics if no backend of that
// name is configured.
func (r *Routes) LogInAs(c *gin.Context, name string, login user.Login, options GroupOptions) (token string, err error) {
	if ResultFrom(c).Identity.Login.Actor != "" {
		return "", ErrImpersonated
	}
	r.prepareOnce(c)
	secure(c)
	b := r.mustLogin(name)
	_, token, err = r.LogIn(c, b, login, Demands{Verified: options.Verified})
	if err != nil {
		r.notLoggedIn(c, b, login.User, err)
	}
	return token, err
}

// LogOutOf is LogOut for an application's own handlers. Panics if no backend of
// that name is configured.
func (r *Routes) LogOutOf(c *gin.Context, name string) error {
	r.prepareOnce(c)
	secure(c)
	return r.logOut(c, r.mustBackend(name))
}

// prepareOnce is prepare for a handler that no guard ran before.
func (r *Routes) prepareOnce(c *gin.Context) {
	if user.RequestFrom(c.Request.Context()) == (user.Request{}) {
		r.prepare(c)
	}
}
