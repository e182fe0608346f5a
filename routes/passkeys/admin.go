package passkeys

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
)

// Admin returns the routes of superusers over the passkeys of any user, to attach to a
// path with the parameter :id, usually /users/:id: GET /passkeys and DELETE
// /passkeys/:passkey. Of the options it takes [ginauth.Verified].
func (p *Passkeys) Admin(options ...ginauth.GroupOption) routes.Group {
	chosen := ginauth.Options(options...)
	see := routes.Demands{User: true, Active: true, Verified: chosen.Verified, Superuser: true}
	change := see
	change.Fresh = p.config.Fresh
	a := admin{p, see, change}
	list := routes.Route{Method: http.MethodGet, Path: "/passkeys", Operation: "list", Guard: see, Doc: listDoc("List a user's passkeys")}
	return p.routes.Group("user_passkeys",
		p.routes.Handled(list, routes.Operation{Answers: []routes.Answer{notThere}}, a.list),
		p.routes.Handled(a.removeRoute(), routes.Operation{Answers: []routes.Answer{notThere, lastWayIn}}, a.remove))
}

// admin is the routes of superusers over any user.
type admin struct {
	*Passkeys
	see, change routes.Demands
}

// list is GET /passkeys.
func (a admin) list(c *gin.Context) error {
	u, err := a.routes.Target(c, a.see)
	if err != nil {
		return err
	}
	return a.show(c, u)
}

func (a admin) removeRoute() routes.Route {
	return routes.Route{Method: http.MethodDelete, Path: "/passkeys/:passkey", Operation: "remove", Event: EventPasskeyRemoved, Guard: a.change, Doc: routes.Doc{
		Summary: "Remove a user's passkey",
		Description: "For a device that was lost. It must not be the last way in of a user who has no password. Where it was the user's last second " +
			"factor, the user's sessions end. Superusers remove their own passkeys at their own path.",
		Params:    []routes.Param{{Name: "passkey", InPath: true, Example: sampleItem().ID, Description: "The passkey's `id` from the list."}},
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "It is removed."}},
		Refusals:  []routes.Refused{*routes.ErrForbidden},
		Vetoed:    a.vetoes(),
	}}
}

// remove is DELETE /passkeys/:passkey.
func (a admin) remove(c *gin.Context) error {
	u, err := a.routes.Target(c, a.change)
	if err != nil {
		return err
	}
	if u.ID == routes.ResultFrom(c).User.ID {
		return routes.ErrForbidden
	}
	ctx := c.Request.Context()
	for range tries {
		h, err := a.find(ctx, u, c.Param("passkey"))
		if err != nil {
			return err
		}
		err = a.take(ctx, u, "", h)
		if err == nil {
			return routes.NoContent(c)
		}
		if !errors.Is(err, errEnded) {
			return err
		}
		// The user's tokens have ended meanwhile, which does not matter to a superuser.
		if u, err = a.routes.Manager().ByID(ctx, u.ID); err != nil {
			return err
		}
	}
	return errContended
}
