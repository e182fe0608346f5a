// Package admin lets administrators find and help users: a list with filters, new users,
// bans, and acting in a user's name (impersonation).
//
// [New] is called after ginauth.New; [Admin.Routes] is attached where the users are,
// usually at /users, in place of the list of ginauth.ListUsers.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

const defaultFresh = 10 * time.Minute

// Permissions are what roles need for the routes, beside superusers, who may use all of
// them. Users with a permission act only on users who may do no more than they.
type Permissions struct {
	// Read lists users. Defaults to "users:read".
	Read string
	// Write creates, verifies, logs out and unlocks users. Defaults to "users:write".
	Write string
	// Ban bans users and lifts bans. Defaults to "users:ban".
	Ban string
	// Impersonate acts in users' names. Defaults to superusers alone.
	Impersonate string
}

// Config are the choices of [New]. The zero value is complete where impersonation is
// recorded; see AllowUnrecordedImpersonation.
type Config struct {
	// Permissions are what roles need. A permission that is named here must be in a role of
	// ginauth.Config.Roles; of the defaults those that are not are for superusers alone.
	Permissions Permissions
	// Fresh is how recent a login must be to act in a user's name. Defaults to 10 minutes.
	Fresh time.Duration
	// BeforeImpersonate can refuse that actor acts in the name of u: a [*user.Refusal]
	// becomes the answer, any other error is an internal one. Defaults to nothing.
	BeforeImpersonate func(ctx context.Context, actor, u *user.User, reason string) error
	// Silent sends no notice to users in whose names administrators act. Defaults to false:
	// users with a verified address get one, [user.MailImpersonated].
	Silent bool
	// AllowUnrecordedImpersonation allows impersonation without user.EventImpersonated in
	// ginauth.Config.RequiredEvents: it can happen without a record then. Defaults to false.
	AllowUnrecordedImpersonation bool
}

// Admin is the administration of one application. It is safe for concurrent use.
type Admin struct {
	config  Config
	routes  *routes.Routes
	cursors cursors
}

// New adds administration to auth. It prepares the store's indexes and logs which roles
// users have that are not declared. The error joins all mistakes, each naming its field;
// INVITATION_MAIL_MISSING is in it if there is no mail hook for [user.MailWelcome], with
// which users who are created without a password set one.
func New(ctx context.Context, auth *ginauth.Auth, config Config) (*Admin, error) {
	if config.Fresh == 0 {
		config.Fresh = defaultFresh
	}
	manager := auth.Manager()
	a := &Admin{config: config, routes: auth.Routes(), cursors: cursors{auth.Routes().Keys(cursorInfo)}}
	problems := a.config.complete(manager)
	problems = append(problems, listing.Ensure(ctx, manager.Store()))
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("admin: invalid configuration:\n%w", err)
	}
	undeclared, err := listing.UndeclaredRoles(ctx, manager)
	if err != nil {
		return nil, fmt.Errorf("admin: read the roles of users: %w", err)
	}
	if len(undeclared) > 0 {
		a.routes.Logger().WarnContext(ctx, "ginauth: users have roles that are not in Config.Roles, which are ignored", slog.Any("roles", undeclared))
	}
	a.routes.AllowImpersonation(a.config.Permissions.Impersonate)
	return a, nil
}

// complete fills in the defaults of c and returns what is wrong with it.
func (c *Config) complete(manager *user.Manager) (problems []error) {
	for _, p := range []struct {
		name, byDefault string
		value           *string
	}{
		{"Read", "users:read", &c.Permissions.Read},
		{"Write", "users:write", &c.Permissions.Write},
		{"Ban", "users:ban", &c.Permissions.Ban},
		{"Impersonate", "", &c.Permissions.Impersonate},
	} {
		declared := func(permission string) bool { return manager.Roles().DeclaresPermission(permission) }
		switch {
		case *p.value == "" && declared(p.byDefault):
			*p.value = p.byDefault
		case *p.value != "" && !declared(*p.value):
			problems = append(problems, fmt.Errorf("Config.Permissions.%s is %q, which is in no role of ginauth.Config.Roles", p.name, *p.value))
		}
	}
	if c.Fresh < 0 {
		problems = append(problems, errors.New("Config.Fresh is negative"))
	}
	if !manager.Requires(user.EventImpersonated) && !c.AllowUnrecordedImpersonation {
		problems = append(problems, errors.New("ginauth.Config.RequiredEvents lacks user.EventImpersonated: "+
			"without it, and without Config.AllowUnrecordedImpersonation, impersonation could leave no record"))
	}
	if !manager.Mails(user.MailWelcome) {
		problems = append(problems, errors.New("INVITATION_MAIL_MISSING: set ginauth.Config.Hooks.Send (mails.Hooks does), "+
			"as users who are created without a password get a mail to set one"))
	}
	return problems
}

// Routes returns the routes, to attach at /users: GET and POST of the group's own path, and
// under /:id POST and DELETE /ban, POST /verify, /logout, /unlock and /impersonate. Of the
// options it takes [ginauth.Verified].
func (a *Admin) Routes(options ...ginauth.GroupOption) routes.Group {
	demands := func(permission string) routes.Demands {
		d := routes.Demands{User: true, Active: true, Verified: ginauth.Options(options...).Verified}
		if permission == "" {
			d.Superuser = true
			return d
		}
		d.Permissions = []string{permission}
		return d
	}
	change := func(permission string) routes.Demands {
		d := demands(permission)
		d.Self = true
		return d
	}
	p := a.config.Permissions
	impersonate := demands(p.Impersonate)
	impersonate.Fresh = a.config.Fresh
	r := room{Admin: a, list: demands(p.Read), write: change(p.Write), bans: change(p.Ban), acts: impersonate}
	return a.routes.Group("admin", r.all()...)
}

// room is the routes with what each demands.
type room struct {
	*Admin
	list, write, bans, acts routes.Demands
}

func (r room) all() []routes.Route {
	handled := func(route routes.Route, h routes.Handler, answers ...routes.Answer) routes.Route {
		operation := routes.Operation{Answers: append(answers, notThere)}
		if route.Operation == "create" {
			operation.PasswordCode = "REGISTER_INVALID_PASSWORD"
		}
		return r.routes.Handled(route, operation, h)
	}
	return []routes.Route{
		handled(r.listRoute(), r.listUsers),
		handled(r.createRoute(), r.routes.Limited(limits.Addresses, r.create), taken),
		handled(r.banRoute(), r.ban, lastSuperuser),
		handled(r.unbanRoute(), r.unban),
		handled(r.actRoute("/:id/verify", "verify", user.EventVerified, "Mark a user's address as verified", r.routes.UserAnswer(http.StatusOK, "The user.")), r.verify),
		handled(r.actRoute("/:id/logout", "logout", user.EventSessionsEnded, "End all tokens of a user", done("They have ended.")), r.logout),
		handled(r.actRoute("/:id/unlock", "unlock", user.EventUnlocked, "Forget a user's failed logins", done("The next login need not wait.")), r.unlock),
		handled(r.impersonateRoute(), r.impersonate),
	}
}

func done(description string) []routes.Success {
	return []routes.Success{{Status: http.StatusNoContent, Description: description}}
}

var (
	notThere      = routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrNotFound}
	taken         = routes.Answer{Err: user.ErrExists, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "REGISTER_USER_ALREADY_EXISTS"}}
	lastSuperuser = routes.Answer{Err: user.ErrLastSuperuser, Refused: routes.Refused{Status: http.StatusBadRequest, Detail: "UPDATE_LAST_SUPERUSER"}}
)

// target admits an administrator and returns the user of the path, on whom the
// administrator may act.
func (r room) target(c *gin.Context, demands routes.Demands) (*user.User, error) {
	u, err := r.routes.Target(c, demands)
	if err != nil {
		return nil, err
	}
	if !r.routes.Manager().Covers(me(c), u) {
		return nil, routes.ErrForbidden
	}
	return u, nil
}

func me(c *gin.Context) *user.User { return routes.ResultFrom(c).User }
