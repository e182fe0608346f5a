package browser_test

import (
	"fmt"
	"testing"
)

func box(label, email string) string {
	return fmt.Sprintf(`#users input[aria-label="%s: %s"]`, label, email)
}

func TestUsers(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		admin, arthur, merlin := b.email("admin"), b.email("arthur"), b.email("merlin")
		b.site.person(t, admin, superuser)
		b.site.person(t, arthur, unverified)
		b.site.person(t, merlin)
		prefix := b.email("knight-")
		prefix = prefix[:len(prefix)-len("@camelot.example")]
		for i := range 21 {
			b.site.person(t, fmt.Sprintf("%s%02d@camelot.example", prefix, i))
		}

		b.logIn(arthur, "cookie")
		b.lose("#admin")
		b.logOut()

		b.logIn(admin, "cookie")
		b.see("#admin")
		b.search(prefix)
		b.see("#more")
		const shown = `document.querySelectorAll('#users li').length`
		if got := evaluate[int](b, shown); got != 20 {
			t.Errorf("users on the first page: got %d, want 20", got)
		}
		b.click("#more")
		b.lose("#more")
		if got := evaluate[int](b, shown); got != 21 {
			t.Errorf("users on both pages: got %d, want 21", got)
		}
		b.search("nobody.at.all")
		b.seeText("users", "Nobody.")

		b.search(arthur)
		b.fits()
		b.click(box("Verified", arthur))
		b.say(arthur + ": verified on.")
		b.click(box("Superuser", arthur))
		b.say(arthur + ": superuser on.")
		b.search(arthur)
		for _, label := range []string{"Active", "Verified", "Superuser"} {
			b.see(box(label, arthur) + ":checked")
		}
		b.click(box("Active", arthur))
		b.say(arthur + ": active off.")

		b.search(merlin)
		remove := fmt.Sprintf(`#users button[aria-label="Delete %s"]`, merlin)
		b.click(remove)
		b.seeText("question-text", "Delete "+merlin+" for good?")
		b.fits()
		b.click("#question button[value=no]")
		b.lose("#question")
		b.click(remove)
		b.click("#question-yes")
		b.say(merlin + " is deleted.")
		b.lose(remove)

		// Superusers who stop being some see it at once.
		b.search(admin)
		b.click(box("Superuser", admin))
		b.say(admin + ": superuser off.")
		b.lose("#admin")
		b.logOut()

		b.fill("#login-email", arthur)
		b.fill("#login-password", password)
		b.click("#login button[type=submit]")
		b.complain("E-mail and password do not match.") // inactive
		b.refused(400, "/auth/cookie/login")
	})
}

// search shows the users whose address begins with prefix.
func (b *tab) search(prefix string) {
	b.t.Helper()
	b.fill("#search-q", prefix)
	b.click("#search button")
	b.say("found for “" + prefix + "”.")
}
