package routes

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// LogIn is the one gate of every way in: it checks the account, runs BeforeLogin,
// issues a token of backend b, puts it into the response and runs the AfterLogin
// hooks. It writes no body and returns what the client is to be told in one, nil
// for nothing, and the token. Errors: [user.ErrInactive], [user.ErrNotVerified]
// where verified is demanded, a [*user.Refusal], a store's failure.
func (r *Routes) LogIn(c *gin.Context, b *backends.Running, u *user.User, demands Demands) (body any, token string, err error) {
	if !u.IsActive {
		return nil, "", user.ErrInactive
	}
	if demands.Verified && !u.IsVerified {
		return nil, "", user.ErrNotVerified
	}
	r.enterBackend(c, b)
	ctx := c.Request.Context()
	if err := r.manager.BeforeLogin(ctx, u); err != nil {
		return nil, "", err
	}
	if token, err = b.Tokens.Write(ctx, u); err != nil {
		return nil, "", fmt.Errorf("routes: issue token: %w", backends.Unavailable(err))
	}
	if body, err = b.Carrier.Write(c, token); err != nil {
		r.destroy(ctx, b, token, "undelivered")
		return nil, "", fmt.Errorf("routes: put token into response: %w", backends.Unavailable(err))
	}
	if replacer, ok := b.Carrier.(backends.Replacer); ok {
		if before := replacer.Replaced(c); before != "" {
			r.destroy(ctx, b, before, "replaced")
		}
	}
	r.loggedIn(c, b, u)
	r.manager.AfterLogin(ctx, u)
	r.runAfterLogin(c, u)
	return body, token, nil
}

// Enter is [Routes.LogIn] followed by the backend's login response.
func (r *Routes) Enter(c *gin.Context, b *backends.Running, u *user.User, demands Demands) error {
	body, _, err := r.LogIn(c, b, u, demands)
	if err != nil {
		return err
	}
	if body == nil {
		return r.empty(c)
	}
	return JSON(c, 200, body)
}

// enterBackend lets hooks and strategies know which backend is asked, or has
// authenticated the request.
func (r *Routes) enterBackend(c *gin.Context, b *backends.Running) {
	ctx := c.Request.Context()
	if user.EnterBackend(ctx, &b.Name) {
		return
	}
	request := user.RequestFrom(ctx)
	request.Backend = b.Name
	c.Request = c.Request.WithContext(user.WithRequest(ctx, request))
}

// LogOut ends the token that the request carries in backend b's own transport and
// makes the client forget it. An error means that the token may still be good;
// the client has not been told to forget it then.
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
	if err := b.Carrier.Clear(c); err != nil {
		return fmt.Errorf("routes: clear token: %w", backends.Unavailable(err))
	}
	return nil
}

// destroy ends a token that nobody is to use: its owner never got it, or has
// another one now. A failure is only logged.
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
func (r *Routes) LogInAs(c *gin.Context, name string, u *user.User, options GroupOptions) (token string, err error) {
	r.prepareOnce(c)
	secure(c)
	_, token, err = r.LogIn(c, r.mustBackend(name), u, Demands{Verified: options.Verified})
	return token, err
}

// LogOutOf is LogOut for an application's own handlers. Panics if no backend of
// that name is configured.
func (r *Routes) LogOutOf(c *gin.Context, name string) error {
	r.prepareOnce(c)
	secure(c)
	return r.LogOut(c, r.mustBackend(name))
}

// prepareOnce is prepare for a handler that no guard ran before.
func (r *Routes) prepareOnce(c *gin.Context) {
	if user.RequestFrom(c.Request.Context()) == (user.Request{}) {
		r.prepare(c)
	}
}
