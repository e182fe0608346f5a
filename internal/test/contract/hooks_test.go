package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// startHooked starts an application whose hooks are all noted.
func startHooked(t testing.TB, v variant, statuses ...int) (*world, *hookLog) {
	t.Helper()
	log := &hookLog{store: newProbe(v.open(t))}
	w := start(t, v, design{store: log.store, statuses: statuses, config: func(c *ginauth.Config) {
		c.Hooks = log.hooks()
		c.AfterLogin = func(c *gin.Context, u *user.User) {
			c.Header("X-Welcome", "Sir")
			_ = log.called(c.Request.Context(), "Config.AfterLogin", log.seen(c, u))
		}
	}})
	return w, log
}

const (
	byNobody = " via  127.0.0.1 Go-http-client/1.1"
	byCookie = " via cookie 127.0.0.1 Go-http-client/1.1"
	byJWT    = " via jwt 127.0.0.1 Go-http-client/1.1"
)

// TestHooks checks which hooks each operation calls, in which order, and what each
// gets and finds in the store. No hook gets a clear password.
func TestHooks(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w, log := startHooked(t, v)
		p := w.signUp(t, address())
		e := p.email
		log.want(t, "register",
			"BeforeRegister "+e+` password=""`+byNobody,
			"AfterRegister "+e+" stored as "+e+" verified=false name=- tokens=0"+byNobody)

		browser := p.signIn(t, "cookie")
		log.want(t, "login",
			"BeforeLogin "+e+" stored as "+e+" verified=false name=- tokens=0"+byCookie,
			"AfterLogin "+e+" stored as "+e+" verified=false name=- tokens=1"+byCookie,
			"Config.AfterLogin "+e+" stored as "+e+" verified=false name=- tokens=1"+byCookie)

		browser.patch(t, "/users/me", `{"first_name":"Wart"}`).mustBe(t, 200)
		log.want(t, "PATCH",
			"BeforeUpdate "+e+" stored as "+e+" verified=false name=- tokens=1 password=true,false"+byCookie,
			"AfterUpdate "+e+" stored as "+e+" verified=false name=Wart tokens=1 [first_name]"+byCookie)
		browser.patch(t, "/users/me", `{"first_name":"Wart","plan":"gold","email":"`+e+`"}`).mustBe(t, 200)
		log.want(t, "PATCH of nothing",
			"BeforeUpdate "+e+" stored as "+e+" verified=false name=Wart tokens=1 password=true,false"+byCookie,
			"AfterUpdate "+e+" stored as "+e+" verified=false name=Wart tokens=1 []"+byCookie)

		w.checkMailHooks(t, log, p)

		// e is verified now. A new address is not.
		n := "new." + e
		browser.logIn(t, "cookie", e, otherPassword).mustBe(t, 200)
		log.clear()
		browser.patch(t, "/users/me", `{"email":"`+n+`","password":"guinevere"}`).mustBe(t, 200)
		log.want(t, "PATCH of address and password",
			"BeforeUpdate "+e+" stored as "+e+" verified=true name=Wart tokens=1 password=true,true"+byCookie,
			"AfterUpdate "+n+" stored as "+n+" verified=false name=Wart tokens=1 [email is_verified password]"+byCookie)

		admin := w.newSuperuser(t, address())
		admin.logIn(t)
		log.clear()
		admin.delete(t, "/users/"+p.id).want(t, 204, "")
		log.want(t, "DELETE",
			"BeforeDelete "+n+" stored as "+n+" verified=false name=Wart tokens=1"+byJWT,
			"AfterDelete "+n+" not stored"+byJWT)
		// Whatever fails, no hook has anything to say to it.
		admin.delete(t, "/users/"+p.id).want(t, 404, notFound)
		w.client().logIn(t, "jwt", n, password).want(t, 400, badCredentials)
		w.client().post(t, "/auth/register", `{"email":"`+n+`","password":"xy"}`).mustBe(t, 400)
		w.client().post(t, "/auth/register", `{"email":"nobody","password":"guinevere"}`).mustBe(t, 422)
		w.client().post(t, "/auth/forgot-password", `{"email":"`+n+`"}`).mustBe(t, 202)
		log.want(t, "nothing")
		// A taken address is found only after BeforeRegister.
		w.client().post(t, "/auth/register", `{"email":"`+admin.email+`","password":"guinevere"}`).mustBe(t, 400)
		log.want(t, "register again", "BeforeRegister "+admin.email+` password=""`+byNobody)
	})
}

// checkMailHooks has verify and reset, each with its mail. Neither calls AfterUpdate.
func (w *world) checkMailHooks(t *testing.T, log *hookLog, p *person) {
	t.Helper()
	e, manager := p.email, w.in.auth.Manager()
	stored, err := log.store.fullStore.ByID(t.Context(), user.ID(p.id))
	if err != nil {
		t.Fatal(err)
	}
	w.client().post(t, "/auth/request-verify-token", `{"email":"`+e+`"}`).want(t, 202, "null")
	log.wait(1)
	log.want(t, "request-verify-token", "AfterRequestVerify "+e+" token=true"+byNobody)
	token, err := manager.VerifyToken(stored)
	if err != nil {
		t.Fatal(err)
	}
	w.client().verify(t, token).mustBe(t, 200)
	log.want(t, "verify", "AfterVerify "+e+" stored as "+e+" verified=true name=Wart tokens=1"+byNobody)
	w.client().verify(t, token).want(t, 400, alreadyVerified)
	log.want(t, "verify again")

	w.client().post(t, "/auth/forgot-password", `{"email":"`+e+`"}`).want(t, 202, "null")
	log.wait(1)
	log.want(t, "forgot-password", "AfterForgotPassword "+e+" token=true"+byNobody)
	if token, err = manager.ResetToken(stored); err != nil {
		t.Fatal(err)
	}
	w.client().reset(t, token, otherPassword).want(t, 200, "null")
	log.want(t, "reset-password", "AfterResetPassword "+e+" stored as "+e+" verified=true name=Wart tokens=0"+byNobody)
}

// TestHookHeaders checks that the one hook with the Gin context may add headers.
func TestHookHeaders(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w, _ := startHooked(t, v)
		p := w.register(t)
		w.client().logIn(t, "cookie", p.email, password).wantHeader(t, "X-Welcome", "Sir")
		w.client().logIn(t, "cookie", p.email, otherPassword).wantHeader(t, "X-Welcome", "")
	})
}

// vetoes are what a Before hook may end with, and what the client then gets.
var vetoes = []struct {
	name   string
	err    error // nil for a panic
	status int
	answer string
}{
	{"code", &user.Refusal{Code: "NOT_ON_MONDAYS"}, 400, code("NOT_ON_MONDAYS")},
	{"code and status", &user.Refusal{Code: "NOT_ON_MONDAYS", Status: 403}, 403, code("NOT_ON_MONDAYS")},
	{"wrapped", fmt.Errorf("calendar: %w", &user.Refusal{Code: "NOT_ON_MONDAYS", Status: 451}), 451, code("NOT_ON_MONDAYS")},
	{"other error", errors.New("guinevere is not in"), 500, internal},
	{"error of ginauth's own", fmt.Errorf("calendar: %w", user.ErrNotFound), 500, internal},
	{"panic", nil, 500, internal},
}

// TestVetoes has every Before hook end in every way: nothing is done then.
func TestVetoes(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w, log := startHooked(t, v, 403, 451)
		p := w.member(t)
		admin := w.newSuperuser(t, address())
		admin.logIn(t)
		operations := []struct {
			hook string
			send func(c *client) answer
		}{
			{"BeforeRegister", func(c *client) answer {
				return c.post(t, "/auth/register", `{"email":"nobody@camelot.bt","password":"lady-of-the-lake"}`)
			}},
			{"BeforeLogin", func(c *client) answer { return c.logIn(t, "cookie", p.email, password) }},
			{"BeforeUpdate", func(c *client) answer { return c.with(p.bearer).patch(t, "/users/me", `{"first_name":"x"}`) }},
			{"BeforeUpdate", func(c *client) answer {
				return c.with(admin.bearer).patch(t, "/users/"+p.id, `{"is_active":false,"password":"lady-of-the-lake"}`)
			}},
			{"BeforeDelete", func(c *client) answer { return c.with(admin.bearer).delete(t, "/users/"+p.id) }},
		}
		for _, operation := range operations {
			for _, veto := range vetoes {
				if veto.name == "other error" && operation.hook == "BeforeLogin" {
					continue // one error that quotes a password is enough for the log below
				}
				c := w.client()
				c.mayFail = true
				log.clear()
				log.store.taken()
				log.then(func(string) error {
					if veto.err == nil {
						panic("the roof is leaking")
					}
					return veto.err
				})
				a := operation.send(c)
				log.then(nil)
				a.request += ": " + operation.hook + ", " + veto.name
				a.want(t, veto.status, veto.answer)
				a.wantHeader(t, "Set-Cookie", "")
				if got := log.list(); len(got) != 1 || !strings.HasPrefix(got[0], operation.hook+" ") {
					t.Errorf("%s: got the hooks %q, want %s only", a.request, got, operation.hook)
				}
				wantNoWrites(t, a.request, log.store.taken())
			}
		}
		p.wantMe(t, p)
		if !strings.Contains(w.in.log.String(), "the roof is leaking") {
			t.Error("the panic was not logged")
		}
		w.in.log.Forget() // the hook's own error quotes a password
	})
}

// TestAfterHooksFail checks that errors and panics of After and mail hooks are
// logged and change nothing.
func TestAfterHooksFail(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w, log := startHooked(t, v)
		for _, fail := range []func(hook string) error{
			func(hook string) error { return errors.New(hook + " has failed") },
			func(hook string) error { panic(hook + " has failed") },
			func(hook string) error { return &user.Refusal{Code: hook + " has failed"} },
		} {
			w.in.log.Forget()
			log.then(func(hook string) error {
				if strings.HasPrefix(hook, "Before") || strings.HasPrefix(hook, "Config") {
					return nil
				}
				return fail(hook)
			})
			p := w.signUp(t, address())
			p.logIn(t)
			p.firstName = `"Wart"`
			p.patch(t, "/users/me", `{"first_name":"Wart"}`).want(t, 200, p.json())
			stored, err := w.in.store.fullStore.ByID(t.Context(), user.ID(p.id))
			if err != nil {
				t.Fatal(err)
			}
			verify, _ := w.in.auth.Manager().VerifyToken(stored)
			p.account.verified = true
			w.client().verify(t, verify).want(t, 200, p.json())
			reset, _ := w.in.auth.Manager().ResetToken(stored)
			w.client().reset(t, reset, otherPassword).want(t, 200, "null")
			if err := w.in.auth.Manager().Delete(context.Background(), stored); err != nil {
				t.Error(err)
			}
			text := w.in.log.String()
			for _, hook := range []string{"AfterRegister", "AfterLogin", "AfterUpdate", "AfterVerify", "AfterResetPassword", "AfterDelete"} {
				if !strings.Contains(text, hook+" has failed") {
					t.Errorf("the failure of %s was not logged", hook)
				}
			}
		}
	})
}

// wantNoWrites wants none of the calls to have written anything.
func wantNoWrites(t testing.TB, what string, calls map[string]int) {
	t.Helper()
	for method, times := range calls {
		switch method {
		case "ByID", "ByEmail", "List", "TokenByHash", "TokenWithUser", "TokensOf":
		default:
			t.Errorf("%s: %s was called %d times, want no write", what, method, times)
		}
	}
}
