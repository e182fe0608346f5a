package browser_test

import (
	"fmt"
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

// inDocs are the pictures that README and documentation show, and in which form.
var inDocs = map[string]string{
	"front": "desktop-light", "pages-sign-in": "desktop-light", "pages-sessions": "desktop-light", "pages-step": "desktop-dark",
	"pages-set-up": "desktop-light", "pages-passkeys": "desktop-light", "pages-linked": "desktop-light", "provider": "desktop-light",
	"pages-look": "desktop-light", "pages-users": "desktop-light", "pages-user": "desktop-light",
}

// TestScreenshots draws the pages into the folder that SCREENSHOTS names, and the pictures
// of the documentation into its folder docs.
func TestScreenshots(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	if err := os.MkdirAll(filepath.Join(os.Getenv("SCREENSHOTS"), "docs"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, w := range widths {
		for name, draw := range map[string]func(*tab){"pages": (*tab).draw, "administration": (*tab).drawAdministration} {
			t.Run(w.name+" "+name, func(t *testing.T) {
				b := newTab(t, w)
				var err error
				if b.site, err = startApp(); err != nil { // one that other tests have not filled
					t.Fatal(err)
				}
				draw(b)
			})
		}
	}
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
		form := b.width.name + "-" + scheme
		files := []string{name + "-" + form + ".png"}
		if inDocs[name] == form {
			files = append(files, filepath.Join("docs", name+".png"))
		}
		for _, file := range files {
			if err := os.WriteFile(filepath.Join(os.Getenv("SCREENSHOTS"), file), picture, 0o600); err != nil {
				b.t.Fatal(err)
			}
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

// draw draws the pages of the demonstration, and one in a look of its own.
func (b *tab) draw() {
	b.t.Helper()
	p := &walk{tab: b, judged: map[string]bool{}, blind: true}
	const email = "king.arthur@tintagel.bt"
	name := "Arthur"
	b.site.person(b.t, email, superuser, func(r *user.Registration) { r.Profile = &app.Profile{FirstName: &name, Plan: "free"} })
	p.visit("/", "/")
	b.shot("front")
	p.drawSignIn()
	p.send("/me/sign-in", 200, "email", email, "password", password)
	b.shot("front-signed-in")
	p.visit("/me", "/me")
	b.shot("pages-profile")
	b.site.elsewhere(b.t, email, "redis", "curl/8.16.0")
	b.site.elsewhere(b.t, email, "session", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")
	p.visit("/me/sessions", "/me/sessions")
	b.shot("pages-sessions")
	p.drawLinked(email)
	p.drawSecondFactor(email)
	p.visit("/outbox", "/outbox")
	b.shot("outbox")

	server := lookServer()
	defer server.Close()
	p.load("open the look", 200, chromedp.Navigate(server.URL+"/account/sign-in"))
	b.shot("pages-look")
	b.open("/docs")
	b.see(".opblock-summary")
	b.shot("docs")
	p.drawPasskeys()
}

func (p *walk) drawSignIn() {
	p.t.Helper()
	p.visit("/me/sign-up", "/me/sign-up")
	p.shot("pages-sign-up")
	p.send("/me/sign-up", 422, "first_name", "Arthur", "email", "king.arthur@", "password", password)
	p.shot("pages-refused")
	p.visit("/me/forgot?sent=1", "/me/forgot?sent=1")
	p.shot("pages-forgot")
	p.visit("/me/reset?token=old", "/me/reset")
	p.send("/me/reset", 400, "password", password)
	p.shot("pages-expired")
	p.visit("/me/sign-in", "/me/sign-in")
	p.shot("pages-sign-in")
}

func (p *walk) drawLinked(email string) {
	p.t.Helper()
	p.visit("/me/linked", "/me/linked")
	p.follow("/me/linked/add/demo")
	evaluate[bool](p.tab, fmt.Sprintf(`(document.querySelector('#email').value = %q, true)`, email))
	p.shot("provider")
	p.load("sign in at the provider", 200, chromedp.Click(chromedp.CSS("body.provider button[type=submit]"), chromedp.NodeVisible))
	p.shot("pages-linked")
}

func (p *walk) drawSecondFactor(email string) {
	p.t.Helper()
	p.visit("/me/second-factor", "/me/second-factor")
	p.shot("pages-factors")
	p.send("/me/second-factor/set-up", 200, "name", "Phone")
	p.shot("pages-set-up")
	key := &authenticator{secret: strings.ReplaceAll(evaluate[string](p.tab, `document.querySelector('.secret').textContent`), " ", "")}
	p.send("/me/second-factor/set-up", 200, "code", key.code(p.t))
	p.shot("pages-codes")
	p.visit("/me/second-factor", "/me/second-factor")
	p.shot("pages-factor-on")
	p.visit("/me/confirm", "/me/confirm")
	p.shot("pages-confirm")
	p.signOut()
	p.send("/me/sign-in", 200, "email", email, "password", password)
	p.shot("pages-step")
}

// drawPasskeys draws what a user with a passkey sees, at localhost.
func (p *walk) drawPasskeys() {
	p.t.Helper()
	const email = "galahad@tintagel.bt"
	p.site.person(p.t, email)
	phone := p.withPhone()
	phone.present("no")
	p.visit("/me/sign-in", "/me/sign-in")
	p.send("/me/sign-in", 200, "email", email, "password", password)
	phone.present("yes")
	p.visit("/me/passkeys", "/me/passkeys")
	p.send("/me/passkeys/new", 200, "name", "Phone")
	p.visit("/me/passkeys", "/me/passkeys")
	p.shot("pages-passkeys")
	phone.present("no")
	p.signOut()
	p.visit("/", "/")
	p.shot("front-passkeys")
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

// drawAdministration draws what administrators see on the pages.
func (b *tab) drawAdministration() {
	b.t.Helper()
	p := &walk{tab: b, judged: map[string]bool{}, blind: true}
	const boss, arthur = "morgan@camelot.bt", "king.arthur@camelot.bt"
	b.site.person(b.t, boss, superuser)
	name := "Arthur"
	id := b.site.person(b.t, arthur, func(r *user.Registration) {
		r.Profile, r.Roles = &app.Profile{FirstName: &name, Plan: "free"}, []string{"editor"}
	}).ID
	b.site.person(b.t, "lancelot@camelot.bt", func(r *user.Registration) { r.Roles = []string{"editor", "support"} })
	b.site.person(b.t, "merlin@camelot.bt", func(r *user.Registration) { r.IsVerified = false })
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
