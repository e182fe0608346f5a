package authtest

import (
	"os"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
)

// updateVariable is the environment variable that accepts a new matrix.
const updateVariable = "AUTHTEST_UPDATE"

// Matrix calls every route of engine, the application's own included, as each kind of
// caller, and compares the answers with the file testdata/access_matrix.golden. A route
// that was added without a guard, or lost it, fails the test with a diff. Setting the
// environment variable AUTHTEST_UPDATE to 1 writes the file; the failure shows the
// command.
//
// The callers are: one without a login; an inactive, an unverified and an active (and
// verified) user; a superuser; superusers whose token has expired or was ended; and a
// superuser's browser on a page of another origin. They log in through each of auth's
// backends in turn. Where the application has API keys, of package backends/apikey,
// there are two more: a superuser's program with a key that has no scope, and one with a
// key that has all scopes that are declared. [Callers] adds others.
//
// Each call has users of its own, which are deleted afterwards, its own client
// address, and an empty body. In paths the parameters id, user, user_id, userID and
// userId are the ID of a further user, all others are "1"; [Param] and [Prepare]
// change that. Where the application's middleware for CORS answers the browser on the
// other page with a 403 in ginauth's place, the cell is "cors" and what the route
// answers behind it. What a route does to the application's own data it really does:
// [Exclude] keeps routes from being called.
//
// The clock of auth must be a [Clock], which it is if auth was made with a Kit in
// memory; [WithClock] names it otherwise. While Matrix runs nothing else may use it.
func Matrix(t testing.TB, auth *ginauth.Auth, engine *gin.Engine, options ...MatrixOption) {
	t.Helper()
	m := newMatrix(t, auth, engine, options)
	m.check()
	m.settle(m.walk())
}

// matrix is one run of Matrix.
type matrix struct {
	t        testing.TB
	engine   *gin.Engine
	auth     *ginauth.Auth
	door     door
	clock    *Clock
	backends []*backends.Running
	keys     []*backends.Running // without a login
	routes   []route
	update   bool
	calls    int
	panicked map[route]bool
	kept     map[string]*ginauth.User // of the callers with SetUp
	choices
}

// choices are what the options choose.
type choices struct {
	golden    string
	via       []string
	exclude   []string
	params    map[string]string
	prepare   []preparation
	everybody []UserOption
	withClock *Clock
	more      []Caller
}

func newMatrix(t testing.TB, auth *ginauth.Auth, engine *gin.Engine, options []MatrixOption) *matrix {
	t.Helper()
	if auth == nil || engine == nil {
		t.Fatal("authtest: Matrix got no Auth or no engine")
	}
	accept := os.Getenv(updateVariable)
	m := &matrix{
		t:        t,
		engine:   engine,
		auth:     auth,
		door:     door{auth: auth, engine: engine},
		update:   accept != "" && accept != "0",
		panicked: map[route]bool{},
		kept:     map[string]*ginauth.User{},
		choices:  choices{golden: "testdata/access_matrix.golden", params: map[string]string{}},
	}
	for _, option := range options {
		option(&m.choices)
	}
	m.clock = m.withClock
	if store, ok := auth.Manager().Store().(clocked); ok && m.clock == nil {
		m.clock = store.testClock()
	}
	m.routes = routesOf(engine)
	for _, b := range auth.Routes().Authenticator().Backends() {
		if len(m.via) == 0 || slices.ContainsFunc(m.via, func(name string) bool { return backends.ReduceName(name) == b.Name }) {
			if b.HasLogin() {
				m.backends = append(m.backends, b)
			} else {
				m.keys = append(m.keys, b)
			}
		}
	}
	return m
}

// check refuses, before anything is called, what would go wrong later. An Exclude
// that matches nothing is a misspelling, and its route would be called.
func (m *matrix) check() {
	m.t.Helper()
	if len(m.routes) == 0 {
		m.t.Fatal("authtest: Matrix got an engine without routes: attach them before")
	}
	if m.clock == nil || !m.clock.moves(m.auth.Routes().Now) {
		m.t.Fatal("authtest: Matrix needs the clock of the Auth to let tokens expire: make the Auth with Kit.Auth and no Config.Now, or name the clock with WithClock")
	}
	for _, name := range m.via {
		if m.auth.Routes().Authenticator().Backend(name) == nil {
			m.t.Fatalf("authtest: Via(%q): there is no such backend", name)
		}
	}
	for _, c := range m.more {
		if c.Name == "" || c.LogIn == nil {
			m.t.Fatalf("authtest: Callers: the caller %q has no Name or no LogIn", c.Name)
		}
		for _, name := range c.Like {
			if !slices.ContainsFunc(m.callers(), func(other caller) bool { return other.name == name }) {
				m.t.Fatalf("authtest: Callers: the caller %q is to be like %q, which is no column", c.Name, name)
			}
		}
	}
	for _, pattern := range m.exclude {
		m.mustMatch("Exclude", pattern)
	}
	for _, p := range m.prepare {
		m.mustMatch("Prepare", p.pattern)
	}
}

func (m *matrix) mustMatch(option, pattern string) {
	m.t.Helper()
	if !slices.ContainsFunc(m.routes, func(r route) bool { return r.matches(pattern) }) {
		m.t.Fatalf("authtest: %s(%q) matches no route: want a method and a path as the route was registered, such as \"DELETE /users/:id\"", option, pattern)
	}
}

// walk calls everything and returns the table of the answers.
func (m *matrix) walk() table {
	m.t.Helper()
	tab := table{}
	for _, b := range m.backends {
		tab.backends = append(tab.backends, b.Name)
	}
	for _, c := range m.callers() {
		tab.columns = append(tab.columns, c.name)
	}
	for _, c := range m.keyCallers() {
		tab.columns = append(tab.columns, c.name)
	}
	for _, r := range m.routes {
		tab.rows = append(tab.rows, row{route: r, lines: m.lines(r)})
	}
	for _, u := range m.kept {
		m.remove(u)
	}
	return tab
}

func (m *matrix) lines(r route) []line {
	m.t.Helper()
	if slices.ContainsFunc(m.exclude, r.matches) {
		return []line{{cells: []string{excludedCell}}}
	}
	var lines []line
	nobody, byKey := m.cell(r, callers[0], nil), m.byKey(r)
	for _, b := range m.backends {
		l := line{by: []string{b.Name}, cells: []string{nobody}}
		for _, c := range m.callers()[1:] {
			l.cells = append(l.cells, m.behind(r, c, b))
		}
		m.checkLike(r, l)
		l.cells = append(l.cells, byKey...)
		lines = merge(lines, l)
	}
	if len(m.backends) == 0 {
		lines = []line{{by: []string{""}, cells: slices.Concat([]string{nobody}, slices.Repeat([]string{notApplicable}, len(callers)-1), byKey)}}
	}
	if len(lines) == 1 {
		lines[0].by = nil
	}
	return lines
}
