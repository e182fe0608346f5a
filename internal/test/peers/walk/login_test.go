package walk

import (
	"fmt"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user"
)

// passwords is logging in with one, and out.
func (w *world) passwords() {
	anyone := w.client()
	good, bad := credentials("kay", password), credentials("kay", wrongPassword)
	w.client().step("log in", "POST", "/auth/jwt/login", good)
	browser := w.client()
	browser.step("log in with a browser", "POST", "/auth/cookie/login", good)
	w.client().enter("cookie", "kay")
	anyone.step("log in with a wrong password", "POST", "/auth/jwt/login", bad)
	anyone.step("log in as nobody", "POST", "/auth/jwt/login", credentials("nimue", wrongPassword))
	anyone.step("log in with the password in the wrong field", "POST", "/auth/jwt/login", `{"username":"`+wrongPassword+`","password":"`+wrongPassword+`"}`)
	anyone.step("log in with a password alone", "POST", "/auth/jwt/login", `{"password":"`+password+`"}`)
	w.untilLimited("log in too often", anyone, "POST", "/auth/jwt/login", credentials("mordred", wrongPassword))
	anyone.down("log in while the store is down", "POST", "/auth/jwt/login", good)
	browser.step("log out with a browser", "POST", "/auth/cookie/logout", "")
	browser.step("log out again", "POST", "/auth/cookie/logout", "")
	w.client().enter("jwt", "kay").step("log out with a JWT", "POST", "/auth/jwt/logout", "")

	again := w.client().enter("cookie", "kay")
	again.step("reauthenticate", "POST", "/auth/cookie/reauthenticate", `{"password":"`+password+`"}`)
	again.step("reauthenticate with a wrong password", "POST", "/auth/cookie/reauthenticate", `{"password":"`+wrongPassword+`"}`)
	w.untilLimited("reauthenticate too often", again, "POST", "/auth/cookie/reauthenticate", `{"password":"`+wrongPassword+`"}`)
	w.client().enter("jwt", "kay").step("options for a proof without a passkey", "POST", "/auth/jwt/reauthenticate/options", "")
	w.wait(16 * time.Minute) // the account's wrong passwords have to wait no more
	anyone.step("an own way in", "POST", "/enter/app?email=kay@camelot.bt", "")
	w.client().enter("jwt", "kay").step("an application's route", "GET", "/own", "")
	anyone = w.client()
	anyone.step("an application's route without a login", "GET", "/own", "")
	anyone.key = "gak_" + token43
	anyone.step("an application's route with a bad key", "GET", "/scope", "")
	w.client().enter("jwt", "kay").step("an application's route without the role", "GET", "/editor", "")
}

// refreshes is what becomes of refresh tokens.
func (w *world) refreshes() {
	c := w.client().logInApp("kay")
	old := c.refresh
	refresh := func(token string) string { return `{"refresh_token":"` + token + `"}` }
	c.step("refresh", "POST", "/auth/app/refresh", refresh(old))
	c.down("refresh while the store is down", "POST", "/auth/app/refresh", refresh(c.refresh))
	c.step("refresh with a bad token", "POST", "/auth/app/refresh", refresh(token43))
	w.untilLimited("refresh too often", c, "POST", "/auth/app/refresh", refresh(token43))
	next := w.client()
	next.call("POST", "/auth/app/refresh", refresh(c.refresh))
	w.wait(time.Minute)
	w.client().step("refresh with a token that was replaced", "POST", "/auth/app/refresh", refresh(old))
	c = w.client().logInApp("kay")
	c.step("log out with an access token", "POST", "/auth/app/logout", "")
	c = w.client().logInApp("kay")
	token := c.refresh
	c.token = ""
	c.step("log out with a refresh token", "POST", "/auth/app/logout", refresh(token))
}

// logInApp logs in by password at the backend that refreshes.
func (c *client) logInApp(name string) *client {
	c.t.Helper()
	if got := c.logIn("app", name); got.status != 200 {
		c.t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	return c
}

// byMail is logging in by mail.
func (w *world) byMail() {
	ask := func(name string) string { return `{"email":"` + name + `@camelot.bt"}` }
	anyone := w.client()
	anyone.step("request a mail to log in", "POST", "/auth/request-login", ask("bedivere"))
	anyone.step("request a mail to log in as nobody yet", "POST", "/auth/request-login", ask("dinadan"))
	anyone.step("request a mail to log in without an address", "POST", "/auth/request-login", `{}`)
	w.untilLimited("request a mail to log in too often", anyone, "POST", "/auth/request-login", ask("bedivere"))
	anyone.down("request a mail to log in while the store is down", "POST", "/auth/request-login", ask("kay"))
	browser := w.client()
	link := func(name string) request {
		return func() (string, string, string) {
			browser.call("POST", "/auth/request-login", ask(name))
			return "POST", "/auth/cookie/login/mail", `{"token":"` + w.mail(user.MailLogin, name).Token + `"}`
		}
	}
	browser.stepBy("log in by a link", link("kay"))
	n := 0
	browser.stepBy("sign up by a link", func() (string, string, string) {
		n++ // who has signed up is there, whatever comes of the login
		return link(fmt.Sprint("elaine", n))()
	})
	_, path, body := link("kay")()
	w.taken()
	w.client().step("log in by a link of another browser", "POST", path, body)
	browser.down("log in by a link while the store is down", "POST", path, body)
	anyone.step("log in by a bad link", "POST", path, `{"token":"`+token43+"."+token43+`"}`)
	w.untilLimited("log in by bad links too often", anyone, "POST", path, `{"token":"`+token43+"."+token43+`"}`)
	anyone.stepBy("log in by a code", func() (string, string, string) {
		got := decode[struct{ Request string }](w, anyone.call("POST", "/auth/request-login", ask("kay")))
		return "POST", "/auth/jwt/login/mail", `{"request":"` + got.Request + `","code":"` + w.mail(user.MailLogin, "kay").Code + `"}`
	})
	got := decode[struct{ Request string }](w, anyone.call("POST", "/auth/request-login", ask("kay")))
	anyone.step("log in by a wrong code", "POST", "/auth/jwt/login/mail", `{"request":"`+got.Request+`","code":"24680135"}`)
}

// providers is signing in with an account elsewhere.
func (w *world) providers() {
	c := w.client()
	at := func(c *client, group, code string) request {
		return func() (string, string, string) { return "GET", c.callback(group, providerCode+code), "" }
	}
	c.step("begin to sign in", "GET", "/auth/avalon/authorize", "")
	w.untilLimited("begin to sign in too often", w.client(), "GET", "/auth/avalon/authorize", "")
	n := 0
	c.stepBy("sign up with a provider", func() (string, string, string) {
		n++
		return at(c, "/auth/avalon", fmt.Sprint("enid", n))()
	})
	c = w.client()
	c.call("GET", c.callback("/auth/avalon", providerCode+"viviane"), "")
	c = w.client()
	c.stepBy("sign in with a provider", at(c, "/auth/avalon", "viviane"))
	c.stepBy("sign in while the provider is down", at(c, "/auth/avalon", "nobody"))
	c.step("sign in with a state of nobody", "GET", "/auth/avalon/callback?code=provider-code-of-viviane&state="+token43, "")
	c.step("sign in and refuse", "GET", strings.Replace(c.callback("/auth/avalon", "x"), "code=x", "error=access_denied", 1), "")
	path := c.callback("/auth/avalon", providerCode+"viviane")
	c.down("sign in with a provider while the store is down", "GET", path, "")
	c.stepBy("sign in with a provider and a redirect", at(c, "/auth/redirect", "viviane"))
	c.stepBy("sign in with a redirect while the provider is down", at(c, "/auth/redirect", "nobody"))
	c = w.client()
	c.stepBy("take an account over", func() (string, string, string) {
		n++
		name := fmt.Sprint("pellinore", n)
		w.person(name, unverified)
		return at(c, "/auth/avalon", name)()
	})

	kay := w.client().enter("jwt", "kay")
	kay.step("begin to link", "GET", "/auth/associate/authorize", "")
	kay.stepBy("link an account", at(kay, "/auth/associate", "kay-of-avalon"))
	kay.stepBy("link another's account", at(kay, "/auth/associate", "viviane"))
	accounts := func(c *client) string {
		return "/users/me/oauth-accounts/" + decode[[]struct{ ID string }](w, c.call("GET", "/users/me/oauth-accounts", ""))[0].ID
	}
	kay.step("list linked accounts", "GET", "/users/me/oauth-accounts", "")
	kay.step("unlink an account", "DELETE", accounts(kay), "")
	kay.step("unlink no account", "DELETE", "/users/me/oauth-accounts/x", "")
	viviane := w.client().enter("jwt", "viviane")
	viviane.step("unlink the last way in", "DELETE", accounts(viviane), "")
}
