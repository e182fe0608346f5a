package browser_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/example/app"
	"github.com/ginauth/ginauth/example/look"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// TestScreenshots draws the pictures of the documentation into the folder that
// SCREENSHOTS names.
func TestScreenshots(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	for _, w := range widths {
		t.Run(w.name, func(t *testing.T) {
			b := newTab(t, w)
			var err error
			if b.site, err = startApp(); err != nil { // one that other tests have not filled
				t.Fatal(err)
			}
			b.draw()
		})
	}
}

func (b *tab) draw() {
	b.t.Helper()
	named := func(name string) func(*user.Registration) {
		return func(r *user.Registration) { r.Profile = &app.Profile{FirstName: &name, Plan: "free"} }
	}
	const arthur = "king.arthur@camelot.bt"
	b.site.person(b.t, arthur, superuser, named("Arthur"))
	b.site.person(b.t, "lancelot@camelot.bt", named("Lancelot"))
	b.site.person(b.t, "merlin@camelot.bt", unverified, named("Merlin"))

	b.open("/")
	b.see("#login")
	b.shot("home")

	b.site.elsewhere(b.t, arthur, "redis", "curl/8.16.0")
	b.site.elsewhere(b.t, arthur, "session", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")
	b.logIn(arthur, "cookie")
	b.shot("account")
	b.do("look at the users", chromedp.ScrollIntoView(chromedp.CSS("#users")))
	b.click(`#users button[aria-label="Delete merlin@camelot.bt"]`)
	b.see("#question")
	b.shot("question")
	b.click("#question button[value=no]")
	b.logOut()

	b.drawSecondFactor("lancelot@camelot.bt")
	b.drawPasskeys("merlin@camelot.bt")

	b.click("[data-provider=demo]")
	b.see("body.provider")
	b.fill("#email", "wart@tintagel.bt")
	b.shot("provider")
	b.signIn("wart@tintagel.bt")
	b.seeText("who", "wart@tintagel.bt")
	window := b.popup("[data-link=demo]")
	window.signIn("arthur@tintagel.bt")
	b.say("The account is linked.")
	b.shot("linked")

	b.click("#send-verify")
	b.say("A mail with a link is on its way.")
	b.open("/outbox")
	b.see("#main li")
	b.shot("outbox")

	b.open("/docs")
	b.call("users_get_me", "", "wart@tintagel.bt")
	b.shot("docs")
}

func (b *tab) drawSecondFactor(email string) {
	b.t.Helper()
	b.logIn(email, "cookie")
	app := b.newKey("Phone")
	b.fill("#confirm-code", app.code(b.t))
	b.do("look at the key", chromedp.ScrollIntoView(chromedp.CSS("#factors-title")))
	b.shot("second-factor")
	b.click("#confirm-factor button[type=submit]")
	b.see("#codes[open]")
	b.shot("recovery-codes")
	b.click("#codes-done")
	b.say("The app is set up.")
	b.logOut()
	b.halfway(email, "cookie")
	b.refused(400, "/auth/cookie/login")
	b.shot("second-step")
	b.click("#factor-cancel")
	b.see("#login")
}

// drawPasskeys draws what a user with a passkey sees, at localhost.
func (b *tab) drawPasskeys(email string) {
	b.t.Helper()
	elsewhere := b.site
	p := b.withPhone()
	b.logIn(email, "cookie")
	p.addPasskey("Phone")
	b.see("#codes[open]")
	b.click("#codes-done")
	b.say("The passkey Phone is there.")
	b.do("look at the passkeys", chromedp.ScrollIntoView(chromedp.CSS("#passkeys-title")))
	b.shot("passkeys")
	p.present("no")
	b.logOut()
	b.site = elsewhere
	b.open("/")
}

// shot takes pictures of the tab, light and dark.
func (b *tab) shot(name string) {
	b.t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		b.scheme(scheme)
		b.do("wait for the style", chromedp.Poll[chromedp.Void](`new Promise((done) => requestAnimationFrame(() => done(true)))`))
		picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			b.t.Fatal(err)
		}
		file := filepath.Join(os.Getenv("SCREENSHOTS"), name+"-"+b.width.name+"-"+scheme+".png")
		if err := os.WriteFile(file, picture, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

// scheme has the page be light or dark.
func (b *tab) scheme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// drawPages draws the pages of package pages, and one in a look of its own.
func (b *tab) drawPages() {
	b.t.Helper()
	p := &walk{tab: b}
	const email = "king.arthur@tintagel.bt"
	name := "Arthur"
	b.site.person(b.t, email, func(r *user.Registration) { r.Profile = &app.Profile{FirstName: &name, Plan: "free"} })
	p.visit("/me/sign-up", "/me/sign-up")
	b.shot("pages-sign-up")
	p.send("/me/sign-up", 422, "first_name", "Arthur", "email", "king.arthur@", "password", password)
	b.shot("pages-refused")
	p.visit("/me/sign-in", "/me/sign-in")
	b.shot("pages-sign-in")
	p.visit("/me/forgot?sent=1", "/me/forgot?sent=1")
	b.shot("pages-forgot")
	p.visit("/me/reset?token=old", "/me/reset")
	p.send("/me/reset", 400, "password", password)
	b.shot("pages-expired")
	p.visit("/me/sign-in", "/me/sign-in")
	p.send("/me/sign-in", 200, "email", email, "password", password)
	b.shot("pages-profile")
	b.site.elsewhere(b.t, email, "redis", "curl/8.16.0")
	b.site.elsewhere(b.t, email, "session", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")
	p.visit("/me/sessions", "/me/sessions")
	b.shot("pages-sessions")
	p.visit("/me/linked", "/me/linked")
	b.shot("pages-linked")
	p.visit("/me/second-factor", "/me/second-factor")
	b.shot("pages-factors")
	p.send("/me/second-factor/set-up", 200, "name", "Phone")
	b.shot("pages-set-up")
	key := &authenticator{secret: strings.ReplaceAll(evaluate[string](b, `document.querySelector('.secret').textContent`), " ", "")}
	p.send("/me/second-factor/set-up", 200, "code", key.code(b.t))
	b.shot("pages-codes")
	p.visit("/me/second-factor", "/me/second-factor")
	b.shot("pages-factor-on")
	p.visit("/me/confirm", "/me/confirm")
	b.shot("pages-confirm")
	p.visit("/me/sign-out", "/me/sign-out")
	p.send("/me/sign-out", 200)
	p.send("/me/sign-in", 200, "email", email, "password", password)
	b.shot("pages-step")

	server := lookServer()
	defer server.Close()
	p.load("open the look", 200, chromedp.Navigate(server.URL+"/account/sign-in"))
	b.shot("pages-look")
	b.open("/docs")
	b.see(".opblock-summary")
	b.shot("pages-docs")
}

// lookServer serves the pages in the look of package look.
func lookServer() *httptest.Server {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web}})
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	look.Attach(r, auth, web)
	return httptest.NewServer(r)
}

// TestPagesScreenshots draws the pictures of docs/pages.md into the folder that
// SCREENSHOTS names.
func TestPagesScreenshots(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	for _, w := range widths {
		t.Run(w.name, func(t *testing.T) {
			b := newTab(t, w)
			var err error
			if b.site, err = startApp(); err != nil { // one that other tests have not filled
				t.Fatal(err)
			}
			b.drawPages()
		})
	}
}

// drawAdministration draws what administrators see on the pages.
func (b *tab) drawAdministration() {
	b.t.Helper()
	p := &walk{tab: b}
	const boss, arthur = "morgan@camelot.bt", "king.arthur@camelot.bt"
	b.site.person(b.t, boss, superuser)
	name := "Arthur"
	id := b.site.person(b.t, arthur, func(r *user.Registration) {
		r.Profile, r.Roles = &app.Profile{FirstName: &name, Plan: "free"}, []string{"editor"}
	}).ID
	b.site.person(b.t, "lancelot@camelot.bt", func(r *user.Registration) { r.Roles = []string{"editor", "support"} })
	b.site.person(b.t, "merlin@camelot.bt", unverified)
	banned := b.site.person(b.t, "mordred@camelot.bt").ID
	b.site.elsewhere(b.t, arthur, "redis", "curl/8.16.0")
	b.site.elsewhere(b.t, arthur, "session", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")
	p.visit("/me/sign-in", "/me/sign-in")
	p.send("/me/sign-in", 200, "email", boss, "password", password)
	p.asked("POST", "/users/"+string(banned)+"/ban", `{"reason":"Sells swords."}`, 200)
	p.asked("POST", "/invitations", `{"email":"galahad@camelot.bt","roles":["editor"]}`, 201)
	users := "/me/administration"
	page := users + "/users/" + string(id)
	for _, one := range [][2]string{
		{"pages-users", users}, {"pages-users-filtered", users + "?role=editor"}, {"pages-user", page}, {"pages-user-security", page + "/security"},
		{"pages-user-activity", page + "/activity"}, {"pages-user-ban", page + "/ban"}, {"pages-user-act", page + "/act"},
		{"pages-user-delete", page + "/delete"}, {"pages-user-new", users + "/create"}, {"pages-invitations", users + "/invitations"},
		{"pages-user-banned", users + "/users/" + string(banned)},
	} {
		p.visit(one[1], one[1])
		b.shot(one[0])
	}
	p.visit(page+"/act", page+"/act")
	p.send(page+"/act", 200, "reason", "ticket 7")
	b.shot("pages-acting")
}

// TestAdministrationScreenshots draws the pages of administrators into the folder that
// SCREENSHOTS names.
func TestAdministrationScreenshots(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	for _, w := range widths {
		t.Run(w.name, func(t *testing.T) {
			b := newTab(t, w)
			var err error
			if b.site, err = startApp(); err != nil { // one that other tests have not filled
				t.Fatal(err)
			}
			b.drawAdministration()
		})
	}
}
