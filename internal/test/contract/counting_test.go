package contract

import (
	"context"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
)

// hashMemory is what one Argon2id hash takes: 19456 KiB. Nothing else in a server
// at rest takes nearly as much, so memory tells how many were computed.
const hashMemory = 19456 * 1024

// work is what the application did before it answered.
type work struct {
	answer string
	hashes int
	mails  int
	store  map[string]int
}

// TestIndistinguishable checks that nobody can tell, from the answer or from the
// work done for it, whether an address is known, active or verified. It is not
// parallel: the memory that others take would be counted as hashes.
func TestIndistinguishable(t *testing.T) { //nolint:paralleltest // see above
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	for _, store := range stores {
		for _, wire := range []wire{v9, v15} {
			t.Run(store.name+" "+wire.String(), func(t *testing.T) {
				testIndistinguishable(t, variant{name: store.name, wire: wire, open: store.open})
			})
		}
	}
}

func testIndistinguishable(t *testing.T, v variant) {
	mails := &heldMails{}
	w := start(t, v, design{config: func(c *ginauth.Config) {
		c.Limits = limits.Config{Store: limits.NewMemory()} // as everybody has them
		c.Hooks.AfterForgotPassword, c.Hooks.AfterRequestVerify = mails.hook("reset"), mails.hook("verify")
	}})
	people := w.everySort(t)
	routes := []struct {
		name, path, before, after string
		mailed                    []string
		want                      work
	}{
		{
			name: "forgot-password", path: "/auth/forgot-password", before: `{"email":"`, after: `"}`,
			mailed: []string{"reset active", "reset no password", "reset superuser", "reset unreadable hash", "reset verified"},
			want:   work{answer: "202 null", store: map[string]int{"ByEmail": 1}},
		},
		{
			name: "request-verify-token", path: "/auth/request-verify-token", before: `{"email":"`, after: `"}`,
			mailed: []string{"verify active", "verify no password", "verify unreadable hash"},
			want:   work{answer: "202 null", store: map[string]int{"ByEmail": 1}},
		},
		{
			name: "login", path: "/auth/cookie/login", before: `{"username":"`, after: `","password":"lady-of-the-lake"}`,
			want: work{answer: "400 " + badCredentials, hashes: 1, store: map[string]int{"ByEmail": 1}},
		},
		{
			name: "login where verification is required", path: "/auth/verified/login", before: `{"username":"`, after: `","password":"lady-of-the-lake"}`,
			want: work{answer: "400 " + badCredentials, hashes: 1, store: map[string]int{"ByEmail": 1}},
		},
		{
			name: "login with an overlong password", path: "/auth/jwt/login", before: `{"username":"`, after: `","password":"` + overlong + `"}`,
			want: work{answer: "400 " + badCredentials, store: map[string]int{}},
		},
	}
	for _, r := range routes {
		var first http.Header
		mails.hold()
		for _, name := range slices.Sorted(maps.Keys(people)) {
			got, header := w.measure(t, mails, r.path, r.before+people[name]+r.after)
			if got.answer != r.want.answer || got.hashes != r.want.hashes || got.mails != 0 || !maps.Equal(got.store, r.want.store) {
				t.Errorf("%s, %s:\n got %+v\nwant %+v", r.name, name, got, r.want)
			}
			if first == nil {
				first = header
			}
			if !maps.EqualFunc(header, first, slices.Equal) {
				t.Errorf("%s, %s: got the headers %v, want %v as for others", r.name, name, header, first)
			}
		}
		mails.release()
		mails.want(t, r.name, people, r.mailed)
	}
	// The one answer that differs takes the right password, and still the same work.
	got, _ := w.measure(t, mails, "/auth/jwt/login", `{"username":"`+people["inactive"]+`","password":"guinevere"}`)
	if got.answer != "400 "+badCredentials || got.hashes != 1 || !maps.Equal(got.store, map[string]int{"ByEmail": 1}) {
		t.Errorf("inactive, right password: got %+v, want a wrong password's answer and work", got)
	}
}

// everySort returns addresses of every sort of people, by sort.
func (w *world) everySort(t testing.TB) map[string]string {
	t.Helper()
	yes, no, empty, unreadable := true, false, "", "md5$0123456789abcdef"
	changes := map[string]*user.Update{
		"active":                {},
		"verified":              {IsVerified: &yes},
		"inactive":              {IsActive: &no},
		"inactive and verified": {IsActive: &no, IsVerified: &yes},
		"superuser":             {IsSuperuser: &yes, IsVerified: &yes},
		"no password":           {HashedPassword: &empty},
		"unreadable hash":       {HashedPassword: &unreadable},
	}
	people := map[string]string{"unknown": address(), "unknown, long": "x" + unique() + address()}
	for name, update := range changes {
		p := w.register(t)
		people[name] = p.email
		w.in.change(t, p, *update)
	}
	return people
}

// measure sends a request and returns what was done before its answer.
func (w *world) measure(t testing.TB, mails *heldMails, path, body string) (work, http.Header) {
	t.Helper()
	c := w.client()
	w.in.store.taken()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := c.post(t, path, body)
	runtime.ReadMemStats(&after)
	done := work{
		answer: strconv.Itoa(a.status) + " " + a.body,
		hashes: int((after.TotalAlloc - before.TotalAlloc) / hashMemory),
		mails:  mails.done(),
		store:  w.in.store.taken(),
	}
	a.header.Del("Date")
	return done, a.header
}

// heldMails are mail hooks that do not end before all requests are answered: an
// answer that waited for one would never come.
type heldMails struct {
	recorder
	held chan struct{}
}

func (m *heldMails) hold() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = make(chan struct{})
}

func (m *heldMails) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.held)
}

func (m *heldMails) done() int { return len(m.list()) }

func (m *heldMails) hook(kind string) func(context.Context, *user.User, string) error {
	return func(_ context.Context, u *user.User, _ string) error {
		m.mu.Lock()
		held := m.held
		m.mu.Unlock()
		<-held
		m.add(kind + " " + u.Email)
		return nil
	}
}

// want waits for so many mails and wants them to go to these sorts of people.
func (m *heldMails) want(t testing.TB, route string, people map[string]string, mailed []string) {
	t.Helper()
	m.wait(len(mailed))
	got := m.list()
	for i, mail := range got {
		for name, email := range people {
			if kind, ok := strings.CutSuffix(mail, " "+email); ok {
				got[i] = kind + " " + name
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, mailed) {
		t.Errorf("%s: got the mails %q, want %q", route, got, mailed)
	}
	m.clear()
}
