package authtest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"time"

	"github.com/ginauth/ginauth/backends"
)

// callTime is how long a route may take, and then how long it may take to end when
// its client has gone.
const callTime = 5 * time.Second

// The cells that are no status.
const (
	notApplicable = "-"
	excludedCell  = "excluded"
	panicCell     = "panic"
	forbiddenCell = "403"    // of the application, not of ginauth
	hijackCell    = "hijack" // the handler takes the connection over
	refusedMark   = "✗ "
	corsMark      = "cors " // a middleware refused the origin before the route was asked
)

// cell calls route r as c, logged in through b, and returns what the table says of it.
func (m *matrix) cell(r route, c caller, b *backends.Running) string {
	m.t.Helper()
	fatal := func(err error) {
		m.t.Helper()
		m.t.Fatalf("authtest: Matrix: %s as %s: %v", r, c.name, err)
	}
	request, done, err := m.request(r)
	defer done()
	if err != nil {
		fatal(err)
	}
	for _, p := range m.prepare {
		if r.matches(p.pattern) {
			p.prepare(request)
		}
	}
	applies, leave, err := c.dress(m, request, b)
	defer leave()
	if err != nil {
		fatal(err)
	}
	if !applies {
		return notApplicable
	}
	cell, err := m.serve(r, request)
	if err != nil {
		fatal(err)
	}
	return cell
}

// behind returns the cell of r for c, through a middleware that refuses other origins
// by itself, as those for CORS may do: its 403 stands before every route, guarded or
// not. Such a middleware looks at Origin and lets pass what has none. ginauth sees by
// Sec-Fetch-Site alone where the request comes from.
func (m *matrix) behind(r route, c caller, b *backends.Running) string {
	m.t.Helper()
	cell := m.cell(r, c, b)
	if !c.crossOrigin || cell != forbiddenCell {
		return cell
	}
	c.withoutOrigin = true
	if behind := m.cell(r, c, b); behind != forbiddenCell {
		return corsMark + behind
	}
	return cell // the handler's own
}

// request returns a request for the route that says nothing about its sender.
func (m *matrix) request(r route) (request *http.Request, done func(), err error) {
	done = func() {}
	id := ""
	if r.hasUserParam() {
		target, err := m.user([]UserOption{Verified()})
		if err != nil {
			return nil, done, err
		}
		id = string(target.ID)
		done = func() { m.remove(target) }
	}
	path := fillPath(r.path, func(name string) string {
		value, chosen := m.params[name]
		switch {
		case chosen:
			return value
		case isUserParam(name):
			return id
		}
		return "1"
	})
	request = httptest.NewRequest(r.method, "/", nil)
	request.URL.Path, request.RequestURI = path, path
	m.calls++
	// Limits by address must not make one call refuse the next. The network is one
	// for tests (RFC 2544).
	request.RemoteAddr = fmt.Sprintf("198.%d.%d.%d:1234", 18+m.calls>>16&1, m.calls>>8&255, m.calls&255)
	return request, done, nil
}

// outcome is how a handler ended.
type outcome struct {
	panicked any
	stack    []byte
}

// serve returns the answer to a request in the table's words.
func (m *matrix) serve(r route, request *http.Request) (cell string, err error) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(request.Context())
	defer cancel()
	a := newAnswer(cancel)
	ended := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() { ended <- o }()
		defer func() {
			if o.panicked = recover(); o.panicked != nil {
				o.stack = debug.Stack()
			}
		}()
		m.engine.ServeHTTP(a, request.WithContext(ctx))
	}()
	timer := time.NewTimer(callTime)
	defer timer.Stop()
	select {
	case o := <-ended:
		if o.panicked != nil {
			m.logPanic(r, o)
			return panicCell, nil
		}
		return a.cell(), nil
	case <-timer.C:
		return "", fmt.Errorf("the route did not end within %v: leave it out with authtest.Exclude", callTime)
	}
}

// logPanic shows the first panic of each route.
func (m *matrix) logPanic(r route, o outcome) {
	m.t.Helper()
	if !m.panicked[r] {
		m.t.Logf("authtest: %s panicked: %v\n%s", r, o.panicked, o.stack)
	}
	m.panicked[r] = true
}
