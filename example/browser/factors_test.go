package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// authenticator is an app on a phone.
type authenticator struct {
	secret string
	last   int64 // the time step of the code it showed last
	// recovery are the codes for its loss, of which the first is used next.
	recovery []string
}

// code returns a code that was not used before: of this time step, or of the next, which
// is accepted early.
func (a *authenticator) code(t *testing.T) string {
	t.Helper()
	a.last = max(a.last+1, time.Now().Unix()/30)
	code, err := totp.GenerateCode(a.secret, time.Unix(a.last*30, 0))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (a *authenticator) recoveryCode() string {
	first := a.recovery[0]
	a.recovery = a.recovery[1:]
	return first
}

// enrol sets up an app of the user who is logged in.
func (b *tab) enrol(name string) *authenticator {
	b.t.Helper()
	a := b.newKey(name)
	b.fill("#confirm-code", a.code(b.t))
	b.click("#confirm-factor button[type=submit]")
	a.recovery = b.keepCodes()
	return a
}

// newKey has the page show a key, and reads it.
func (b *tab) newKey(name string) *authenticator {
	b.t.Helper()
	b.fill("#add-name", name)
	b.click("#add-factor button")
	b.wait(`document.querySelector('#qr img')?.naturalWidth > 100`)
	b.see("#confirm-code:focus")
	return &authenticator{secret: strings.ReplaceAll(evaluate[string](b, `document.getElementById('secret').textContent`), " ", "")}
}

// keepCodes copies and prints the recovery codes that the page shows, and returns them.
func (b *tab) keepCodes() []string {
	b.t.Helper()
	b.see("#codes[open]")
	b.fits()
	evaluate[bool](b, `(() => {
		navigator.clipboard.writeText = async (text) => { window.copied = text; };
		window.print = () => { window.printed = document.querySelectorAll('#codes li').length; };
		return true;
	})()`)
	b.click("#copy-codes")
	b.seeText("codes-status", "Copied.")
	b.click("#print-codes")
	b.wait(`window.printed === 10`)
	codes := strings.Fields(evaluate[string](b, `window.copied`))
	if len(codes) != 10 {
		b.t.Fatalf("copied recovery codes: got %q, want 10", codes)
	}
	b.click("#codes-done")
	b.lose("#codes")
	b.wait(`document.getElementById('codes-list').textContent === ''`)
	return codes
}

// halfway logs in up to the second step.
func (b *tab) halfway(email, backend string) {
	b.t.Helper()
	b.open("/")
	b.fill("#login-email", email)
	b.fill("#login-password", password)
	b.choose("#login-backend", backend)
	b.click("#login button[type=submit]")
	b.see("#factor-code:focus")
	b.lose("#account")
}

// answer answers the second step of a login.
func (b *tab) answer(code string) {
	b.t.Helper()
	b.fill("#factor-code", code)
	b.click("#factor-form button[type=submit]")
}

// recover answers the second step by a recovery code.
func (b *tab) recover(a *authenticator) {
	b.t.Helper()
	b.click("#factor-other")
	b.seeText("factor-label", "Recovery code")
	b.answer(a.recoveryCode())
}

// proveAgain answers the dialog for a fresh login by a recovery code.
func (b *tab) proveAgain(a *authenticator) {
	b.t.Helper()
	b.see("#again[open]")
	b.click("#again-other")
	b.seeText("again-label", "Recovery code")
	b.fill("#again-code", a.recoveryCode())
	b.click("#again-form button[type=submit]")
}

func removeFactor(name string) string {
	return fmt.Sprintf(`#account button[aria-label^="Remove %s since"]`, name)
}

func TestSecondFactor(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email := b.email("arthur")
		b.site.person(t, email)
		b.logIn(email, "cookie")
		b.seeText("factors", "No authenticator app yet.")
		b.lose("#with-factor")

		app := b.newKey("Phone")
		b.fits()
		b.named("account with a key", 12)
		b.fill("#confirm-code", "12345x")
		b.click("#confirm-factor button[type=submit]")
		b.complain("This code is wrong, or was used before.")
		b.refused(400, "/users/me/factors/totp/")
		b.fill("#confirm-code", app.code(t))
		b.click("#confirm-factor button[type=submit]")
		app.recovery = b.keepCodes()
		b.say("The app is set up.")
		b.see(removeFactor("Phone"))
		b.seeText("codes-left", "10 left.")
		b.lose("#confirm-factor")

		// This login was made with the password alone.
		b.click("#new-codes")
		b.refused(403, "/users/me/recovery-codes")
		b.see("#again[open]")
		b.fits()
		b.see("#again-code:focus")
		b.fill("#again-code", "12345x")
		b.click("#again-form button[type=submit]")
		b.seeText("again-alert", "This code is wrong, or was used before.")
		b.refused(400, "/auth/cookie/reauthenticate")
		b.click("#again-cancel")
		b.complain("Nothing was changed.")
		b.click("#new-codes")
		b.refused(403, "/users/me/recovery-codes")
		b.proveAgain(app)
		app.recovery = b.keepCodes()
		b.say("The new recovery codes are in force")

		b.logOut()
		b.halfway(email, "cookie")
		b.refused(400, "/auth/cookie/login")
		b.fits()
		b.named("second step", 5)
		b.answer("12345x")
		b.complain("This code is wrong, or was used before.")
		b.refused(400, "/auth/cookie/login/factor")
		b.answer(app.code(t))
		b.seeText("who", email)
		b.enabled("#factor-form button[type=submit]")

		b.logOut()
		b.halfway(email, "cookie")
		b.refused(400, "/auth/cookie/login")
		b.click("#factor-trust input")
		b.recover(app)
		b.seeText("who", email)
		b.seeText("codes-left", "9 left.")
		b.logOut()
		b.logIn(email, "cookie") // trusted: one step
		b.seeText("devices", "Mozilla")
		b.fits()

		const device = `#devices button`
		b.click(device)
		b.refused(403, "/users/me/factors/")
		b.proveAgain(app)
		b.say("The browser is not trusted any more.")
		b.seeText("devices", "None.")
		b.logOut()
		b.halfway(email, "cookie")
		b.refused(400, "/auth/cookie/login")
		b.recover(app)
		b.seeText("who", email)
		b.enabled("#factor-form button[type=submit]")

		b.click(removeFactor("Phone"))
		b.seeText("question-text", "Remove Phone?")
		b.click("#question-yes")
		b.say("Phone is removed.")
		b.seeText("factors", "No authenticator app yet.")
		b.lose("#with-factor")
		b.logOut()
		b.logIn(email, "cookie")
	})
}

func TestSecondStepOfEachLogin(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[1])
	email := b.email("arthur")
	b.open("/")
	b.click("[data-provider=demo]")
	b.signIn(email)
	b.seeText("who", email)
	b.fill("#profile-password", password)
	b.click("#profile button[type=submit]")
	b.say("Saved.")
	app := b.enrol("Phone")
	b.say("The app is set up.")
	b.logOut()

	for _, backend := range []string{"cookie", "session", "jwt", "redis"} {
		b.halfway(email, backend)
		b.refused(400, "/auth/"+backend+"/login")
		if isBearer := backend == "jwt" || backend == "redis"; isBearer {
			b.lose("#factor-trust")
		} else {
			b.see("#factor-trust")
		}
		b.recover(app)
		b.seeText("who", email)
		b.enabled("#factor-form button[type=submit]")
		b.logOut()
	}

	b.open("/")
	b.click("[data-provider=demo]")
	b.signIn(email)
	b.see("#factor-code:focus")
	if got, want := evaluate[string](b, `location.href`), b.site.url+"/account"; got != want {
		t.Errorf("address of the page: got %s, want %s without the error", got, want)
	}
	b.click("#factor-cancel")
	b.see("#login")
	b.click("[data-provider=demo]")
	b.signIn(email)
	b.recover(app)
	b.seeText("who", email)

	// The link is untrusted: any site can link to the page.
	b.logOut()
	b.open("/?error=LOGIN_FACTOR_REQUIRED")
	b.complain("This login took too long, too many tries, or was used before.")
	b.refused(400, "/auth/cookie/login/factor")
	b.see("#login")
}

// An old login is made fresh by the password, where there is no second factor.
func TestFreshLogin(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	for _, backend := range []string{"cookie", "session", "redis", "jwt"} {
		email := b.email(backend)
		b.site.person(t, email)
		b.logIn(email, backend)
		evaluate[bool](b, `(() => {
			const real = window.fetch;
			window.fetch = async (path, options) => {
				if (!path.endsWith('/factors/totp')) return real(path, options);
				window.fetch = real;
				return new Response('{"detail":"FRESH_LOGIN_REQUIRED"}', { status: 403 });
			};
			return true;
		})()`)
		b.click("#add-factor button")
		b.see("#again[open]")
		b.seeText("again-label", "Password")
		b.lose("#again-other")
		b.fill("#again-code", "mordred")
		b.click("#again-form button[type=submit]")
		b.seeText("again-alert", "The password is wrong.")
		b.refused(400, "/auth/"+backend+"/reauthenticate")
		b.fill("#again-code", password)
		b.click("#again-form button[type=submit]")
		b.see("#qr img")
		b.logOut()
	}
}
