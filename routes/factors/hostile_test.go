package factors_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// hostile are the attacks on second factors, and the tests that fail if one works. Tests
// of other packages are named with their directory.
var hostile = []struct{ attack, tests string }{
	{"a way in that goes past the factor", "TestEveryWayInStops ../oauth/TestProviderStopsAtFactor ../../internal/test/supply/TestGateWithoutFactorStep"},
	{"the right password and five codes, for ever", "TestGuessesAreLimited"},
	{"one code for two logins", "TestOneCodeAtManyTokens TestCodeCountsOnce"},
	{"the confirming code for the first login", "TestEnrolment"},
	{"a login under way while the factor is set up", "TestEnrolmentAgainstLogin TestEnrolmentEndsOtherTokens"},
	{"a stolen cookie that becomes fresh when its owner steps up", "TestStepUp"},
	{"a stolen cookie and a known password remove the factor", "TestStepUp TestRecoveryCodes"},
	{"a stolen session sets a factor up", "TestStepUp TestEventsAndNotices"},
	{"a stranger sets a factor up on another's address", "TestFactorOfAStranger TestFailuresOfAStranger TestAppsOfAStrangerTakeNoRoom"},
	{"lost credentials are taken for no factor", "TestFlagWithoutFactorRefuses TestLostKey"},
	{"a trusted browser of another user, or of before a reset", "TestTrustEnds"},
	{"a login token as another token, or elsewhere", "TestLoginTokenIsNoToken TestEveryWayInStops"},
	{"an instance without the room beside one with it", "TestInstanceWithoutTheRoom"},
	{"a stolen session moves the account to an address of the thief", "TestNewAddressNeedsTheFactor ../maillogin/TestNewAddressKeepsTheSecondFactor"},
	{"records without number", "TestDevicesAreFew TestKeysAreFew"},
	{"a hook or a sink that fails in the gate", "TestHooksFailClosed"},
}

func TestHostileCatalogue(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]bool{} // tests by directory
	for _, row := range hostile {
		for _, test := range strings.Fields(row.tests) {
			dir, name := filepath.Split(test)
			if known[dir] == nil {
				known[dir] = testsIn(t, filepath.Join(".", dir))
			}
			if !known[dir][name] {
				t.Errorf("%s: there is no test %s", row.attack, test)
			}
		}
	}
}

func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: got %d files, %v", dir, len(files), err)
	}
	names := map[string]bool{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}

// Of all tokens of a user only the one that sets the factor up goes on, JWTs too.
func TestEnrolmentEndsOtherTokens(t *testing.T) {
	t.Parallel()
	for _, enrolling := range allBackends {
		w := newWorld(t)
		var others []*client
		for _, b := range allBackends {
			others = append(others, w.client(b.Name).enter(arthur))
		}
		own := w.client(enrolling.Name).enter(arthur)
		own.enrol("Phone")
		if got := own.call("GET", "/active", ""); got.status != 200 {
			t.Errorf("set up by %s: its own token: got %d %s, want 200", enrolling.Name, got.status, got.body)
		}
		for _, other := range others {
			want(t, "set up by "+enrolling.Name+": a token of "+other.backend, other.call("GET", "/active", ""), 401, unauthorized)
		}
	}
}

// Who registered another's address keeps no factor on it when the owner has proved
// to be that, and the owner is asked for none.
func TestFactorOfAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register(merlin, func(r *user.Registration) { r.IsVerified = false })
	stranger := w.client("cookie").enter(merlin)
	k := stranger.enrol("Phone")
	w.resetPassword(merlin, "excalibur")
	want(t, "the stranger", stranger.call("GET", "/active", ""), 401, unauthorized)
	owner := w.client("cookie")
	want(t, "the owner", owner.call("POST", "/auth/cookie/login", `{"username":"`+merlin+`","password":"excalibur"}`), 200, "null")
	if got := owner.call("GET", "/users/me/factors", ""); strings.Contains(got.body, k.ID) {
		t.Errorf("the owner has the stranger's factor: %s", got.body)
	}
}

// Nothing of a stranger takes the room of the owner's apps, also where what the stranger has
// left could not be tidied away.
func TestAppsOfAStrangerTakeNoRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register(merlin, func(r *user.Registration) { r.IsVerified = false })
	first := w.client("cookie").enter(merlin).enrol("1")
	stranger := w.client("cookie").full(merlin, first)
	for _, name := range []string{"2", "3", "4", "5"} {
		stranger.enrol(name)
	}
	w.Store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
		if c.Method == "CredentialsOf" {
			return usertest.FailBefore
		}
		return usertest.NoFault
	})
	w.resetPassword(merlin, "excalibur")
	w.Store.Plan(nil)
	owner := w.client("cookie").enter(merlin)
	for _, name := range []string{"1", "2"} {
		k := owner.enrol(name)
		owner = w.client("cookie").full(merlin, k)
	}
	if got := owner.call("GET", "/users/me/factors", ""); strings.Count(got.body, `"type":"totp"`) != 2 {
		t.Errorf("the owner has the factors %s, want two apps", got.body)
	}
}

// The wrong codes of a stranger are not counted against the app of the owner.
func TestFailuresOfAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register(merlin, func(r *user.Registration) { r.IsVerified = false })
	w.client("cookie").enter(merlin).enrol("Phone")
	for range 5 {
		stranger := w.client("jwt")
		want(t, "a wrong code", stranger.answer(stranger.half(merlin), "totp", "0"), 400, badFactor)
	}
	stranger := w.client("jwt")
	if got := stranger.answer(stranger.half(merlin), "totp", "0"); got.status != 429 {
		t.Fatalf("the sixth: got %d %s, want 429", got.status, got.body)
	}
	w.resetPassword(merlin, "excalibur")
	owner := w.client("jwt").enter(merlin)
	k := owner.begin("Phone")
	if got := owner.confirm(k, w.at(k, -1)); got.status != 200 {
		t.Fatalf("confirm: got %d %s", got.status, got.body)
	}
	owner = w.client("jwt")
	if got := owner.answer(owner.half(merlin), "totp", w.at(k, 0)); got.status != 200 {
		t.Errorf("the owner: got %d %s, want to be logged in", got.status, got.body)
	}
}

// A new address is unverified, and an unverified account is given to who reads its mail,
// without factors. So a session alone moves no account that has one.
func TestNewAddressNeedsTheFactor(t *testing.T) {
	t.Parallel()
	for _, backend := range []string{"jwt", "cookie"} {
		w := newWorld(t)
		c := w.client(backend).enter(arthur)
		k := c.enrol("Phone")
		want(t, "with the password alone", c.call("PATCH", "/users/me", `{"email":"mordred@camelot.bt"}`), 403, `{"detail":"FACTOR_REQUIRED"}`)
		c = w.client(backend).full(arthur, k)
		w.Wait(11 * time.Minute)
		stale := c.call("PATCH", "/users/me", `{"email":"mordred@camelot.bt"}`)
		want(t, "a new address", stale, 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
		if got := stale.header.Get("WWW-Authenticate"); got != `Bearer error="insufficient_user_authentication", max_age=600` {
			t.Errorf("got the challenge %q", got)
		}
		for _, body := range []string{`{"email":"arthur@CAMELOT.bt"}`, `{"email":null}`, `{"password":"excalibur"}`} {
			if got := c.call("PATCH", "/users/me", body); got.status != 200 || !strings.Contains(got.body, `"`+arthur+`"`) {
				t.Errorf("%s: got %d %s, want 200", body, got.status, got.body)
			}
		}
		if got := c.call("POST", "/auth/"+backend+"/reauthenticate", `{"factor":"totp","code":"`+w.at(k, 0)+`"}`); got.status != 200 {
			t.Fatalf("reauthenticate: got %d %s", got.status, got.body)
		}
		if got := c.call("PATCH", "/users/me", `{"email":"rex@camelot.bt"}`); got.status != 200 || !strings.Contains(got.body, `"rex@camelot.bt"`) {
			t.Errorf("with the factor: got %d %s, want 200", got.status, got.body)
		}
	}
}

// The token of a half-done login is no other token.
func TestLoginTokenIsNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client("jwt").enter(arthur).enrol("Phone")
	for _, b := range []string{"jwt", "stored"} {
		login := w.client(b).half(arthur)
		bearer := w.client(b)
		bearer.token = login
		want(t, b+": as a bearer token", bearer.call("GET", "/active", ""), 401, unauthorized)
		for _, name := range []string{"ginauth", "badge"} {
			c := w.client("cookie")
			c.cookies[name] = login
			want(t, b+": as the cookie "+name, c.call("GET", "/active", ""), 401, unauthorized)
		}
		browser := w.client("cookie")
		browser.cookies["ginauth_factor"] = login
		want(t, b+": in a browser", browser.call("GET", "/auth/cookie/login/factor", ""), 400, badToken)
	}
	browser := w.client("cookie")
	browser.half(arthur)
	browser.cookies["ginauth"] = browser.cookies["ginauth_factor"]
	want(t, "the browser's in the place of its session", browser.call("GET", "/active", ""), 401, unauthorized)
}

// An instance that has not attached the room lets no user in by the password alone
// who has set a factor up at one that has.
func TestInstanceWithoutTheRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client("jwt").enter(arthur).enrol("Phone")
	before := len(w.tokens(arthur))
	w.without = true
	w.start()
	want(t, "by password", w.client("jwt").password(arthur), 400, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":[]}}`)
	c := w.client("cookie")
	want(t, "by password, in a browser", c.password(arthur), 400, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":[]}}`)
	if now := len(w.tokens(arthur)); now != before {
		t.Errorf("there are %d tokens, want %d", now, before)
	}
}

// What fails in the gate after the second factor lets nobody in.
func TestHooksFailClosed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(c *ginauth.Config)
		status int
	}{
		"BeforeLogin panics": {func(c *ginauth.Config) {
			c.Hooks.BeforeLogin = func(_ context.Context, u *user.User) error {
				if u.SecondFactor {
					panic("the moat is on fire")
				}
				return nil
			}
		}, 500},
		"BeforeLogin fails": {func(c *ginauth.Config) {
			c.Hooks.BeforeLogin = func(_ context.Context, u *user.User) error {
				if u.SecondFactor {
					return errors.New("no connection")
				}
				return nil
			}
		}, 500},
		"a required event is not recorded": {func(c *ginauth.Config) {
			c.RequiredEvents = []user.EventKind{user.EventLogin}
			full := false
			c.OnRequiredEvent = func(context.Context, user.Event) error {
				if full {
					return errors.New("the disk is full")
				}
				full = true // after the login that sets the factor up
				return nil
			}
		}, 503},
		"a sink panics": {func(c *ginauth.Config) {
			c.OnEvent = func(context.Context, user.Event) { panic("the moat is on fire") }
		}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *ginauth.Config, _ *factors.Config) { test.change(c) })
			k := w.client("stored").enter(arthur).enrol("Phone")
			before := len(w.tokens(arthur))
			c := w.client("cookie")
			got := c.answer(c.half(arthur), "totp", w.at(k, 0))
			issued := len(w.tokens(arthur)) - before
			if got.status != test.status || issued > 0 != (test.status == 200) {
				t.Errorf("got %d %s and %d tokens, want %d", got.status, got.body, issued, test.status)
			}
			if is := c.call("GET", "/active", "").status; is == 200 != (test.status == 200) {
				t.Errorf("afterwards got %d", is)
			}
		})
	}
}
