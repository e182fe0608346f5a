package browser_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// signIn fills in the page of the demo provider.
func (b *tab) signIn(email string) {
	b.t.Helper()
	b.see("body.provider")
	b.fill("#email", email)
	b.click("#email_verified")
	b.click("button[type=submit]")
}

// providerTitle is what the page of the demo provider is called.
const providerTitle = "Sign in – demo provider"

// popup returns the window that a click opens, which shares everything with its tab.
func (b *tab) popup(selector string) *tab {
	b.t.Helper()
	own := chromedp.FromContext(b.ctx).Target.TargetID // other tests open windows, too
	opened := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool {
		return info.OpenerID == own && !slices.Contains(b.popups, info.TargetID)
	})
	id := b.clickUntil(selector, opened)
	b.popups = append(b.popups, id)
	b.loaded(id)
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id), chromedp.WithListener(b.listen))
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open a window: %v", err)
	}
	return &tab{t: b.t, ctx: ctx, site: b.site, width: b.width, watch: b.watch}
}

// loaded waits until the window shows the provider's page: chromedp does not take well to
// a page that changes while it attaches to it.
func (b *tab) loaded(id target.ID) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	browser := chromedp.FromContext(b.ctx).Browser
	for {
		shown, err := cdp.Call(ctx, browser, target.GetTargetInfo, target.GetTargetInfoParams{TargetID: id})
		if err != nil {
			b.t.Fatalf("open a window: %v\n%s", err, b.describe())
		}
		if shown.TargetInfo.Title == providerTitle {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// clickUntil clicks until a window has opened: where the page moves in that moment, a
// click misses.
func (b *tab) clickUntil(selector string, opened <-chan target.ID) target.ID {
	b.t.Helper()
	const tries = 4
	for range tries {
		b.click(selector)
		select {
		case id, ok := <-opened:
			if !ok {
				b.t.Fatal("open a window: the tab is gone")
			}
			return id
		case <-time.After(patience / tries):
		}
	}
	b.t.Fatalf("open a window: %s opened none\n%s", selector, b.describe())
	return ""
}

// linked is the list's entry of an account.
func linked(email string) string {
	return fmt.Sprintf(`#linked button[aria-label="Unlink %s at demo"]`, email)
}

func TestDemoProvider(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		first, second := b.email("arthur"), b.email("wart")
		b.open("/")
		b.click("[data-provider=demo]")
		b.see("body.provider")
		b.fits()
		b.signIn(first)
		b.seeText("who", first)
		if got, want := evaluate[string](b, `location.href`), b.site.url+"/account"; got != want {
			t.Errorf("after signing in: got %s, want %s", got, want)
		}
		b.see(linked(first))
		b.seeText("sessions", "cookie")
		if c := b.cookies(); c["ginauth"] == nil || len(c) != 1 {
			t.Errorf("cookies after signing in: got %v, want ginauth alone", c)
		}

		window := b.popup("[data-link=demo]")
		b.say("Go on in the other window.")
		window.signIn(second)
		b.say("The account is linked.")
		b.see(linked(first))
		b.see(linked(second))
		b.fits()

		b.click(linked(first))
		b.say("The account is unlinked.")
		b.lose(linked(first))
		b.click(linked(second))
		b.complain("This is the last way to log in; set a password first.")
		b.refused(400, "/users/me/oauth-accounts/")
		b.see(linked(second))

		b.logOut()
		b.click("[data-provider=demo]")
		b.signIn(second)
		b.seeText("who", first)
		// With a password, the last account may go.
		b.fill("#profile-password", password)
		b.click("#profile button[type=submit]")
		b.say("Saved.")
		b.click(linked(second))
		b.say("The account is unlinked.")
		b.seeText("linked", "None yet.")
	})
}

func TestSignInIsRefused(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email := b.email("arthur")
		b.site.person(t, email)

		b.open("/")
		b.click("[data-provider=demo]")
		b.click("a[href*=cancel]")
		b.complain("The provider was told not to sign you in.")
		b.see("#login")

		// An address alone does not give access to another user's account.
		b.click("[data-provider=demo]")
		b.signIn(email)
		b.complain("There is an account with this e-mail address. Log in and link the provider there.")
		b.see("#login")
		if got, want := evaluate[string](b, `location.href`), b.site.url+"/account"; got != want {
			t.Errorf("address of the page: got %s, want %s without the error", got, want)
		}
		if c := b.cookies(); len(c) != 0 {
			t.Errorf("cookies: got %v, want none", c)
		}
	})
}

// The error in the link is untrusted: any site can link to the page.
func TestErrorInTheAddress(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		for _, code := range []string{"Your account is locked. Call 555-0100.", "constructor", "__proto__", "server_error"} {
			b.open("/?error=" + url.QueryEscape(code))
			b.complain("The sign-in did not work. Try again.")
			if got, want := evaluate[string](b, `document.getElementById('alert').textContent`), "The sign-in did not work. Try again."; got != want {
				t.Errorf("error %q: the page says %q, want %q", code, got, want)
			}
		}
		b.open("/?error=OAUTH_USER_ALREADY_EXISTS")
		b.complain("There is an account with this e-mail address. Log in and link the provider there.")
	})
}

func TestLinkIsRefused(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		taken, email := b.email("taken"), b.email("arthur")
		b.site.person(t, email)
		b.open("/")
		b.click("[data-provider=demo]")
		b.signIn(taken)
		b.seeText("who", taken)
		b.logOut()

		b.logIn(email, "session")
		window := b.popup("[data-link=demo]")
		window.signIn(taken)
		b.complain("This provider account belongs to somebody else here.")
		b.refused(400, "/auth/associate/demo/callback")

		window = b.popup("[data-link=demo]")
		window.click("a[href*=cancel]")
		b.complain("The provider was told not to sign you in.")
		b.refused(400, "/auth/associate/demo/callback")

		window = b.popup("[data-link=demo]")
		window.see("body.provider")
		if err := chromedp.Cancel(window.ctx); err != nil {
			t.Fatal(err)
		}
		b.say("The window was closed, and nothing is linked.")
		b.seeText("linked", "None yet.")
	})
}
