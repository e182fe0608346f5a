package pages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// From sign-up to the account and out, without a script.
func TestSignUpAndIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.open("/castle")
	b.at(200, "/account/sign-in?next=%2Fcastle")
	b.open("/account/sign-up?next=/castle")
	b.see("Create an account", "E-mail address", "House")
	if strings.Contains(b.body, "first_name") {
		t.Error("the page asks for more than the rules require")
	}
	b.send("/account/sign-up", "email", "galahad@camelot.bt", "password", "perceval", "house", "du lac")
	b.at(200, "/account/sign-in?next=%2Fcastle&notice=signed_up_mail")
	b.see("If the address was new here, your account is ready")
	b.do("POST", "/account/sign-up", url.Values{"email": {"galahad@camelot.bt"}, "password": {"perceval"}, "house": {"du lac"}, "next": {"/castle"}})
	b.at(200, "/account/sign-in?next=%2Fcastle&notice=signed_up_mail") // a second click
	b.send("/account/sign-in", "email", " galahad@camelot.bt ", "password", "perceval")
	b.at(200, "/castle")
	b.see("castle of galahad@camelot.bt")

	b.open("/account")
	b.see("Profile", "galahad@camelot.bt", "Your e-mail address is not confirmed yet.")
	b.send("/account/sign-out")
	b.at(200, "/account/sign-in?notice=signed_out")
	b.see("You are signed out.")
	b.open("/account/password")
	b.at(200, "/account/sign-in?next=%2Faccount%2Fpassword")
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, "wrong")
	b.at(400, "/account/sign-in")
	b.see("The e-mail address or the password is wrong.", "Error: Sign in")
	if got := attribute(b.input("email"), "value"); got != arthur {
		t.Errorf("e-mail kept: got %q", got)
	}
	if got := attribute(b.input("password"), "value"); got != "" {
		t.Errorf("the password is in the page: %q", got)
	}
	b.send("/account/sign-in", "email", "", "password", "")
	b.at(422, "/account/sign-in")
	if got := b.complaint("email"); got != "Fill in this field." {
		t.Errorf("e-mail: got %q", got)
	}
	if got := b.complaint("password"); got != "Fill in this field." {
		t.Errorf("password: got %q", got)
	}
}

// A second sign-in is a login like any other, and a second sign-out does nothing.
func TestSignInTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.at(200, "/account")
	b.open("/account/sign-in?next=/castle")
	b.see("You are signed in as " + arthur)
	b.do("POST", "/account/sign-in", url.Values{"email": {arthur}, "password": {guinevere}})
	b.at(200, "/account")
	b.open("/account/sessions")
	if got := strings.Count(b.text(), "Firefox, Linux"); got != 2 {
		t.Errorf("sessions: got %d, want one for each sign-in", got)
	}
	b.open("/account")
	b.send("/account/sign-out")
	b.do("POST", "/account/sign-out", url.Values{})
	b.at(200, "/account/sign-in?notice=signed_out")
}

// Whether an address has an account is told by no page.
func TestNothingTellsWhetherAnAddressHasAnAccount(t *testing.T) {
	t.Parallel()
	forms := map[string]url.Values{
		"/account/sign-in":    {"password": {"wrong-password"}},
		"/account/sign-up":    {"password": {"wrong-password"}, "house": {"pendragon"}},
		"/account/forgot":     {},
		"/account/verify/new": {},
		"/account/invitation": {"password": {"wrong-password"}, "house": {"pendragon"}, "token": {"none"}},
	}
	for path, form := range forms {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for _, lang := range []string{"en", "de"} {
				var seen [3]string
				for i, email := range []string{arthur, "nobody.here@camelot.bt", "ghost@camelot.bt"} {
					w := newWorld(t)
					ghost := user.Registration{Email: "ghost@camelot.bt", Password: guinevere, IsInactive: true, Profile: &knight{House: "pendragon"}}
					if _, err := w.auth.Manager().Create(t.Context(), ghost); err != nil {
						t.Fatal(err)
					}
					b := w.browser()
					b.lang = lang
					form := url.Values{"email": {email}, "password": form["password"], "house": form["house"], "token": form["token"]}
					b.do("POST", path, form)
					var cookies []string
					for _, c := range b.jar.Cookies(b.url) {
						cookies = append(cookies, c.Name)
					}
					seen[i] = strings.Join(b.hops, " ") + http.StatusText(b.status) + strings.Join(cookies, " ") + strings.ReplaceAll(b.body, email, "")
				}
				if seen[0] != seen[1] || seen[0] != seen[2] {
					t.Errorf("%s: an account, none and an inactive one look different:\n%s\n%s\n%s", lang, seen[0], seen[1], seen[2])
				}
			}
		})
	}
}

func TestNextLeadsOnlyWhereItMay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ next, want string }{
		{"/castle", "/castle"},
		{"/castle?room=1&x=%2F", "/castle?room=1&x=%2F"},
		{"/account/sessions", "/account/sessions"},
		{"", "/account"},
		{"castle", "/account"},
		{"https://evil.test/", "/account"},
		{"//evil.test/", "/account"},
		{"/\\evil.test/", "/account"},
		{"/\t/evil.test/", "/account"},
		{"/castle\r\nSet-Cookie: a=b", "/account"},
		{"/x/..//evil.test", "/account"},
		{"/../castle/../..//evil.test", "/account"},
		{"\\\\evil.test", "/account"},
		{"javascript:alert(1)", "/account"},
		{"/%zz", "/account"},
		{"/" + strings.Repeat("a", 2000), "/account"},
	} {
		t.Run(test.next, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.browser()
			b.open("/account/sign-in?" + url.Values{"next": {test.next}}.Encode())
			b.send("/account/sign-in", "email", arthur, "password", guinevere)
			if len(b.hops) < 2 || b.hops[1] != test.want {
				t.Errorf("got %q, want %q", b.hops, test.want)
			}
		})
	}
}

func TestReturnTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *ginauth.Config, c *pages.Config) {
		c.ReturnTo, c.Home = []string{"/castle", "/shop/"}, "/throne"
	})
	for next, want := range map[string]string{
		"/castle": "/castle", "/castle?a=1": "/castle?a=1", "/castle/x": "/throne", "/shop/a/b": "/shop/a/b", "/shop": "/throne",
		"/vault": "/throne", "/account/sessions": "/account/sessions", "/accounts": "/throne",
	} {
		b := w.browser()
		b.open("/account/sign-in?next=" + url.QueryEscape(next))
		b.send("/account/sign-in", "email", arthur, "password", guinevere)
		if b.hops[1] != want {
			t.Errorf("%s: got %q, want %q", next, b.hops, want)
		}
	}
}

func TestTooManyTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for range 20 {
		b.signIn(arthur, "wrong")
		if b.status == 429 {
			break
		}
	}
	b.at(429, "/account/sign-in")
	b.see("Too many tries. Wait ")
	if b.header.Get("Retry-After") == "" {
		t.Error("Retry-After is missing")
	}
	if got := attribute(b.input("email"), "value"); got != arthur {
		t.Errorf("e-mail kept: got %q", got)
	}
}

// A form of another site is refused before anything is done.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/account/sign-in", "/account/sign-up", "/account/forgot", "/account", "/account/sessions", "/account/sign-out"} {
		b := w.browser()
		if path != "/account/sign-in" {
			b.signIn(arthur, guinevere)
		}
		b.site = "cross-site"
		b.do("POST", path, url.Values{"email": {arthur}, "password": {guinevere}})
		if b.status != 403 {
			t.Errorf("%s: got %d, want 403", path, b.status)
		}
		b.see("This form was sent from another site.")
		if path == "/account/sign-in" && len(b.jar.Cookies(b.url)) != 0 {
			t.Error("the form of another site has set a cookie")
		}
	}
}

func TestRequireLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.do("POST", "/castle", url.Values{"sword": {"excalibur"}})
	b.at(200, "/account/sign-in")
	if status, body := b.api("GET", "/castle", ""); status != 401 || body != `{"detail":"Unauthorized"}` {
		t.Errorf("a script gets %d %s", status, body)
	}
	b.open("/vault")
	b.send("/account/sign-in", "email", arthur, "password", guinevere)
	b.at(200, "/vault")
	w.wait(time.Hour)
	b.open("/vault")
	b.at(200, "/account/confirm?next=%2Fvault")
	b.send("/account/confirm", "password", "wrong")
	b.at(400, "/account/confirm")
	if got := b.complaint("password"); got != "The e-mail address or the password is wrong." {
		t.Errorf("got %q", got)
	}
	b.send("/account/confirm", "password", guinevere)
	b.at(200, "/vault")

	unverified := user.Registration{Email: merlin, Password: guinevere, Profile: &knight{House: "pendragon"}}
	if _, err := w.auth.Manager().Create(t.Context(), unverified); err != nil {
		t.Fatal(err)
	}
	b = w.browser()
	b.signIn(merlin, guinevere)
	b.open("/throne")
	b.at(403, "/account/refused?code=Forbidden")
	b.see("This page is not open to you", "Your account is not allowed to open it.")
}

func TestStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	w.store.Plan(func(context.Context, usertest.Call) usertest.Fault { return usertest.FailBefore })
	for _, path := range []string{"/account", "/account/sessions"} {
		b.open(path)
		b.at(503, path)
		b.see("We cannot reach our database at the moment.")
	}
	b.do("POST", "/account/sign-in", url.Values{"email": {arthur}, "password": {guinevere}})
	b.at(503, "/account/sign-in")
	if strings.Contains(b.body, usertest.ErrFault.Error()) {
		t.Error("the page has the store's error")
	}
}
