package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// row is a request of the walk and what came of it.
type row struct {
	name, method, pattern string
	status                int
	events                []user.Event
	lines                 []string
}

func (r row) String() string {
	text := fmt.Sprintf("%s: %s %s → %d\n", r.name, r.method, r.pattern, r.status)
	for _, line := range r.lines {
		text += "\t" + line + "\n"
	}
	return text
}

func decoded(body string, into any) bool { return json.Unmarshal([]byte(body), into) == nil }

// decode reads an answer's body.
func decode[T any](w *world, a answer) (value T) {
	w.t.Helper()
	if !decoded(a.body, &value) {
		w.t.Fatalf("after %q: got %d %s", w.table[len(w.table)-1].name, a.status, a.body)
	}
	return value
}

// request is one request of a step. It is made as often as the step needs it: a code, for
// example, is another one each time.
type request func() (method, path, body string)

// step makes a request of the walk, and adds it to the table.
func (c *client) step(name, method, path, body string) answer {
	c.t.Helper()
	return c.stepBy(name, func() (string, string, string) { return method, path, body })
}

func (c *client) stepBy(name string, made request) answer {
	c.t.Helper()
	c.requireEach(name, made)
	method, path, body := made()
	c.taken() // what made has done
	return c.finish(name, method, path, body)
}

// finish makes the request and adds it to the table.
func (c *client) finish(name, method, path, body string) answer {
	c.t.Helper()
	c.learnNames()
	got := c.call(method, path, body)
	c.learnNames()
	if got.status == http.StatusInternalServerError {
		c.t.Fatalf("%s: got 500: %s", name, tail(c.log.String()))
	}
	events, recorded := c.taken()
	one := row{name: name, method: method, pattern: c.pattern, status: got.status, events: events}
	for _, e := range events {
		one.lines = append(one.lines, c.line(e))
		if e.UserAgent != agent || e.RequestID != requestID || e.IP == "" || len(e.ID) != 36 || e.At.IsZero() {
			c.t.Errorf("%s: got the client %s, %s, %s, ID %s at %v", name, e.IP, e.UserAgent, e.RequestID, e.ID, e.At)
		}
		wasRecorded := slices.ContainsFunc(recorded, func(r user.Event) bool { return r.ID == e.ID && r.Kind == e.Kind })
		if e.Outcome == user.OutcomeOK && c.auth.Manager().Requires(e.Kind) && !wasRecorded {
			c.t.Errorf("%s: %s took effect and was not recorded before", name, e.Kind)
		}
	}
	if slices.ContainsFunc(c.table, func(r row) bool { return r.name == name }) {
		c.t.Errorf("two steps are called %q", name)
	}
	c.table = append(c.table, one)
	return got
}

// down makes a request while no store answers.
func (c *client) down(name, method, path, body string) answer {
	c.t.Helper()
	c.taken()
	c.store.Plan(func(context.Context, usertest.Call) usertest.Fault { return usertest.FailBefore })
	defer c.store.Plan(nil)
	return c.finish(name, method, path, body)
}

// untilLimited repeats a request from one source until it is too much, and adds that.
func (w *world) untilLimited(name string, c *client, method, path, body string) {
	w.t.Helper()
	w.untilLimitedBy(name, c, func() (string, string, string) { return method, path, body })
}

func (w *world) untilLimitedBy(name string, c *client, made request) {
	w.t.Helper()
	c.source = fmt.Sprintf("198.51.100.%d", len(w.table)%250)
	defer func() { c.source = "" }()
	for range 10 {
		method, path, body := made()
		if got := c.call(method, path, body); got.status == http.StatusTooManyRequests {
			w.taken()
			c.finish(name, method, path, body)
			return
		}
	}
	w.t.Errorf("%s: the limit was not reached", name)
}

// person makes a user whose name is that of the address.
func (w *world) person(name string, change ...func(*user.Registration)) *user.User {
	w.t.Helper()
	r := user.Registration{Email: name + "@camelot.bt", IsVerified: true}
	for _, c := range change {
		c(&r)
	}
	u, err := w.auth.Manager().Create(w.t.Context(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.taken()
	return u
}

func withPassword(r *user.Registration) { r.Password = password }
func superuser(r *user.Registration)    { r.IsSuperuser = true }
func unverified(r *user.Registration)   { r.IsVerified = false }

// enter logs in by the application's own way.
func (c *client) enter(backend, name string) *client {
	c.t.Helper()
	if got := c.call("POST", "/enter/"+backend+"?email="+name+"@camelot.bt", ""); got.status != 200 {
		c.t.Fatalf("enter as %s: got %d %s", name, got.status, got.body)
	}
	if backend == "cookie" {
		c.token = "" // it is in the cookie
	}
	c.taken()
	return c
}

// logIn logs in by password and returns how far that went.
func (c *client) logIn(backend, name string) answer {
	c.t.Helper()
	got := c.call("POST", "/auth/"+backend+"/login", `{"username":"`+name+`@camelot.bt","password":"`+password+`"}`)
	c.taken()
	return got
}

// people returns all users.
func (w *world) people() []*user.User {
	w.t.Helper()
	page, err := w.memory.List(context.Background(), user.ListQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Users
}

// learnNames gives each new user the name of the address, without the number that those of
// a step have which is made several times.
func (w *world) learnNames() {
	for _, u := range w.people() {
		if w.names[u.ID] == "" {
			name, _, _ := strings.Cut(u.Email, "@")
			w.names[u.ID] = strings.TrimRight(name, "0123456789")
		}
	}
}

// line is what the table has of an event.
func (w *world) line(e user.Event) string {
	text := string(e.Kind) + " " + string(e.Outcome)
	add := func(label, value string) {
		if value != "" {
			text += " " + label + "=" + value
		}
	}
	name := func(id user.ID) string {
		if id != "" && w.names[id] == "" {
			return "somebody"
		}
		return w.names[id]
	}
	yes := func(is bool) string {
		if is {
			return "yes"
		}
		return ""
	}
	add("code", strings.ReplaceAll(e.Code, " ", "-"))
	add("user", name(e.User))
	add("actor", name(e.Actor))
	add("email", e.Email)
	add("backend", e.Backend)
	var methods []string
	for _, m := range e.Methods {
		methods = append(methods, string(m))
	}
	add("methods", strings.Join(methods, ","))
	add("session", yes(e.Session != ""))
	add("fields", strings.Join(e.Fields, ","))
	for _, key := range []string{"reason", "until", "route", "provider", "left", "scopes"} {
		add(key, e.Note[key])
	}
	add("credential", yes(e.Note["credential"] != ""))
	if len(e.After) > 0 {
		add("change", fmt.Sprint(e.Before, e.After))
	}
	return text
}

// tail is the end of a text.
func tail(text string) string { return text[max(0, len(text)-3000):] }
