// Package events has the routes with which users, superusers and the staff read the events
// that an [audit.Log] keeps.
//
//	seen, err := events.New(auth, events.Config{Log: log})
//	seen.Own().Attach(engine.Group("/users/me"))
//	seen.Admin().Attach(engine.Group("/users/:id"))
//	seen.All().Attach(engine.Group("/"))
package events

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// Config is what [Events] are made of.
type Config struct {
	// Log is where the events are. Required.
	Log *audit.Log
	// ShowActors shows users in their own list who of the staff has acted on their
	// account. Defaults to false: they see that it was another one.
	ShowActors bool
	// Permission is what roles need for the routes over other users, beside superusers. With
	// it users see events about users who may do no more than they, and events about no
	// user. A permission that is named here must be in a role of ginauth.Config.Roles.
	// Defaults to "users:read" if that is in one, else the routes are for superusers alone.
	Permission string
}

const defaultPermission = "users:read"

// Events are the route groups over a log. They are safe for concurrent use.
type Events struct {
	config  Config
	routes  *routes.Routes
	cursors cursors
}

const cursorInfo = "ginauth:event-cursor"

// New returns the routes of auth, and has the log forget who is deleted. The error joins
// all mistakes of config.
func New(auth *ginauth.Auth, config Config) (*Events, error) {
	var problems []error
	if config.Log == nil {
		problems = append(problems, errors.New("Config.Log is missing"))
	}
	declared := auth.Manager().Roles().DeclaresPermission
	switch {
	case config.Permission == "" && declared(defaultPermission):
		config.Permission = defaultPermission
	case config.Permission != "" && !declared(config.Permission):
		problems = append(problems, fmt.Errorf("Config.Permission is %q, which is in no role of ginauth.Config.Roles", config.Permission))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("events: invalid configuration:\n%w", err)
	}
	auth.Manager().Own(config.Log.Owned())
	return &Events{config, auth.Routes(), cursors{auth.Routes().Keys(cursorInfo)}}, nil
}

// Own returns GET /events, with which users see the events about themselves, usually
// attached to /users/me. Of the options it takes [ginauth.Verified].
func (e *Events) Own(options ...ginauth.GroupOption) routes.Group {
	own := routes.Demands{User: true, Active: true, Verified: ginauth.Options(options...).Verified}
	return e.group("events", own, "One's own events", false, func(c *gin.Context, q *audit.Query) (sight, error) {
		if err := e.routes.Admit(c, own); err != nil {
			return nil, err
		}
		q.User = routes.ResultFrom(c).User.ID
		return func(_ context.Context, event user.Event) (view, error) {
			other := event.Actor != event.User
			return view{shown: true, hideActor: other && !e.config.ShowActors, hideReason: other}, nil
		}, nil
	})
}

// Admin returns GET /events over any user, for superusers and for users with
// Config.Permission, to attach to a path with the parameter :id, usually /users/:id. A user
// who may do more than the one who asks is a 403. Of the options it takes
// [ginauth.Verified].
func (e *Events) Admin(options ...ginauth.GroupOption) routes.Group {
	admin := e.admin(options)
	return e.group("user_events", admin, "A user's events", false, func(c *gin.Context, q *audit.Query) (sight, error) {
		u, err := e.routes.Target(c, admin)
		if err != nil {
			return nil, err
		}
		rank := e.rank(c)
		if !rank.manager.Covers(rank.asks, u) {
			return nil, routes.ErrForbidden
		}
		q.User, rank.covered[u.ID] = u.ID, true
		return rank.allow, nil
	})
}

// All returns GET /events over everything, for superusers and for users with
// Config.Permission. To the latter events about users who may do more than they, or who are
// gone, are not shown: a page may be short, even empty, and not be the last. Of the options
// it takes [ginauth.Verified].
func (e *Events) All(options ...ginauth.GroupOption) routes.Group {
	admin := e.admin(options)
	return e.group("all_events", admin, "All events", true, func(c *gin.Context, _ *audit.Query) (sight, error) {
		if err := e.routes.Admit(c, admin); err != nil {
			return nil, err
		}
		return e.rank(c).allow, nil
	})
}

func (e *Events) admin(options []ginauth.GroupOption) routes.Demands {
	d := routes.Demands{User: true, Active: true, Verified: ginauth.Options(options...).Verified}
	if e.config.Permission == "" {
		d.Superuser = true
		return d
	}
	d.Permissions = []string{e.config.Permission}
	return d
}

// sight reports what is shown of an event.
type sight func(ctx context.Context, event user.Event) (view, error)

// view is what is shown of an event: whether it is at all, whether the one who acted is
// hidden, and whether the reason is, which staff write for each other.
type view struct{ shown, hideActor, hideReason bool }

var notThere = routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrNotFound}

// group is a group of one route. admit lets the request in, bounds the query to what it
// may see, and returns what it may see of that.
func (e *Events) group(name string, guard routes.Demands, summary string, byUser bool, admit func(*gin.Context, *audit.Query) (sight, error)) routes.Group {
	route := routes.Route{Method: http.MethodGet, Path: "/events", Operation: "list", Guard: guard, Doc: e.doc(name, summary, byUser)}
	operation := routes.Operation{}
	if name == "user_events" {
		operation.Answers = []routes.Answer{notThere}
	}
	return e.routes.Group(name, e.routes.Handled(route, operation, func(c *gin.Context) error {
		var bounds audit.Query
		sees, err := admit(c, &bounds)
		if err != nil {
			return err
		}
		q, filter, err := e.query(c, bounds, byUser)
		if err != nil {
			return err
		}
		return e.list(c, q, filter, sees)
	}))
}
