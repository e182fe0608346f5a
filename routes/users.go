package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Users returns the users group: GET and PATCH /me for the current user, the former also
// for API keys with the scope [ScopeProfile] where it is declared; GET,
// PATCH and DELETE /:id, and where asked for the list, for superusers; POST
// /:id/forgot-password where superusers do not set passwords.
func (r *Routes) Users(options GroupOptions) Group {
	own := Demands{User: true, Active: true, Verified: options.Verified}
	see := own
	see.Enrolment = true
	see.Scopes = r.scopes.use()
	admin := Demands{User: true, Active: true, Verified: options.Verified, Superuser: true}
	events := map[string]user.EventKind{http.MethodPatch: user.EventUpdated, http.MethodDelete: user.EventDeleted}
	route := func(method, path, operation string, guard Demands, doc Doc) Route {
		return Route{Method: method, Path: path, Operation: operation, Event: events[method], Guard: guard, Doc: doc}
	}
	routes := []Route{
		r.Handled(route(http.MethodGet, "/me", "get_me", see, r.getMeDoc()), meOperation, r.getMe(see)),
		r.Handled(route(http.MethodPatch, "/me", "update_me", own, r.updateMeDoc()), r.updateMeOperation(), r.updateMe(own)),
		r.Handled(route(http.MethodGet, "/:id", "get_user", admin, r.getUserDoc()), userOperation, r.getUser(admin)),
		r.Handled(route(http.MethodPatch, "/:id", "update_user", admin, r.updateUserDoc()), r.updateUserOperation(), r.updateUser(admin)),
		r.Handled(route(http.MethodDelete, "/:id", "delete_user", admin, r.deleteUserDoc()), r.deleteUserOperation(), r.deleteUser(admin)),
	}
	if r.policy.ResetOnlyAdministration {
		routes = append(routes, r.startResetRoute(admin))
	}
	if options.List {
		list := route(http.MethodGet, "", "list_users", admin, r.listUsersDoc())
		routes = append(routes, r.Handled(list, noOperation, r.listUsers(admin)))
	}
	return r.Group("users", routes...)
}

func (r *Routes) getMe(own Demands) Handler {
	return func(c *gin.Context) error {
		if err := r.Admit(c, own); err != nil {
			return err
		}
		return User(c, http.StatusOK, ResultFrom(c).User)
	}
}

func (r *Routes) updateMe(own Demands) Handler {
	return func(c *gin.Context) error {
		if err := r.Admit(c, own); err != nil {
			return err
		}
		user.RequestContextOf(c.Request.Context()).NoteSubject(ResultFrom(c).User)
		changes, err := r.decode.changes(c.Request, ResultFrom(c).User)
		if err != nil {
			return err
		}
		if changes.Password != nil || changes.Email != nil || changes.Username != nil {
			if ResultFrom(c).Identity.Login.Actor != "" {
				return ErrImpersonated
			}
			// The body may have been long on its way: whoever was thrown out meanwhile
			// does not take the account over. A profile is not worth the look-up.
			if err := r.Admit(c, r.changing(own, ResultFrom(c).User, changes)); err != nil {
				return err
			}
		}
		me := ResultFrom(c)
		changes.KeepToken = me.Identity.TokenHash
		return r.limitedAddress(c, me.User, changes, func() error {
			u, err := r.manager.UpdateOwn(c.Request.Context(), me.User, changes)
			if err != nil {
				return err
			}
			return User(c, http.StatusOK, u)
		})
	}
}

func (r *Routes) getUser(admin Demands) Handler {
	return func(c *gin.Context) error {
		u, err := r.target(c, admin)
		if err != nil {
			return err
		}
		return User(c, http.StatusOK, u)
	}
}

func (r *Routes) updateUser(admin Demands) Handler {
	return func(c *gin.Context) error {
		u, err := r.target(c, admin)
		if err != nil {
			return err
		}
		changes, err := r.decode.superuserChanges(c.Request, u)
		if err != nil {
			return err
		}
		// The body may have been long on its way: neither the superuser's rights nor
		// the user need be what they were.
		if u, err = r.target(c, admin); err != nil {
			return err
		}
		if changes.Password != nil && r.policy.ResetOnlyAdministration {
			return errResetOnly
		}
		return r.limitedAddress(c, u, changes, func() error {
			u, err := r.manager.Update(c.Request.Context(), u, changes)
			if err != nil {
				return err
			}
			return User(c, http.StatusOK, u)
		})
	}
}

func (r *Routes) deleteUser(admin Demands) Handler {
	return func(c *gin.Context) error {
		u, err := r.target(c, admin)
		if err != nil {
			return err
		}
		if err := r.manager.Delete(c.Request.Context(), u); err != nil {
			return err
		}
		return NoContent(c)
	}
}

// target admits a superuser and returns the user named in the path. Other users do not
// learn whether there is one.
func (r *Routes) target(c *gin.Context, admin Demands) (*user.User, error) {
	if err := r.Admit(c, admin); err != nil {
		return nil, err
	}
	id, err := r.manager.ParseID(c.Param("id"))
	if err != nil {
		return nil, ErrNotFound
	}
	u, err := r.manager.ByID(c.Request.Context(), id)
	if err == nil {
		user.RequestContextOf(c.Request.Context()).NoteSubject(u)
	}
	return u, err
}
