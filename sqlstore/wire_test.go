package sqlstore_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/pgtest"
	"github.com/ginauth/ginauth/internal/test/wirefault"
	"github.com/ginauth/ginauth/user"
)

// wired is an application whose PostgreSQL is behind a proxy.
type wired struct {
	*app
	proxy *wirefault.Proxy
	db    *sql.DB
}

func startWired(t *testing.T) *wired {
	t.Helper()
	server := pgtest.URL(t)
	through, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := wirefault.Postgres(t, through.Host)
	through.Host = proxy.Addr()
	schema := fmt.Sprintf("wired_%d_%d", os.Getpid(), schemas.Add(1))
	admin := connect(t, "pgx", server)
	mustExec(t, admin, `CREATE SCHEMA `+schema)
	pgtest.AtEnd(func() { dropSchema(server, schema) })
	// Statements go by themselves, so that the proxy sees what they are.
	db := connect(t, "pgx", pgtest.InSchema(through.String(), schema)+"&default_query_exec_mode=exec")
	t.Cleanup(func() { proxy.Set(nil); proxy.Mend() })
	return &wired{app: serve(t, openIn[struct{}](t, db)), proxy: proxy, db: db}
}

func (w *wired) heal() {
	w.proxy.Set(nil)
	w.proxy.Mend()
}

// wireFaults are what a network or a dying server does to everything. Where it is not
// silent, requests are given less time than the library gives them.
var wireFaults = []struct {
	name   string
	begin  func(*wirefault.Proxy)
	within time.Duration
}{
	{"silent", func(p *wirefault.Proxy) { p.Set(wirefault.Always(wirefault.Silent)) }, 0},
	{"cut", (*wirefault.Proxy).Cut, time.Second},
	{"lost answers", func(p *wirefault.Proxy) { p.Set(wirefault.Always(wirefault.Lose)) }, time.Second},
	{"half answers", func(p *wirefault.Proxy) { p.Set(wirefault.Always(wirefault.Half)) }, time.Second},
	{"slow", func(p *wirefault.Proxy) { p.Set(wirefault.Delayed(time.Minute)) }, time.Second},
}

// F02, F03: with PostgreSQL behind a broken wire every route answers 503, never that there
// is no such user, nor a success; all is well when the wire is, and nothing is left. It is
// not parallel, as it counts the process's goroutines.
func TestWireDown(t *testing.T) {
	pgtest.URL(t)
	before := runtime.NumGoroutine()
	var proxy *wirefault.Proxy
	t.Run("", func(t *testing.T) {
		w := startWired(t)
		proxy = w.proxy
		const arthur = "arthur@camelot.bt"
		token := w.member(t, arthur)
		for _, fault := range wireFaults {
			fault.begin(w.proxy)
			var asked sync.WaitGroup
			for _, route := range [][3]string{
				{"POST", "/auth/register", registration("mordred@camelot.bt")},
				{"POST", "/auth/login", login(arthur, guinevere)},
				{"POST", "/auth/login", login("mordred@camelot.bt", guinevere)},
				{"POST", "/auth/logout", ""},
				{"GET", "/users/me", ""},
				{"PATCH", "/users/me", `{"password":"` + viviane + `"}`},
				{"GET", "/users/00000001-0000-4000-8000-000000000000", ""},
			} {
				asked.Go(func() {
					got := w.send(t, fault.within, route[0], route[1], token, route[2])
					if got.status != 503 {
						t.Errorf("%s: %s %s: got %d %s, want 503", fault.name, route[0], route[1], got.status, got.body)
					}
				})
			}
			asked.Wait()
			w.heal()
			w.wants(t, 200, "GET", "/users/me", token, "")
			w.logIn(t, arthur, guinevere)
		}
	})
	if proxy == nil {
		return
	}
	const others = 5 // of the runtime and of database/sql, which come and go
	late := time.After(time.Minute)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for runtime.NumGoroutine() > before+others || proxy.Conns() > 0 {
		select {
		case <-again.C:
		case <-late:
			var stacks bytes.Buffer
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("got %d goroutines and %d connections, want %d and none:\n%s", runtime.NumGoroutine(), proxy.Conns(), before, &stacks)
		}
	}
}

// attempt is a request of which one exchange with the server fails.
type attempt struct {
	name string
	// ready returns the request, for a user with this address, and a check that it was
	// done, which holds for no user to whom it was not.
	ready func(t *testing.T, w *wired, address string) (method, path, token, body string, done func() bool)
	// success is the status of what was done.
	success int
	// again is the refusal that a second request may get because the first was done.
	again int
}

var attempts = []attempt{
	{"register", func(t *testing.T, w *wired, address string) (_, _, _, _ string, done func() bool) {
		return "POST", "/auth/register", "", registration(address), func() bool { return w.knows(t, address, guinevere) }
	}, 201, 400},
	{"login", func(t *testing.T, w *wired, address string) (_, _, _, _ string, done func() bool) {
		w.wants(t, 201, "POST", "/auth/register", "", registration(address))
		return "POST", "/auth/login", "", login(address, guinevere), func() bool { return true }
	}, 200, 0},
	{"logout", func(t *testing.T, w *wired, address string) (_, _, _, _ string, done func() bool) {
		token := w.member(t, address)
		return "POST", "/auth/logout", token, "", func() bool { return w.send(t, 0, "GET", "/users/me", token, "").status == 401 }
	}, 200, 401},
	{"change the password", func(t *testing.T, w *wired, address string) (_, _, _, _ string, done func() bool) {
		token := w.member(t, address)
		return "PATCH", "/users/me", token, `{"password":"` + viviane + `"}`, func() bool { return w.knows(t, address, viviane) && !w.knows(t, address, guinevere) }
	}, 200, 0},
	{"reset", func(t *testing.T, w *wired, address string) (_, _, _, _ string, done func() bool) {
		w.wants(t, 201, "POST", "/auth/register", "", registration(address))
		token := w.mail(t, user.MailReset, "/auth/forgot-password", address)
		return "POST", "/auth/reset-password", "", `{"token":"` + token + `","password":"` + viviane + `"}`, func() bool { return w.knows(t, address, viviane) && !w.knows(t, address, guinevere) }
	}, 200, 400},
	{"verify", func(t *testing.T, w *wired, address string) (_, _, _, _ string, done func() bool) {
		bearer := w.member(t, address)
		token := w.mail(t, user.MailVerify, "/auth/request-verify-token", address)
		return "POST", "/auth/verify", "", `{"token":"` + token + `"}`, func() bool {
			return strings.Contains(w.send(t, 0, "GET", "/users/me", bearer, "").body, `"is_verified":true`)
		}
	}, 200, 400},
}

// knows reports whether a password logs in.
func (w *wired) knows(t *testing.T, address, password string) bool {
	t.Helper()
	return w.send(t, 0, "POST", "/auth/login", "", login(address, password)).status == 200
}

// mail asks for a token and returns it once it was mailed.
func (w *wired) mail(t *testing.T, kind user.MailKind, path, address string) string {
	t.Helper()
	w.wants(t, 202, "POST", path, "", `{"email":"`+address+`"}`)
	return <-w.mailed[kind]
}

// F05, F07: one exchange with the server does not arrive, or its answer does not. What is
// answered as done is done, and what is answered 503 is done or not; a second request does
// it, or is refused because it was done.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	pgtest.URL(t)
	for _, fault := range []struct {
		name  string
		fault wirefault.Fault
	}{{"lost request", wirefault.Refuse}, {"lost answer", wirefault.Lose}} {
		for _, a := range attempts {
			t.Run(a.name+", "+fault.name, func(t *testing.T) {
				t.Parallel()
				w := startWired(t)
				for n := 1; ; n++ {
					method, path, token, body, done := a.ready(t, w, fmt.Sprint(n, "@camelot.bt"))
					rule, hit := wirefault.At(n, fault.fault, func(e wirefault.Exchange) bool { return !e.IsHello() })
					w.proxy.Set(rule)
					first := w.send(t, 0, method, path, token, body)
					w.proxy.Set(nil)
					if first.status != a.success && first.status != 503 {
						t.Errorf("exchange %d: got %d %s, want %d or 503", n, first.status, first.body, a.success)
					}
					if first.status == a.success && !done() {
						t.Errorf("exchange %d: it is not done, although that was answered", n)
					}
					if first.status == 503 {
						if second := w.send(t, 0, method, path, token, body); second.status != a.success && (second.status != a.again || !done()) {
							t.Errorf("exchange %d, again: got %d %s, want %d, or %d where it is done", n, second.status, second.body, a.success, a.again)
						}
						if !done() {
							t.Errorf("exchange %d, again: it is not done", n)
						}
					}
					if !hit() {
						if n < 2 {
							t.Error("the request does not contact the server")
						}
						return
					}
				}
			})
		}
	}
}
