package routes

import (
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Group is a set of routes to attach where the application wants them. An
// application's own middleware goes onto the router it passes to Attach.
type Group struct {
	name   string
	routes []Route
	owner  *Routes
	// onAttach runs once per Attach, for warnings about what is not configured.
	onAttach func()
}

// Route is one route of a [Group].
type Route struct {
	// Method and Path, relative to where the group is attached, in Gin's notation.
	Method, Path string
	// Operation is the stable name of what the route does, such as "login"; with
	// the group's name it is unique.
	Operation string
	// Guard is what the route demands of the request's user.
	Guard Demands
	// Backend is the name of the backend the route belongs to, if it belongs to one.
	Backend string
	// Provider is the name of the OAuth provider the route belongs to, if it belongs to one.
	Provider string
	// Event is what a request that is refused has asked for; see [user.Event]. Empty for
	// a route that only reads.
	Event user.EventKind
	// Doc describes the route to clients.
	Doc Doc

	handler   gin.HandlerFunc
	operation Operation
}

// Attached is a [Group] and where it was attached.
type Attached struct {
	// Name is the group's name: auth, register, reset, verify, users, sessions …
	Name string
	// Prefix is the base path of the router the group was attached to.
	Prefix string
	Routes []Route
}

// Group returns a group of routes, for packages that add their own. The owner
// records it when it is attached.
func (r *Routes) Group(name string, routes ...Route) Group {
	return Group{name: name, routes: routes, owner: r}
}

// Handled returns the route with the handler h, which runs with ginauth's headers, error
// answers and panic protection. operation has the answers to its errors.
func (r *Routes) Handled(route Route, operation Operation, h Handler) Route {
	r.mustDeclare(route.Guard)
	route.handler, route.operation = r.handle(route, operation, h), operation
	return route
}

// Attach registers the group's routes on router. Panics as Gin does when a route
// is registered twice.
func (g Group) Attach(router gin.IRouter) {
	if g.onAttach != nil {
		g.onAttach()
	}
	prefix := basePath(router)
	for _, route := range g.routes {
		router.Handle(route.Method, route.Path, route.handler)
		// A group's own path is served with and without the slash; at the root of
		// the engine both are one.
		if route.Path == "" && prefix != "/" {
			router.Handle(route.Method, "/", route.handler)
		}
	}
	g.owner.mu.Lock()
	defer g.owner.mu.Unlock()
	g.owner.attached = append(g.owner.attached, Attached{Name: g.name, Prefix: prefix, Routes: g.routes})
}

// Attached returns all groups attached so far, in their order.
func (r *Routes) Attached() []Attached {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Attached(nil), r.attached...)
}

func basePath(router gin.IRouter) string {
	if based, ok := router.(interface{ BasePath() string }); ok {
		return based.BasePath()
	}
	return "/"
}
