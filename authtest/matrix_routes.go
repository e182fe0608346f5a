package authtest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// route is a route of the application.
type route struct{ method, path string }

func (r route) String() string { return r.method + " " + r.path }

// methodOrder is the order of the routes of one path.
var methodOrder = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

// routesOf returns the engine's routes sorted by path, then by method.
func routesOf(engine *gin.Engine) []route {
	var routes []route
	for _, info := range engine.Routes() {
		routes = append(routes, route{info.Method, info.Path})
	}
	slices.SortFunc(routes, compareRoutes)
	return routes
}

func compareRoutes(a, b route) int {
	return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(rank(a.method), rank(b.method)), cmp.Compare(a.method, b.method))
}

// rank puts methods that are not in methodOrder behind those that are.
func rank(method string) int {
	if i := slices.Index(methodOrder, method); i >= 0 {
		return i
	}
	return len(methodOrder)
}

// matches reports whether a pattern of an option means the route.
func (r route) matches(pattern string) bool {
	path := pattern
	if method, rest, found := strings.Cut(pattern, " "); found {
		if method != r.method {
			return false
		}
		path = strings.TrimLeft(rest, " ")
	}
	if below, found := strings.CutSuffix(path, "/..."); found {
		return strings.HasPrefix(r.path, below+"/")
	}
	return r.path == path
}

// isUserParam reports whether a path parameter of that name is taken for a user's ID.
func isUserParam(name string) bool {
	return slices.Contains([]string{"id", "user", "user_id", "userID", "userId"}, name)
}

// hasUserParam reports whether the path names a user.
func (r route) hasUserParam() bool {
	found := false
	fillPath(r.path, func(name string) string {
		found = found || isUserParam(name)
		return ""
	})
	return found
}
