package passkeys

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func (o own) removeRoute() routes.Route {
	return routes.Route{Method: http.MethodDelete, Path: "/passkeys/:id", Operation: "remove", Event: EventPasskeyRemoved, Guard: o.change, Doc: routes.Doc{
		Summary: "Remove a passkey",
		Description: "It must not be the last way in of a user who has no password. Of a user with a second factor the other sessions end; with the " +
			"last factor the recovery codes and trusted browsers go.",
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "It is removed."}},
		Vetoed:    o.vetoes(),
	}}
}

// remove is DELETE /passkeys/:id.
func (o own) remove(c *gin.Context) error {
	u, keep, err := o.who(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	h, err := o.find(ctx, u, c.Param("id"))
	if err != nil {
		return err
	}
	if err := o.take(ctx, u, keep, h); err != nil {
		return err
	}
	return routes.NoContent(c)
}

// take removes a passkey of u. If it was a second factor, u's tokens except keep end, as
// with every change of factors.
func (p *Passkeys) take(ctx context.Context, u *user.User, keep string, h held) error {
	if err := p.vetoed(ctx, u, user.CredentialChange{Name: h.Name, Removed: true}); err != nil {
		return err
	}
	e := event(EventPasskeyRemoved, u, h.ID)
	if err := p.checkLastWayIn(ctx, u, h); err != nil {
		return err
	}
	if err := p.routes.Manager().Require(ctx, &e); err != nil {
		return err
	}
	var end func(context.Context) error
	if u.SecondFactor && p.recovery != nil {
		var err error
		end, err = records.StoreCall(ctx, func(ctx context.Context) (func(context.Context) error, error) { return p.recovery.EndCodes(ctx, u) })
		if err != nil {
			return err
		}
	}
	after, err := p.routes.EndFactor(ctx, u, keep,
		func(ctx context.Context, u *user.User) (bool, error) { return p.otherFactors(ctx, u, h) },
		func(ctx context.Context) error { return p.delete(ctx, u, h) })
	switch {
	case errors.Is(err, user.ErrLastLoginMethod) && u.SecondFactor:
		return p.askAgain(ctx, u, keep)
	case errors.Is(err, user.ErrNotFound):
		if _, findErr := p.find(ctx, u, h.ID); findErr == nil {
			return errEnded
		}
		return err
	case err != nil:
		return err
	}
	p.emit(ctx, e)
	p.notify(ctx, user.MailPasskeyRemoved, after)
	if end != nil && !after.SecondFactor {
		return p.stored(ctx, end)
	}
	return nil
}

// otherFactors reports whether logins of u go on asking for a second factor without h.
func (p *Passkeys) otherFactors(ctx context.Context, u *user.User, h held) (bool, error) {
	stands, err := p.routes.FactorStands(ctx, u, factorName)
	if err != nil || stands {
		return stands, err
	}
	all, err := records.StoreCall(ctx, func(ctx context.Context) ([]held, error) { return p.of(ctx, u) })
	return slices.ContainsFunc(all, func(other held) bool { return other.ID != h.ID }), err
}

// delete removes the credential unless it is the last way in; the store decides, so
// concurrent removals cannot take both.
func (p *Passkeys) delete(ctx context.Context, u *user.User, h held) error {
	return p.stored(ctx, func(ctx context.Context) error { return p.store.DeleteCredential(ctx, u.ID, h.ID, keepFor(u)) })
}

func keepFor(u *user.User) records.KeepOne {
	if u.HasPassword() {
		return records.KeepNone
	}
	return records.KeepLastOne
}

// checkLastWayIn refuses what [Passkeys.delete] would refuse, before anything is changed.
func (p *Passkeys) checkLastWayIn(ctx context.Context, u *user.User, h held) error {
	if keepFor(u) == records.KeepNone || !h.IsWayIn(u.OwnerVersion) {
		return nil
	}
	return p.stored(ctx, func(ctx context.Context) error {
		if store, ok := records.As[records.OAuthStore](p.store); ok {
			accounts, err := store.AccountsOf(ctx, u.ID)
			if err != nil || slices.ContainsFunc(accounts, func(a records.OAuthAccount) bool { return a.OwnerVersion == u.OwnerVersion }) {
				return err
			}
		}
		all, err := p.store.CredentialsOf(ctx, u.ID)
		if err != nil || slices.ContainsFunc(all, func(c records.Credential) bool { return c.ID != h.ID && c.IsWayIn(u.OwnerVersion) }) {
			return err
		}
		return user.ErrLastLoginMethod
	})
}

// askAgain turns the second factor on again if the removal was refused after it had been
// turned off: another way in was removed at the same time.
func (p *Passkeys) askAgain(ctx context.Context, u *user.User, keep string) error {
	stored, err := p.routes.Manager().ByID(ctx, u.ID)
	if err == nil && !stored.SecondFactor {
		_, _, err = p.routes.BeginFactor(ctx, stored, keep)
	}
	return errors.Join(user.ErrLastLoginMethod, err)
}
