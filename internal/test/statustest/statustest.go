// Package statustest holds what an application answers against its OpenAPI
// document while tests run.
package statustest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/openapi"
)

// Record is what the routes of an application have answered so far. It is safe for
// concurrent use.
type Record struct {
	auth *ginauth.Auth

	mu   sync.Mutex
	seen map[answer]bool
}

// answer is a status that a route has answered.
type answer struct {
	method, path string
	status       int
}

// Watch notes what the routes answer that are registered on router from now on. When
// the test ends it fails for each status of a group's route that the document does
// not have. own are the statuses that the test's own hooks refuse with, which no
// document can know.
func Watch(t testing.TB, router gin.IRoutes, auth *ginauth.Auth, own ...int) *Record {
	t.Helper()
	r := &Record{auth: auth, seen: map[answer]bool{}}
	router.Use(r.note)
	t.Cleanup(func() {
		for _, a := range r.undescribed(own) {
			t.Errorf("%s %s answered %d, which the OpenAPI document does not have", a.method, a.path, a.status)
		}
	})
	return r
}

func (r *Record) note(c *gin.Context) {
	c.Next()
	if c.FullPath() == "" {
		return // a route that nobody has registered
	}
	a := answer{c.Request.Method, withoutSlash(c.FullPath()), c.Writer.Status()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[a] = true
}

func (r *Record) undescribed(own []int) []answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	var wrong []answer
	for a := range r.seen {
		statuses := openapi.Statuses(r.auth, a.method, a.path)
		if statuses != nil && !slices.Contains(append(statuses, own...), a.status) {
			wrong = append(wrong, a)
		}
	}
	return wrong
}

// Missing returns every status that the document has and no route has answered, as
// "POST /auth/login: 429", in order.
func (r *Record) Missing() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var missing []string
	for _, group := range r.auth.Routes().Attached() {
		for _, route := range group.Routes {
			path := withoutSlash(strings.TrimSuffix(group.Prefix, "/") + route.Path)
			for _, status := range openapi.Statuses(r.auth, route.Method, path) {
				if !r.seen[answer{route.Method, path, status}] {
					missing = append(missing, fmt.Sprintf("%s %s: %d", route.Method, path, status))
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// withoutSlash returns the path of a group's own route, which is served with and
// without a slash, in one spelling.
func withoutSlash(path string) string {
	if path == "/" {
		return path
	}
	return strings.TrimSuffix(path, "/")
}
