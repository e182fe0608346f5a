package browser_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/ginauth/ginauth/example/app"
	"github.com/ginauth/ginauth/user"
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
