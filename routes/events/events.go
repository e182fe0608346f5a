// Package events has the routes with which users and superusers read the events that an
// [audit.Log] keeps.
//
//	seen, err := events.New(auth, events.Config{Log: log})
//	seen.Own().Attach(engine.Group("/users/me"))
//	seen.Admin().Attach(engine.Group("/users/:id"))
//	seen.All().Attach(engine.Group("/"))
package events

import (
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
}

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
	return e.group("events", own, "One's own events", false, func(c *gin.Context, q *audit.Query) (bool, error) {
		if err := e.routes.Admit(c, own); err != nil {
			return false, err
		}
		q.User = routes.ResultFrom(c).User.ID
		return !e.config.ShowActors, nil
	})
}

// Admin returns GET /events over any user, for superusers, to attach to a path with the
// parameter :id, usually /users/:id. Of the options it takes [ginauth.Verified].
func (e *Events) Admin(options ...ginauth.GroupOption) routes.Group {
	admin := superuser(options)
	return e.group("user_events", admin, "A user's events", false, func(c *gin.Context, q *audit.Query) (bool, error) {
		u, err := e.routes.Target(c, admin)
		if err != nil {
			return false, err
		}
		q.User = u.ID
		return false, nil
	})
}

// All returns GET /events over everything, for superusers. Of the options it takes
// [ginauth.Verified].
func (e *Events) All(options ...ginauth.GroupOption) routes.Group {
	admin := superuser(options)
	return e.group("all_events", admin, "All events", true, func(c *gin.Context, _ *audit.Query) (bool, error) {
		return false, e.routes.Admit(c, admin)
	})
}

func superuser(options []ginauth.GroupOption) routes.Demands {
	return routes.Demands{User: true, Active: true, Superuser: true, Verified: ginauth.Options(options...).Verified}
}

var notThere = routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrNotFound}

// group is a group of one route. admit lets the request in, bounds the query to what it
// may see, and reports whether other actors than the user are hidden.
func (e *Events) group(name string, guard routes.Demands, summary string, byUser bool, admit func(*gin.Context, *audit.Query) (bool, error)) routes.Group {
	route := routes.Route{Method: http.MethodGet, Path: "/events", Operation: "list", Guard: guard, Doc: e.doc(name, summary, byUser)}
	operation := routes.Operation{}
	if name == "user_events" {
		operation.Answers = []routes.Answer{notThere}
	}
	return e.routes.Group(name, e.routes.Handled(route, operation, func(c *gin.Context) error {
		var bounds audit.Query
		hide, err := admit(c, &bounds)
		if err != nil {
			return err
		}
		q, filter, err := e.query(c, bounds, byUser)
		if err != nil {
			return err
		}
		return e.list(c, q, filter, hide)
	}))
}
