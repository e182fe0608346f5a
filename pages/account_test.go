package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/user"
)

// The forms of the application's own fields come from its struct.
func TestProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.at(200, "/account")
	for name, want := range map[string]string{
		"first_name": "text", "age": "number", "height": "number", "born": "date", "mailing": "checkbox", "site": "url", "email": "email",
	} {
		if got := attribute(b.input(name), "type"); got != want {
			t.Errorf("%s: got type %q, want %q", name, got, want)
		}
	}
	if b.input("house").Data != "select" {
		t.Error("house is no select")
	}
	b.see("Du lac", "Plan gold")
	for _, absent := range []string{`name="plan"`, "horses", "note"} {
		if strings.Contains(b.body, absent) {
			t.Errorf("%s is on the page", absent)
		}
	}
	b.send("/account", "first_name", "Arthur", "house", "du lac", "age", "44", "height", "1.9", "born", "1981-04-03", "mailing", "on", "site", "https://camelot.bt/")
	b.at(200, "/account?notice=saved")
	b.see("Your changes are saved.")
	for name, want := range map[string]string{"first_name": "Arthur", "age": "44", "height": "1.9", "born": "1981-04-03", "site": "https://camelot.bt/"} {
		if got := attribute(b.input(name), "value"); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if !has(b.input("mailing"), "checked") {
		t.Error("the box is not checked")
	}
	b.send("/account", "first_name", "", "age", "", "born", "", "mailing", "")
	b.at(200, "/account?notice=saved")
	if _, body := b.api("GET", "/users/me", ""); !strings.Contains(body, `"first_name":null,"house":"du lac","age":null,"height":1.9,"born":null,"mailing":false`) {
		t.Errorf("got %s", body)
	}
}

// What is wrong is said beside its field, and what was typed stays.
func TestProfileRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for lang, want := range map[string]map[string]string{
		"en": {
			"first_name": "First name must be a maximum of 20 characters in length.", "age": "Enter a whole number.", "height": "Enter a number.",
			"born": "Enter a date.", "email": "Enter an e-mail address, such as name@example.com.",
		},
		"de": {
			"first_name": "Verwenden Sie höchstens 20 Zeichen.", "age": "Geben Sie eine ganze Zahl ein.", "height": "Geben Sie eine Zahl ein.",
			"born": "Geben Sie ein Datum ein.", "email": "Geben Sie eine E-Mail-Adresse ein, etwa name@example.com.",
		},
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b := w.browser()
			b.t, b.lang = t, lang
			b.signIn(arthur, guinevere)
			typed := map[string]string{"first_name": strings.Repeat("x", 21) + `"<b>`, "age": "4.5", "height": "tall", "born": "yesterday", "email": "no address"}
			var form []string
			for name, value := range typed {
				form = append(form, name, value)
			}
			b.send("/account", form...)
			b.at(422, "/account")
			for name, value := range typed {
				if got := b.complaint(name); got != want[name] {
					t.Errorf("%s: got %q, want %q", name, got, want[name])
				}
				if got := attribute(b.input(name), "value"); got != value {
					t.Errorf("%s kept: got %q, want %q", name, got, value)
				}
			}
			if got := b.complaint("site"); got != "" {
				t.Errorf("site: got %q", got)
			}
			if !has(b.input("email"), "autofocus") {
				t.Error("the first wrong field has not the focus")
			}
		})
	}
}

func TestProfileAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := user.Registration{Email: merlin, Password: guinevere, Profile: &knight{House: "pendragon"}}
	if _, err := w.auth.Manager().Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.send("/account", "email", merlin)
	b.at(400, "/account")
	if got := b.complaint("email"); got != "This address cannot be used. Choose another one." {
		t.Errorf("got %q", got)
	}
	b.send("/account", "email", "arthur@tintagel.bt")
	b.at(200, "/account?notice=saved")
	if got := attribute(b.input("email"), "value"); got != "arthur@tintagel.bt" {
		t.Errorf("got %q", got)
	}
}

// With the full bar a new address is confirmed before it counts, and changes take the
// current password.
func TestStricterPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *pages.Config) {
		c.ConfirmEmailChange, c.RequireCurrentPassword, c.ConcealRegistration = true, true, true
	})
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.send("/account", "email", "arthur@tintagel.bt")
	b.at(400, "/account")
	if got := b.complaint("current_password"); got != "This is not your current password." {
		t.Errorf("got %q\n%s", got, b.text())
	}
	b.send("/account", "current_password", guinevere)
	b.at(200, "/account?notice=email_pending")
	b.see("Confirm the new address by the link")
	if got := attribute(b.input("email"), "value"); got != arthur {
		t.Errorf("got %q", got)
	}
	mail := w.mail(user.MailConfirmEmail, "arthur@tintagel.bt")
	b.open("/account/confirm-email?token=" + string(mail.Token))
	b.at(200, "/account/confirm-email")
	b.send("/account/confirm-email")
	b.at(200, "/account/confirm-email?done=1")
	b.open("/account/confirm-email?token=" + string(mail.Token))
	b.send("/account/confirm-email")
	b.at(400, "/account/confirm-email")
	b.see("This link does not work any more")

	b.open("/account/password")
	b.send("/account/password", "current_password", "wrong", "new_password", "excalibur")
	b.at(400, "/account/password")
	if got := b.complaint("current_password"); got != "This is not your current password." {
		t.Errorf("got %q", got)
	}
	b.send("/account/password", "current_password", guinevere, "new_password", "excalibur")
	b.at(200, "/account/password?notice=password_saved")

	b = w.browser()
	b.open("/account/sign-up")
	b.send("/account/sign-up", "email", "galahad@camelot.bt", "password", "perceval", "house", "pendragon")
	b.at(200, "/account/sign-in?notice=signed_up_mail")
}

func TestPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere, b := w.browser(), w.browser()
	elsewhere.signIn(arthur, guinevere)
	b.signIn(arthur, guinevere)
	b.open("/account/password")
	b.send("/account/password", "new_password", "short")
	b.at(400, "/account/password")
	if got := b.complaint("new_password"); got != "Use at least 8 characters." {
		t.Errorf("got %q", got)
	}
	if strings.Contains(b.body, "short") {
		t.Error("the page has the password")
	}
	b.send("/account/password", "new_password", "excalibur")
	b.at(200, "/account/password?notice=password_saved")
	elsewhere.open("/account")
	elsewhere.at(200, "/account/sign-in?next=%2Faccount")
	elsewhere.signIn(arthur, "excalibur")
	elsewhere.at(200, "/account")
}

func TestSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two, b := w.browser(), w.browser(), w.browser()
	one.signIn(arthur, guinevere)
	two.signIn(arthur, guinevere)
	b.signIn(arthur, guinevere)
	b.open("/account/sessions")
	b.see("Firefox, Linux", "This browser", "Sign out everywhere else")
	id := attribute(b.input("session"), "value")
	b.send("/account/sessions") // the first of the others
	b.at(200, "/account/sessions?notice=session_ended")
	b.do("POST", "/account/sessions", url.Values{"session": {id}}) // the button, once more
	b.at(200, "/account/sessions?notice=session_ended")
	b.do("POST", "/account/sessions", url.Values{"session": {"../../me"}})
	b.at(200, "/account/sessions?notice=session_ended")
	b.do("POST", "/account/sessions", url.Values{})
	b.at(200, "/account/sessions?notice=session_ended")
	for _, other := range []*browser{one, two} {
		other.open("/account")
		other.at(200, "/account/sign-in?next=%2Faccount")
	}
	if strings.Contains(b.text(), "Sign out everywhere else") {
		t.Error("others are left")
	}
}

// A second factor is set up, asked for, and removed.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	w.wait(time.Hour)
	b.open("/account/second-factor")
	b.send("/account/second-factor/set-up", "name", "Phone")
	b.at(200, "/account/confirm?next=%2Faccount%2Fsecond-factor")
	b.send("/account/confirm", "password", guinevere)
	b.at(200, "/account/second-factor")
	b.send("/account/second-factor/set-up", "name", "Phone")
	b.see("Set up an authenticator app")
	if !strings.Contains(b.body, `src="data:image/png;base64,`) {
		t.Error("there is no picture")
	}
	code := b.app(w)
	b.send("/account/second-factor/set-up", "code", "000000")
	b.at(400, "/account/second-factor/set-up")
	if got := b.complaint("code"); got != "This code is wrong, or was used before." {
		t.Errorf("got %q", got)
	}
	b.send("/account/second-factor/set-up", "code", code())
	b.see("Recovery codes", "The app is set up.")
	recovery := codeOn(b)
	b.open("/account/second-factor")
	b.see("Phone", "10 codes are left.")

	b.send("/account/sign-out")
	b.open("/account/sign-in?next=/castle")
	b.send("/account/sign-in", "email", arthur, "password", guinevere)
	b.at(200, "/account/sign-in/code?next=%2Fcastle")
	b.open("/castle")
	b.at(200, "/account/sign-in?next=%2Fcastle") // half a login is none
	b.open("/account/sign-in/code?next=%2Fcastle")
	b.send("/account/sign-in/code", "code", "000000")
	b.at(400, "/account/sign-in/code")
	b.see("Error: One more step")
	b.send("/account/sign-in/code", "code", code(), "trust_device", "on")
	b.at(200, "/castle")
	b.do("POST", "/account/sign-in/code", url.Values{"factor": {"totp"}, "code": {"123456"}, "next": {"/castle"}})
	b.at(200, "/account/sign-in?next=%2Fcastle&notice=step_over") // the back button
	b.see("You are signed in as " + arthur)

	other := w.browser()
	other.signIn(arthur, guinevere)
	other.at(200, "/account/sign-in/code")
	other.open("/account/sign-in/code?with=recovery_code")
	other.see("Recovery code")
	other.send("/account/sign-in/code", "code", recovery)
	other.at(200, "/account")
	other.open("/account/second-factor")
	other.see("9 codes are left.", "Trusted browsers")
	other.send("/account/second-factor/codes")
	other.see("These replace the codes of before.")
	w.wait(time.Hour)
	other.open("/account/second-factor")
	other.send("/account/second-factor")
	other.at(200, "/account/confirm?next=%2Faccount%2Fsecond-factor")
	other.see("Code from your authenticator app")
	other.send("/account/confirm", "code", code())
	other.at(200, "/account/second-factor")
	other.send("/account/second-factor")
	other.at(200, "/account/second-factor?notice=factor_removed")
	if strings.Contains(other.text(), "Recovery codes") {
		t.Error("the second factor is still on")
	}
}

// A new address takes the second factor, and what was typed waits for it.
func TestNewAddressWithSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	code := b.setUpApp(w)
	b.open("/account")
	b.send("/account", "email", "rex@camelot.bt")
	b.at(200, "/account/confirm?next=%2Faccount")
	b.send("/account/confirm", "code", code())
	b.at(200, "/account")
	if got := b.value("email"); got != "rex@camelot.bt" {
		t.Errorf("the address: got %q, want what was typed", got)
	}
	b.send("/account")
	b.at(200, "/account?notice=saved")
	b.see("rex@camelot.bt")
}

// app returns what makes the codes of the key that the page shows, each a new one.
func (b *browser) app(w *world) (code func() string) {
	_, rest, _ := strings.Cut(b.body, `<code class="secret">`)
	shown, _, _ := strings.Cut(rest, "<")
	key := strings.ReplaceAll(shown, " ", "")
	return func() string {
		b.t.Helper()
		w.wait(30 * time.Second)
		code, err := totp.GenerateCode(key, w.clock())
		if err != nil {
			b.t.Fatal(err)
		}
		return code
	}
}

// setUpApp turns the second factor on.
func (b *browser) setUpApp(w *world) (code func() string) {
	b.t.Helper()
	b.open("/account/second-factor")
	b.send("/account/second-factor/set-up", "name", "Phone")
	code = b.app(w)
	b.send("/account/second-factor/set-up", "code", code())
	b.see("Recovery codes")
	b.open("/account")
	return code
}

func codeOn(b *browser) string {
	b.t.Helper()
	_, rest, _ := strings.Cut(b.body, "<li><code>")
	code, _, _ := strings.Cut(rest, "<")
	return code
}

func TestEnrolmentRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *pages.Config) { c.RequireFactor = func(*ginauth.User) bool { return true } })
	b := w.browser()
	b.open("/castle")
	b.send("/account/sign-in", "email", arthur, "password", guinevere)
	b.at(200, "/account/second-factor?notice=enrolment")
	b.see("Set up a second factor to go on.")
	b.send("/account/second-factor/set-up")
	b.see("Set up an authenticator app")
}
