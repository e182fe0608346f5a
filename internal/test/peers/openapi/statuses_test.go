package openapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes"
)

// Every status that a document has is produced here, by every route that has it, in
// both wire profiles, with the defaults and with everything that makes an application
// stricter. That no route answers with another one is watched here, too, as it is
// wherever routes are tested.
func TestEveryStatusIsProduced(t *testing.T) {
	t.Parallel()
	everyWorld(t, func(t *testing.T, w *world) {
		s := newSweep(t, w)
		for _, group := range s.auth.Routes().Attached() {
			for _, route := range group.Routes {
				s.sweep(group, route)
			}
		}
		s.exhaust()
		for _, missing := range s.record.Missing() {
			t.Errorf("%s is described, but was not produced", missing)
		}
	})
}

// A status that is missing is missed, and one that should not be is found.
func TestMissingIsMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wires[0].wire)
	w.send("GET", "/users/me", "")
	missing := w.record.Missing()
	if !slices.Contains(missing, "GET /users/me: 200") || slices.Contains(missing, "GET /users/me: 401") {
		t.Errorf("got %q", missing)
	}
}

// sweep has a route answer with each of its statuses, but the 429, which would be in
// the way of all that follows.
func (s *sweep) sweep(group routes.Attached, route routes.Route) {
	s.t.Helper()
	success := route.Doc.Successes[0].Status
	s.expectOf(success, s.good(group, route))
	if route.Doc.Local {
		return
	}
	s.refused(group, route)
	s.misread(group, route)
	for _, r := range s.bad(group, route) {
		s.expectOf(r.status, r)
	}
	s.mishaps(group, route)
}

// refused is what a guard says, and a browser's request from another origin.
func (s *sweep) refused(group routes.Attached, route routes.Route) {
	s.t.Helper()
	path := s.good(group, route).path
	if route.Guard.User {
		s.expectOf(401, request{method: route.Method, path: path})
		name := backendOf(route)
		if route.Guard.Verified {
			s.expectOf(403, request{method: route.Method, path: path, header: s.enter(name, s.mordred)})
		}
		if route.Guard.Self && route.Method == "GET" {
			s.expectOf(403, request{method: route.Method, path: path, header: s.enterAs(s.lancelot)})
		}
		if route.Guard.Superuser {
			s.expectOf(403, request{method: route.Method, path: path, header: s.enter(name, s.lancelot)})
		}
	}
	if route.Method != "GET" {
		s.expectOf(403, request{method: route.Method, path: path, header: []string{"Cookie", "ginauth=x", "Sec-Fetch-Site", "cross-site"}})
	}
}

// misread is what is said about a body.
func (s *sweep) misread(group routes.Attached, route routes.Route) {
	s.t.Helper()
	if route.Doc.Body == nil {
		return
	}
	for status, body := range map[int]string{
		400: "{\"email\":\"\xff\",\"token\":\"\xff\",\"password\":\"\xff\"}", 413: `{"a":"` + strings.Repeat("a", 70_000) + `"}`, 422: "{",
	} {
		r := s.good(group, route)
		r.body = body
		s.expectOf(status, r)
	}
}

// mishaps are 500, 502 and 503.
func (s *sweep) mishaps(group routes.Attached, route routes.Route) {
	s.t.Helper()
	statuses := openapi.Statuses(s.auth, route.Method, group.Prefix+route.Path)
	for status, how := range map[int]fault{500: mad, 502: sound, 503: broken} {
		if !slices.Contains(statuses, status) {
			continue
		}
		if status == 503 && route.Operation == "authorize" && !route.Guard.User {
			how = torn // it asks for nothing but its limit
		}
		r := s.good(group, route)
		s.fail(how)
		s.tintagel.down.Store(status == 502)
		s.expectOf(status, r)
		s.fail(sound)
		s.tintagel.down.Store(false)
	}
}

// exhaust repeats what is limited until it is refused, always from one source.
func (s *sweep) exhaust() {
	s.t.Helper()
	const many = 100
	now := time.Now()
	s.stopped.Store(&now) // else a slow machine gives back what is used up
	defer s.stopped.Store(nil)
	for _, group := range s.auth.Routes().Attached() {
		for _, route := range group.Routes {
			if !slices.Contains(openapi.Statuses(s.auth, route.Method, group.Prefix+route.Path), 429) {
				continue
			}
			status := 0
			for range many {
				r := s.limited(group, route)
				s.source = "203.0.113.9:443"
				status = s.send(r.method, r.path, r.body, r.header...).StatusCode
				if status == 429 {
					break
				}
			}
			if status != 429 {
				s.t.Errorf("%s %s%s: got %d after %d times, want 429", route.Method, group.Prefix, route.Path, status, many)
			}
		}
	}
}
