//go:build unix

package crash

import (
	"flag"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/wirefault"
)

// step is one operation during which the process is killed.
type step struct {
	name string
	// ready prepares a user, and returns the operation and the check for when it was
	// answered with success or an ordinary refusal.
	ready func(t *testing.T, p *process, n int) (try func() (answer, error), done func(t *testing.T))
	// answers are the statuses of a success, and of the refusal of what was done before.
	answers []int
}

var steps = []step{
	{"register", registerStep, []int{201, 400}},
	{"verify", verifyStep, []int{200, 400}},
	{"reset", resetStep, []int{200, 400}},
	{"change password", passwordStep, []int{200}},
	{"deactivate", deactivateStep, []int{200}},
	{"delete", deleteStep, []int{204, 404}},
	{"first sign-in with a provider", providerStep, []int{200}},
}

var onlyStep = flag.String("step", "", "the only operation of TestKillAtEveryWrite, such as verify; all if empty")

// chosenSteps are the steps that are asked for.
func chosenSteps() []step {
	if *onlyStep == "" {
		return steps
	}
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return s.name != *onlyStep })
}

// TestKillAtEveryWrite: F20, F21, F22, F24, F29. The process is killed before the first
// write of each operation, and after each of them. What it leaves is the state
// before or the state after: a second try does it, or is refused because it was done.
func TestKillAtEveryWrite(t *testing.T) {
	t.Parallel()
	chosen := chosenSteps()
	if len(chosen) == 0 {
		t.Fatalf("there is no step %q", *onlyStep)
	}
	proxy := wirefault.Mongo(t, mongotest.Host(t))
	uri, err := url.Parse(mongotest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	uri.Host, uri.Path, uri.RawQuery = proxy.Addr(), "/"+mongotest.Database(t).Name(), "directConnection=true"
	p := launch(t, "", "MONGODB_URI="+uri.String())
	killed := 0
	for _, s := range chosen {
		for n := 0; killAt(t, p, proxy, s, n); n++ {
			killed++
		}
	}
	t.Logf("the process was killed %d times", killed)
	if killed < 2*len(chosen) {
		t.Errorf("the process was killed %d times, want at least twice in each operation", killed)
	}
}

// killAt kills the process after the write number n of a step, before the first one
// for n = 0, and reports whether there was one.
func killAt(t *testing.T, p *process, proxy *wirefault.Proxy, s step, n int) bool {
	t.Helper()
	try, done := s.ready(t, p, n)
	var writes atomic.Int64
	proxy.Set(func(e wirefault.Exchange) wirefault.Verdict {
		switch {
		case !isWrite(e) || writes.Add(1) != int64(max(n, 1)):
			return wirefault.Verdict{}
		case n == 0:
			p.kill()
			return wirefault.Verdict{Fault: wirefault.Refuse}
		}
		return wirefault.Verdict{Fault: wirefault.Lose, Answered: p.kill}
	})
	a, err := try()
	reached := writes.Load() >= int64(max(n, 1))
	what := fmt.Sprintf("%s, killed after write %d", s.name, n)
	if reached {
		<-p.ended
	}
	proxy.Set(nil)
	switch {
	case !reached && (err != nil || a.status != s.answers[0]):
		t.Errorf("%s, not killed: got %d %s, %v, want %d", s.name, a.status, a.body, err, s.answers[0])
	case reached && err == nil && a.status != s.answers[0]:
		t.Errorf("%s: got %d %s, want %d or no answer", what, a.status, a.body, s.answers[0])
	}
	if reached {
		p.start()
		a, err = try()
		if err != nil || !slices.Contains(s.answers, a.status) {
			t.Errorf("%s: the second try got %d %s, %v, want one of %v", what, a.status, a.body, err, s.answers)
		}
	}
	done(t)
	return reached
}

func isWrite(e wirefault.Exchange) bool {
	switch e.Command {
	case "insert", "update", "delete", "findAndModify":
		return true
	}
	return false
}

func registerStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email, c := unique("register", n), newClient(p)
	try := func() (answer, error) {
		return c.try(t.Context(), "POST", "/auth/register", credentials("email", email, password))
	}
	return try, func(t *testing.T) {
		c.want(t, 202, "POST", "/auth/request-verify-token", `{"email":"`+email+`"}`)
		c.want(t, 200, "POST", "/auth/verify", `{"token":"`+c.mail(t, "verify", email)+`"}`)
		c.want(t, 202, "POST", "/auth/forgot-password", `{"email":"`+email+`"}`)
		c.want(t, 200, "POST", "/auth/reset-password", credentials("token", c.mail(t, "reset", email), otherPassword))
		c.logIn(t, "jwt", email, otherPassword).me(t)
	}
}

func verifyStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email, c := unique("verify", n), newClient(p)
	c.register(t, email)
	c.want(t, 202, "POST", "/auth/request-verify-token", `{"email":"`+email+`"}`)
	token := c.mail(t, "verify", email)
	try := func() (answer, error) { return c.try(t.Context(), "POST", "/auth/verify", `{"token":"`+token+`"}`) }
	return try, func(t *testing.T) { c.logIn(t, "verified", email, password).me(t) }
}

// resetStep also has sessions of before, which must be dead when the new password is there.
func resetStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email, c := unique("reset", n), newClient(p)
	c.register(t, email)
	old := []*client{newClient(p).logIn(t, "jwt", email, password), newClient(p).logIn(t, "cookie", email, password)}
	c.want(t, 202, "POST", "/auth/forgot-password", `{"email":"`+email+`"}`)
	token := c.mail(t, "reset", email)
	try := func() (answer, error) {
		return c.try(t.Context(), "POST", "/auth/reset-password", credentials("token", token, otherPassword))
	}
	return try, func(t *testing.T) {
		for _, o := range old {
			o.want(t, 401, "GET", "/users/me", "")
		}
		c.want(t, 400, "POST", "/auth/jwt/login", credentials("username", email, password))
		c.logIn(t, "jwt", email, otherPassword).me(t)
	}
}

func passwordStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email, c := unique("password", n), newClient(p)
	c.register(t, email)
	other := newClient(p).logIn(t, "cookie", email, password)
	c.logIn(t, "cookie", email, password)
	try := func() (answer, error) {
		return c.try(t.Context(), "PATCH", "/users/me", `{"password":"`+otherPassword+`"}`)
	}
	return try, func(t *testing.T) {
		c.me(t)
		other.want(t, 401, "GET", "/users/me", "")
		newClient(p).logIn(t, "jwt", email, otherPassword).me(t)
	}
}

func deactivateStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email, c := unique("deactivate", n), newClient(p)
	c.register(t, email)
	path := "/users/" + c.logIn(t, "cookie", email, password).me(t)
	admin := superuser(t, p)
	try := func() (answer, error) { return admin.try(t.Context(), "PATCH", path, `{"is_active":false}`) }
	return try, func(t *testing.T) { c.want(t, 401, "GET", "/users/me", "") }
}

func deleteStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email, c := unique("delete", n), newClient(p)
	c.register(t, email)
	path := "/users/" + c.logIn(t, "cookie", email, password).me(t)
	admin := superuser(t, p)
	try := func() (answer, error) { return admin.try(t.Context(), "DELETE", path, "") }
	return try, func(t *testing.T) {
		c.want(t, 401, "GET", "/users/me", "")
		admin.want(t, 404, "GET", path, "")
		again := newClient(p)
		again.register(t, email) // the address is free
		again.logIn(t, "cookie", email, password).me(t)
	}
}

var signInForm = regexp.MustCompile(`<form method="post" action="([^"]+)">`)

// providerStep signs in again at every try: a provider's code can be used once.
func providerStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email := unique("provider", n)
	var c *client
	try := func() (answer, error) {
		c = newClient(p)
		a, err := c.try(t.Context(), "GET", signInAtProvider(t, c, email), "")
		c.keepToken(a)
		return a, err
	}
	return try, func(t *testing.T) {
		c.me(t)
		if found := superuser(t, p).emails(t, email); len(found) != 1 || found[email] != 1 {
			t.Errorf("got the users %v, want one", found)
		}
	}
}

// signInAtProvider returns where the demonstration's provider sends the browser back.
func signInAtProvider(t *testing.T, c *client, email string) (callback string) {
	t.Helper()
	begun := c.want(t, 200, "GET", "/auth/demo/authorize", "")
	found := regexp.MustCompile(`"authorization_url":"([^"]+)"`).FindStringSubmatch(begun.body)
	if found == nil {
		t.Fatalf("authorize: got %s", begun.body)
	}
	page := c.want(t, 302, "GET", found[1], "").header.Get("Location")
	form := signInForm.FindStringSubmatch(c.want(t, 200, "GET", page, "").body)
	if form == nil {
		t.Fatal("the provider's page has no form")
	}
	identity := url.Values{"email": {email}, "sub": {email}}.Encode()
	return c.want(t, 303, "POST", html.UnescapeString(form[1]), identity).header.Get("Location")
}
