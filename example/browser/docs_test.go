package browser_test

import (
	"fmt"
	"testing"
)

// The interactive page of the API works under its own strict policy, too. A login on it is
// used for the calls that follow: the browser keeps the cookie, the page the bearer token.
// A logout ends that.
func TestDocs(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		byCookie, byToken := b.email("cookie"), b.email("token")
		b.site.person(t, byCookie)
		b.site.person(t, byToken)
		b.open("/docs")
		b.see(".opblock-summary")
		b.fits()
		if got := evaluate[int](b, `document.querySelectorAll('.opblock').length`); got < 30 {
			t.Errorf("operations on the page: got %d, want all of them", got)
		}
		b.fill(".operation-filter-input", "get sessions")
		b.wait(`document.querySelectorAll('.opblock').length === 2`)
		b.see("#back a")
		b.open("/docs")

		b.call("users_get_me", "", "401")
		b.refused(401, "/users/me")
		b.call("auth_cookie_login", credentials(byCookie), "200")
		b.seeText("status", "Logged in by cookie: further calls carry its cookie.")
		b.call("users_get_me", "", byCookie)

		b.call("auth_jwt_login", credentials(byToken), "access_token")
		b.seeText("status", "Logged in by jwt: further calls carry its token.")
		b.call("users_get_me", "", byToken) // of two tokens that of the first backend decides
		b.fits()
		if axe := needAxe(t); axe != "" && b.width.name == "desktop" {
			p := &walk{tab: b}
			evaluate[bool](b, axe+`;true`)
			p.judge("/docs", "light", `{runOnly: ['color-contrast']}`)
			p.judge("/docs", "dark", `{runOnly: ['color-contrast']}`)
		}

		b.call("auth_jwt_logout", "", "200")
		b.seeText("status", "Logged out of jwt.")
		b.call("users_get_me", "", byCookie)
	})
}

func credentials(email string) string {
	return fmt.Sprintf(`{"username":%q,"password":%q}`, email, password)
}

// call has the interactive page call an operation, and waits until the answer it
// shows has text in it. An operation stays open once it was called.
func (b *tab) call(operation, body, text string) {
	b.t.Helper()
	block := `[id$="-` + operation + `"]`
	if !evaluate[bool](b, fmt.Sprintf(`!!document.querySelector(%q)?.classList.contains('is-open')`, block)) {
		b.click(block + " .opblock-summary-control")
	}
	if body != "" {
		b.paste(block+" textarea.body-param__text", body)
	}
	b.click(block + " button.execute")
	b.see(block + " .live-responses-table")
	b.wait(fmt.Sprintf(`document.querySelector(%q)?.textContent.includes(%q)`, block+" .live-responses-table", text))
}
