package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/pages"
)

func TestUserPage(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	page := "/account/administration/users/" + string(w.id(arthur))
	b.open("/account/administration?q=king")
	b.follow(arthur)
	b.at(200, page)
	b.see(arthur, "Active", "1 Jan 2026", "State and roles", "Profile", string(w.id(arthur)))
	b.send(page, "email", "no address", "age", "200", "first_name", "Wart", "house", "du lac")
	b.at(422, page)
	if b.complaint("email") == "" || b.complaint("age") == "" || b.value("first_name") != "Wart" || b.value("age") != "200" {
		t.Errorf("got %s", b.text())
	}
	b.send(page, "email", morgan, "age", "20")
	b.at(400, page)
	if got := b.complaint("email"); got != "This address cannot be used. Choose another one." {
		t.Errorf("got %q", got)
	}
	b.send(page, "email", merlin, "mailing", "on", "born", "1990-02-03")
	b.at(200, page+"?notice=user_saved")
	u := w.user(merlin)
	if p := u.Profile.(*knight); u.IsVerified || *p.FirstName != "Wart" || *p.Age != 20 || !p.Mailing || p.House != "du lac" || p.Born.Format(time.DateOnly) != "1990-02-03" || p.Plan != "gold" {
		t.Errorf("got %+v, %+v", u, p)
	}
	b.press("Confirm the address")
	b.at(200, page+"?notice=user_verified")
	if !w.user(merlin).IsVerified {
		t.Error("the address is not verified")
	}

	// Only what was changed in the form is: another administrator changes the same user.
	stale := w.browser()
	stale.signIn(morgan, guinevere)
	stale.open(page)
	b.send(page+"/state/flags", "is_active", "", "role.editor", "on")
	b.at(200, page+"?notice=user_saved")
	b.see("Inactive")
	stale.send(page+"/state/flags", "role.knight", "on")
	if u := w.user(merlin); u.IsActive || strings.Join(u.Roles, " ") != "editor knight" {
		t.Errorf("got %+v", u)
	}
	b.open(page)
	b.send(page+"/state/flags", "is_active", "on", "is_superuser", "on", "role.editor", "")
	if u := w.user(merlin); !u.IsActive || !u.IsSuperuser || strings.Join(u.Roles, " ") != "knight" {
		t.Errorf("got %+v", u)
	}

	b.follow("Delete …")
	b.at(200, page+"/delete")
	b.see("Delete " + merlin + "?")
	b.send(page + "/delete")
	b.at(200, "/account/administration?notice=user_deleted")
	b.do("POST", page+"/delete", url.Values{}) // the back button
	b.at(404, page+"/delete")
	b.see("There is no such page")
	b.open("/account/administration/users/me")
	b.at(404, "/account/administration/users/me")
}

func TestLastSuperuser(t *testing.T) {
	t.Parallel()
	w, b := court(t, func(c *ginauth.Config, _ *pages.Config) { c.KeepOneSuperuser = true })
	page := "/account/administration/users/" + string(w.id(morgan))
	b.open(page)
	for _, way := range []string{"Block …", "Act as this user …"} {
		if len(b.links(way)) != 0 {
			t.Errorf("%s is offered over oneself", way)
		}
	}
	b.send(page+"/state/flags", "is_superuser", "", "role.knight", "on")
	b.at(400, page+"/state/flags")
	b.see("This is the last superuser. Make another one first.")
	if has(b.input("is_superuser"), "checked") || !has(b.input("role.knight"), "checked") {
		t.Error("what was chosen is forgotten")
	}
	b.open(page + "/delete")
	b.send(page + "/delete")
	b.at(400, page+"/delete")
	b.see("This is the last superuser.")
}

func TestBan(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	page := "/account/administration/users/" + string(w.id(arthur))
	b.open(page)
	b.follow("Block …")
	b.send(page+"/ban", "reason", "Sells swords.", "until", "2025-01-01T00:00")
	b.at(422, page+"/ban")
	if got := b.complaint("until"); got != "Enter a time in the future." || b.value("reason") != "Sells swords." || b.value("until") != "2025-01-01T00:00" {
		t.Errorf("got %q, %q, %q", got, b.value("reason"), b.value("until"))
	}
	b.send(page+"/ban", "until", "2026-02-01T10:30")
	b.at(200, page+"?notice=user_banned")
	b.see("Blocked", "until 1 Feb 2026, 10:30 UTC", "Sells swords.", "The user is blocked.")
	if ban := w.user(arthur).Ban; ban == nil || ban.By != w.id(morgan) {
		t.Errorf("got %+v", ban)
	}
	b.follow("Change the block …")
	if b.value("until") != "2026-02-01T10:30" || b.value("reason") != "Sells swords." {
		t.Errorf("got %q, %q", b.value("until"), b.value("reason"))
	}
	b.open("/account/administration?banned=true")
	b.see(arthur + " Blocked")
	b.open(page)
	b.press("Lift the block")
	b.at(200, page+"?notice=user_unbanned")
	if w.user(arthur).Ban != nil {
		t.Error("the ban is still there")
	}
}

func TestUserSecurity(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	page := "/account/administration/users/" + string(w.id(arthur)) + "/security"
	theirs := w.browser()
	theirs.signIn(arthur, guinevere)
	for _, name := range []string{"Warehouse", "Mill"} {
		theirs.do("POST", "/account/keys", url.Values{"name": {name}, "expires": {"30"}})
	}
	theirs.setUpApp(w)
	b.open(page)
	b.see("Firefox, Linux", "Phone authenticator app · since 1 Jan 2026", "Recovery codes left: 10", "Warehouse", "Mill", "Passkeys There are none.")
	b.press("Remove") // a key
	b.at(200, page+"?notice=removed")
	b.press("Remove all keys")
	b.see("API keys There are none.")
	b.press("Sign out")
	b.at(200, page+"?notice=session_ended")
	b.see("Signed in nowhere.")
	b.do("POST", page, url.Values{"do": {"session"}, "session": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}}) // the back button
	b.at(200, page+"?notice=session_ended")
	b.do("POST", page, url.Values{"do": {"password"}, "new_password": {"x"}})
	b.at(400, page)
	if got := b.complaint("new_password"); got != "Use at least 8 characters." || b.value("new_password") != "" {
		t.Errorf("got %q", got)
	}
	b.do("POST", page, url.Values{"do": {"password"}, "new_password": {"excalibur"}})
	b.at(200, page+"?notice=user_password")

	// A login of long ago is confirmed first, and leads back.
	w.wait(time.Hour)
	b.open(page)
	b.press("Remove all second factors")
	b.at(200, "/account/confirm?next="+url.QueryEscape(page))
	b.send("/account/confirm", "password", guinevere)
	b.at(200, page)
	b.press("Remove all second factors")
	b.see("Second factor There are none.")
	theirs.signIn(arthur, "excalibur")
	theirs.at(200, "/account")

	if err := w.auth.Shutdown(t.Context()); err != nil { // all events are stored
		t.Fatal(err)
	}
	b.open(page)
	b.follow("Activity")
	b.see("Second factors reset", "by someone else")
	b.open(strings.TrimSuffix(page, "/security") + "/activity?cursor=nonsense")
	b.at(200, strings.TrimSuffix(page, "/security")+"/activity")
}

func TestActRefused(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	w.superuser("igraine@camelot.bt")
	page := "/account/administration/users/" + string(w.id("igraine@camelot.bt"))
	b.open(page)
	if len(b.links("Act as this user …")) != 0 {
		t.Error("acting as a superuser is offered")
	}
	b.open(page + "/act")
	b.send(page+"/act", "reason", "ticket 7")
	b.at(403, page+"/act")
	b.see("You cannot act as this user.")
}
