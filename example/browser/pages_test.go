package browser_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/ginauth/ginauth/mails"
)

// maxPage is how much the largest page may be with all that it loads, in bytes.
const maxPage = 60 << 10

// TestPages walks the pages of package pages and of the demonstration: each flow with
// scripts, in a window of a desktop, and without, in one of a phone. Every page is looked
// at in both windows, light and dark.
func TestPages(t *testing.T) {
	t.Parallel()
	t.Run("with scripts", func(t *testing.T) {
		t.Parallel()
		p := &walk{tab: newTab(t, widths[0]), scripts: true, axe: needAxe(t), judged: map[string]bool{}}
		p.all()
	})
	t.Run("without scripts", func(t *testing.T) {
		t.Parallel()
		p := &walk{tab: newTab(t, widths[1]), judged: map[string]bool{}}
		_, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		if err != nil {
			t.Fatal(err)
		}
		p.all()
	})
}

// walk is a tab that goes from page to page by links and forms.
type walk struct {
	*tab
	scripts bool
	axe     string          // the text of axe-core, "" for none
	judged  map[string]bool // what it has looked at
	blind   bool            // it does not look
}

// load runs steps that lead to a page, and looks at it.
func (p *walk) load(what string, status int64, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.describe())
	}
	if response.Status != status {
		p.t.Fatalf("%s: got status %d, want %d\n%s", what, response.Status, status, p.describe())
	}
	if status >= 400 { // browsers note every one
		p.forget(fmt.Sprintf("status of %d ", status))
	}
	p.look()
}

// visit opens a page, and checks where that ends.
func (p *walk) visit(path, end string) {
	p.t.Helper()
	p.load("open "+path, 200, chromedp.Navigate(p.site.url+path))
	p.at(end)
}

func (p *walk) at(path string) {
	p.t.Helper()
	if got := strings.TrimPrefix(evaluate[string](p.tab, `location.href`), p.site.url); got != path {
		p.t.Fatalf("the tab is at %s, want %s\n%s", got, path, p.describe())
	}
}

// send fills a form in and presses its button.
func (p *walk) send(action string, status int64, typed ...string) {
	p.t.Helper()
	form := fmt.Sprintf(`form[action=%q]`, action)
	for i := 0; i < len(typed); i += 2 {
		evaluate[bool](p.tab, fmt.Sprintf(`(() => {
			const field = document.querySelector('%s [name=%q]');
			if (field.type === 'checkbox') field.checked = %q !== ''; else field.value = %[3]q;
			return true;
		})()`, form, typed[i], typed[i+1]))
	}
	p.load("send "+action, status, chromedp.Click(chromedp.CSS(form+" button"), chromedp.NodeVisible))
}

// follow presses a link.
func (p *walk) follow(href string) {
	p.t.Helper()
	p.load("follow "+href, 200, chromedp.Click(chromedp.CSS(fmt.Sprintf(`main a[href^=%q]`, href)), chromedp.NodeVisible))
}

// press types keys.
func (p *walk) press(keys string) {
	p.t.Helper()
	p.do("press "+keys, chromedp.KeyEvent(keys))
}

// enter presses the key that leads to another page.
func (p *walk) enter(status int64) {
	p.t.Helper()
	p.load("press Enter", status, chromedp.KeyEvent("\r"))
}

// focus returns what has the focus: the name of a field, or the text of a link.
func (p *walk) focus() string {
	p.t.Helper()
	return evaluate[string](p.tab, `document.activeElement.name || document.activeElement.textContent.trim()`)
}

func (p *walk) has(texts ...string) {
	p.t.Helper()
	shown := evaluate[string](p.tab, `document.body.innerText`)
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			p.t.Fatalf("%q is not on the page\n%s", text, p.describe())
		}
	}
}

// look checks what must be so on every page: at no width is anything wider than the
// window, it is small, and all of it is of this host.
func (p *walk) look() {
	p.t.Helper()
	if p.blind {
		return
	}
	loaded := evaluate[struct {
		Size    int      `json:"size"`
		Foreign []string `json:"foreign"`
	}](p.tab, `(() => {
		const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
		return {
			size: all.reduce((sum, one) => sum + one.encodedBodySize, 0),
			foreign: all.map((one) => one.name).filter((name) => !name.startsWith(location.origin + '/') && !name.startsWith('data:')),
		};
	})()`)
	here := evaluate[string](p.tab, `location.pathname`)
	if loaded.Size > maxPage || len(loaded.Foreign) > 0 {
		p.t.Errorf("%s: %d bytes, want %d at most; of other hosts: %q", here, loaded.Size, maxPage, loaded.Foreign)
	}
	// A page in the state of another one is not looked at once more.
	state := evaluate[string](p.tab, `location.pathname.replace(/[0-9a-f-]{36}/, ':id') + ' ' + document.title + ' ' + [...document.querySelectorAll(
		'.message, .acting, .things, .complaint:not(:empty), details, main form')].map((one) => one.className + one.childElementCount).join()`)
	if p.judged[state] {
		return
	}
	p.judged[state] = true
	if p.axe != "" {
		evaluate[bool](p.tab, p.axe+`;true`)
	}
	p.fits()
	p.judge(here, "light", `{}`)
	p.judge(here, "dark", `{runOnly: ['color-contrast']}`)
	p.scheme("light")
	for _, w := range widths {
		if w.name != p.width.name {
			p.resize(w)
			p.fits()
			p.judge(here, "light", `{}`)
			p.resize(p.width)
		}
	}
}

// judge has axe-core look for violations.
func (p *walk) judge(here, scheme, options string) {
	p.t.Helper()
	if p.axe == "" {
		return
	}
	p.scheme(scheme)
	found := evaluate[[]string](p.tab, `axe.run(document, {iframes: false, ...`+options+`}).then((r) => r.violations.flatMap((v) =>
		v.nodes.map((n) => v.id + ': ' + v.help + ': ' + n.html + ' ' + n.failureSummary)))`)
	for _, violation := range found {
		p.t.Errorf("%s, %s: %s", here, scheme, violation)
	}
}

func (p *walk) all() {
	p.t.Helper()
	email := p.email("pages")
	p.front()
	p.signUp(email)
	p.account(email)
	app := p.secondFactor(email)
	p.provider(email, app)
	p.rooms(email, app)
	p.mails(email)
	p.byMail()
	p.invitation()
	p.acting()
}

// front looks at the front page and the outbox, and at a sign-in that ends early.
func (p *walk) front() {
	p.t.Helper()
	p.visit("/", "/")
	p.has("Sign in by mail", "Browsers have no passkeys at an IP address.")
	p.follow("/me/sign-in/with/demo")
	p.load("cancel at the provider", 200, chromedp.Click(chromedp.CSS("body.provider a[href*=cancel]"), chromedp.NodeVisible))
	p.has("Signing in was cancelled.")
	if shown := evaluate[bool](p.tab, `document.querySelector('li[data-needs-passkeys]').checkVisibility()`); shown {
		p.t.Error("a passkey is offered at an IP address")
	}
	p.visit("/outbox", "/outbox")
}

func (p *walk) signUp(email string) {
	p.t.Helper()
	p.visit("/me/password", "/me/sign-in?next=%2Fme%2Fpassword")
	p.follow("/me/sign-up")
	p.send("/me/sign-up", 422, "first_name", "Arthur", "email", "no address", "password", password)
	p.has("Enter an e-mail address")
	if got := evaluate[string](p.tab, `document.activeElement.name + ' ' + document.querySelector('[name=first_name]').value + document.querySelector('[name=password]').value`); got != "email Arthur" {
		p.t.Errorf("the focus, and what is kept: got %q", got)
	}
	p.send("/me/sign-up", 200, "email", email, "password", password)
	p.has("If the address was new here")
	p.send("/me/sign-in", 400, "email", email, "password", "wrong")
	p.has("The e-mail address or the password is wrong.")
	p.send("/me/sign-in", 200, "email", email, "password", password)
	p.at("/me/password")
	p.has(email)
}

func (p *walk) secondFactor(email string) *authenticator {
	p.t.Helper()
	p.visit("/me/second-factor", "/me/second-factor")
	p.send("/me/second-factor/set-up", 200, "name", "Phone")
	app := &authenticator{secret: strings.ReplaceAll(evaluate[string](p.tab, `document.querySelector('.secret').textContent`), " ", "")}
	p.send("/me/second-factor/set-up", 400, "code", "000000")
	p.has("This code is wrong")
	p.send("/me/second-factor/set-up", 200, "code", app.code(p.t))
	app.recovery = evaluate[[]string](p.tab, `[...document.querySelectorAll('.codes code')].map((one) => one.textContent)`)
	p.follow("/me/second-factor")
	p.has("Phone", "10 codes are left.")
	p.send("/me/sign-out", 200)
	p.send("/me/sign-in", 200, "email", email, "password", password)
	p.at("/me/sign-in/code")
	p.send("/me/sign-in/code", 400, "code", "000000")
	p.send("/me/sign-in/code", 200, "code", app.code(p.t), "trust_device", "")
	p.at("/")
	return app
}

func (p *walk) account(email string) {
	p.t.Helper()
	p.visit("/me", "/me")
	p.has("Your e-mail address is not confirmed yet.")
	p.send("/me", 200, "first_name", "Wart")
	p.has("Your changes are saved.")
	p.send("/me", 422, "first_name", strings.Repeat("x", 81))
	p.has("First name must be a maximum of 80 characters in length.")
	p.site.elsewhere(p.t, email, "redis", "curl/8.16.0")
	p.visit("/me/sessions", "/me/sessions")
	p.has("This browser", "curl")
	p.send("/me/sessions", 200)
	p.has("Signed out there.")
	p.visit("/me/password", "/me/password")
	p.send("/me/password", 400, "new_password", "x")
	p.has("Use at least 3 characters.")
	p.visit("/me/confirm?next=/me/linked", "/me/confirm?next=/me/linked")
	p.load("open what is not there", 404, chromedp.Navigate(p.site.url+"/me/sign-in/with/nobody"))
	p.has("There is no such page")
}

// provider links an account at the demo provider, and signs in with it.
func (p *walk) provider(email string, app *authenticator) {
	p.t.Helper()
	p.visit("/me/linked", "/me/linked")
	p.follow("/me/linked/add/demo")
	p.atProvider(email)
	p.at("/me/linked")
	p.has("Demo", email)
	p.send("/me/sign-out", 200)
	p.visit("/me/sign-in?next=/me/sessions", "/me/sign-in?next=/me/sessions")
	p.follow("/me/sign-in/with/demo")
	p.atProvider(email)
	p.at("/me/sign-in/code?next=%2Fme%2Fsessions")
	p.follow("/me/sign-in/code")
	p.send("/me/sign-in/code", 200, "code", app.recoveryCode())
	p.at("/me/sessions")
}

func (p *walk) atProvider(email string) {
	p.t.Helper()
	evaluate[bool](p.tab, fmt.Sprintf(`(document.querySelector('#email').value = %q, true)`, "at.provider."+email))
	p.load("sign in at the provider", 200, chromedp.Click(chromedp.CSS("body.provider button[type=submit]"), chromedp.NodeVisible))
}

func (p *walk) mails(email string) {
	p.t.Helper()
	token := func(kind mails.Kind) string { return url.QueryEscape(p.site.mailed(p.t, kind, email).Token) }
	p.visit("/me/verify?token="+token(mails.Verify), "/me/verify")
	p.send("/me/verify", 200)
	p.has("Your address is confirmed")
	p.visit("/me/sign-out", "/me/sign-out")
	p.send("/me/sign-out", 200)

	p.visit("/me/forgot", "/me/forgot")
	p.send("/me/forgot", 200, "email", email)
	p.has("If there is an account with this address")
	link := "/me/reset?token=" + token(mails.Reset)
	if p.scripts { // the script finds it where it reaches no server
		link = "/me/reset#token=" + token(mails.Reset)
	}
	p.visit(link, "/me/reset")
	p.send("/me/reset", 200, "password", "excalibur")
	p.at("/me/sign-in?notice=reset")
	p.visit("/me/reset?token=broken", "/me/reset")
	p.send("/me/reset", 400, "password", "excalibur")
	p.has("This link does not work any more", "Get a new link")
	p.visit("/me/sign-in", "/me/sign-in")
	p.send("/me/sign-in", 200, "email", email, "password", "excalibur")
	p.at("/me/sign-in/code")
}
