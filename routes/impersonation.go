package routes

import (
	"context"
	"errors"
	"fmt"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

const (
	// actorHeader names the superuser who acts in the user's name.
	actorHeader = "Ginauth-Actor"
	// actorSuffix is that of the cookie in which the superuser's own token waits.
	actorSuffix = "actor"
)

// AllowImpersonation lets users with a permission act in other users' names, beside
// superusers. It is called by the package that brings the route, before the first request.
func (r *Routes) AllowImpersonation(permission string) { r.impersonators = permission }

// MayImpersonate reports whether actor may act in the name of u: a superuser, or a user
// with the permission for it who may do all that u may. Nobody acts in the name of a
// superuser, of a barred user or in the own name.
func (r *Routes) MayImpersonate(actor, u *user.User) bool {
	return !u.IsSuperuser && actor.ID != u.ID && !u.Barred(r.now()) && r.manager.Covers(actor, u) &&
		(actor.IsSuperuser || r.impersonators != "" && r.manager.Can(actor, r.impersonators))
}

// actorStands reports whether an impersonated login still holds: its actor is there as at
// its start, and may still act in the user's name. It is asked for every request.
func (r *Routes) actorStands(ctx context.Context, login user.Login) (bool, error) {
	actor, err := r.manager.ByID(ctx, login.Actor)
	if errors.Is(err, user.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !actor.Barred(r.now()) && actor.TokenVersion == login.ActorVersion && r.MayImpersonate(actor, login.User), nil
}

// keepActor puts the token of the superuser who asks aside, in a cookie beside the one that
// the impersonated token takes.
func (r *Routes) keepActor(c *gin.Context, b *backends.Running, actor backends.Result) error {
	side, ok := b.Carrier.(backends.SideCookies)
	if !ok {
		return nil
	}
	if actor.Backend != b { // the token in this backend's cookie is another login's
		return nil
	}
	if err := side.SetSideCookie(c, actorSuffix, actor.Token, backends.ImpersonationLifetime); err != nil {
		return fmt.Errorf("routes: keep token: %w", backends.Unavailable(err))
	}
	return nil
}

// endImpersonation is the logout of an impersonated login: its token ends, and the
// superuser's own takes its place again, if it waits in the cookie for it. Any other token
// in that cookie is forgotten.
func (r *Routes) endImpersonation(c *gin.Context, b *backends.Running) error {
	ctx, result := c.Request.Context(), ResultFrom(c)
	e := user.Event{Kind: user.EventImpersonationEnded, User: result.User.ID, Actor: result.Identity.Login.Actor}
	if err := r.manager.Require(ctx, &e); err != nil {
		return err
	}
	if err := b.Tokens.Destroy(ctx, result.Token); err != nil {
		return fmt.Errorf("routes: end token: %w", backends.Unavailable(err))
	}
	r.manager.Emit(ctx, e)
	own, err := r.waitingActor(c, b, result.Identity.Login)
	if err != nil {
		return err
	}
	if own == "" {
		err = b.Carrier.Clear(c)
	} else {
		_, err = b.Carrier.Write(c, backends.Issued{Access: own})
	}
	if err != nil {
		return fmt.Errorf("routes: restore token: %w", backends.Unavailable(err))
	}
	return r.forgetActor(c, b)
}

// waitingActor returns the token in the cookie of the superuser's own, or "" if it is not a
// live token of the very actor of login.
func (r *Routes) waitingActor(c *gin.Context, b *backends.Running, login user.Login) (string, error) {
	own, err := r.waiting(c, b)
	if err != nil || own.User == nil || own.User.ID != login.Actor || own.User.Barred(r.now()) {
		return "", err
	}
	return own.Token, nil
}

// waiting returns the login of the superuser's own that waits in a cookie; the zero Result
// if there is none.
func (r *Routes) waiting(c *gin.Context, b *backends.Running) (backends.Result, error) {
	side, ok := b.Carrier.(backends.SideCookies)
	if !ok {
		return backends.Result{}, nil
	}
	token := side.SideCookie(c, actorSuffix)
	if token == "" {
		return backends.Result{}, nil
	}
	own, err := r.authenticator.Bearer(c, b, token)
	if err != nil || own.User == nil || own.Identity.Login.Actor != "" {
		return backends.Result{}, err
	}
	return own, nil
}

// endWaiting ends the login of the superuser's own that waits in a cookie: who logs out
// leaves nothing that the next one at the browser could use.
func (r *Routes) endWaiting(c *gin.Context, b *backends.Running) error {
	own, err := r.waiting(c, b)
	if err != nil {
		return err
	}
	if own.User != nil {
		ctx := c.Request.Context()
		e := user.Event{Kind: user.EventLogout, Backend: b.Name, User: own.User.ID, Session: r.handles.of(own.Identity.TokenHash)}
		if err := r.manager.Require(ctx, &e); err != nil {
			return err
		}
		if err := b.Tokens.Destroy(ctx, own.Token); err != nil {
			return fmt.Errorf("routes: end token: %w", backends.Unavailable(err))
		}
		r.manager.Emit(ctx, e)
	}
	return r.forgetActor(c, b)
}

// logOutAbandoned is the logout of a browser whose impersonated login has ended by itself,
// where the superuser's own still waits. It reports whether there was one.
func (r *Routes) logOutAbandoned(c *gin.Context, b *backends.Running) (bool, error) {
	own, err := r.waiting(c, b)
	if err != nil || own.User == nil {
		return false, err
	}
	if !r.crossOrigin.Allows(c.Request, true) {
		return false, ErrCrossOrigin
	}
	return true, r.LogOut(c, b)
}

// forgetActor makes a browser forget the superuser's own token, where it has sent one.
func (r *Routes) forgetActor(c *gin.Context, b *backends.Running) error {
	side, ok := b.Carrier.(backends.SideCookies)
	if !ok || side.SideCookie(c, actorSuffix) == "" {
		return nil
	}
	if err := side.ClearSideCookie(c, actorSuffix); err != nil {
		return fmt.Errorf("routes: clear token: %w", backends.Unavailable(err))
	}
	return nil
}
