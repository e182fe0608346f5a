package browser_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// elsewhere logs a user in outside the browser.
func (s *site) elsewhere(t *testing.T, email, backend, program string) {
	t.Helper()
	form := url.Values{"username": {email}, "password": {password}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/auth/"+backend+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("User-Agent", program)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("log in by %s: got %d, want 200", backend, response.StatusCode)
	}
}

func TestProfile(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email, other, taken := b.email("arthur"), b.email("wart"), b.email("taken")
		b.site.person(t, email)
		b.site.person(t, taken)
		b.logIn(email, "cookie")

		b.fill("#profile-name", "Arthur Pendragon")
		b.click("#profile button[type=submit]")
		b.say("Saved.")
		b.fill("#profile-name", strings.Repeat("a", 81))
		b.click("#profile button[type=submit]")
		b.complain("First name: first_name must be a maximum of 80 characters in length")
		b.refused(422, "/users/me")
		b.fill("#profile-name", "")
		b.click("#profile button[type=submit]")
		b.say("Saved.")

		b.fill("#profile-email", taken)
		b.click("#profile button[type=submit]")
		b.complain("Somebody else has this e-mail address.")
		b.refused(400, "/users/me")
		b.seeText("flags", "verified")
		b.fill("#profile-email", other)
		b.click("#profile button[type=submit]")
		b.say("Saved.")
		b.seeText("who", other)
		b.seeText("flags", "not verified")
		b.see("#send-verify")

		b.fill("#profile-password", "merlin")
		b.click("#profile button[type=submit]")
		b.do("see the field of the password emptied", chromedp.Poll[chromedp.Void](`document.getElementById('profile-password').value === ''`))
		b.say("Saved.")
		b.logOut()
		b.fill("#login-email", other)
		b.fill("#login-password", "merlin")
		b.click("#login button[type=submit]")
		b.seeText("who", other)
	})
}

func TestSessions(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email := b.email("arthur")
		b.site.person(t, email)
		b.site.elsewhere(t, email, "redis", "kettle/1.0")
		b.site.elsewhere(t, email, "cookie", "kettle/1.0")
		b.site.elsewhere(t, email, "session", "kettle/1.0")
		b.logIn(email, "cookie")
		const entries, ends = `document.querySelectorAll('#sessions li').length`, `document.querySelectorAll('#sessions button').length`
		b.seeText("sessions", "kettle")
		b.seeText("sessions", "Chrome")
		if got := evaluate[int](b, entries); got != 4 {
			t.Errorf("sessions: got %d, want 4", got)
		}
		if got := evaluate[int](b, ends); got != 3 {
			t.Errorf("sessions that can be ended: got %d, want 3: not this one", got)
		}
		b.fits()

		b.click(`#sessions button[aria-label^="End the session by redis"]`)
		b.say("The session is ended.")
		if got := evaluate[int](b, entries); got != 3 {
			t.Errorf("sessions after one was ended: got %d, want 3", got)
		}
		b.click("#end-others")
		b.say("You are logged out everywhere else.")
		if got := evaluate[int](b, entries); got != 1 {
			t.Errorf("sessions after the others were ended: got %d, want 1", got)
		}
		b.open("/")
		b.seeText("who", email)
	})
}

// A user who is logged out elsewhere sees it at the next step.
func TestEndedElsewhere(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email := b.email("arthur")
		u := b.site.person(t, email)
		b.logIn(email, "cookie")
		b.see("#profile-name") // the page must have been let in before
		if _, err := b.site.Auth.Manager().LogOutEverywhere(t.Context(), u, ""); err != nil {
			t.Fatal(err)
		}
		b.fill("#profile-name", "Arthur")
		b.click("#profile button[type=submit]")
		b.complain("Please log in.")
		b.see("#login")
		b.lose("#account")
		b.refused(401, "/users/me")
	})
}
