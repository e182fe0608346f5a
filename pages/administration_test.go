package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

const (
	morgan   = "morgan@camelot.bt"
	lancelot = "lancelot@camelot.bt"
)

// withStaff has roles and the pages of administrators.
func withStaff(c *ginauth.Config, p *pages.Config) {
	c.Roles = map[string][]string{
		"editor": {"posts:write"}, "support": {"users:read"}, "warden": {"users:read", "users:write", "users:ban"}, "knight": {},
	}
	p.Administration = true
}

// court is an application with a superuser, morgan, who is signed in, and arthur.
func court(t *testing.T, change ...func(*ginauth.Config, *pages.Config)) (*world, *browser) {
	t.Helper()
	w := newWorld(t, append([]func(*ginauth.Config, *pages.Config){withStaff}, change...)...)
	w.superuser(morgan)
	b := w.browser()
	b.signIn(morgan, guinevere)
	b.at(200, "/account")
	return w, b
}

// person makes a user with roles.
func (w *world) person(email string, roles ...string) user.ID {
	w.t.Helper()
	u, err := w.auth.Manager().Create(w.t.Context(), user.Registration{
		Email: email, Password: guinevere, IsVerified: true, Roles: roles, Profile: &knight{House: "du lac"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return u.ID
}

func (w *world) id(email string) user.ID { return w.user(email).ID }

func (w *world) user(address string) *user.User {
	w.t.Helper()
	u, err := w.memory.ByEmail(w.t.Context(), email.Email{Key: address})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// links returns where the links of the page lead that have a text.
func (b *browser) links(text string) (all []string) {
	for node := range b.page.Descendants() {
		if node.Data == "a" && node.FirstChild != nil && node.FirstChild.Type == html.TextNode && node.FirstChild.Data == text {
			all = append(all, attribute(node, "href"))
		}
	}
	return all
}

// follow opens the link of a text.
func (b *browser) follow(text string) {
	b.t.Helper()
	links := b.links(text)
	if len(links) != 1 {
		b.t.Fatalf("%d links %q on %s:\n%s", len(links), text, b.url, b.text())
	}
	b.open(links[0])
}

// press sends the form of a button with a text, in the page's main part.
func (b *browser) press(text string) {
	b.t.Helper()
	inMain := false
	for node := range b.page.Descendants() {
		inMain = inMain || node.Data == "main"
		if !inMain || node.Data != "button" || node.FirstChild == nil || node.FirstChild.Data != text {
			continue
		}
		form := node.Parent
		typed := url.Values{}
		for field := range form.Descendants() {
			if attribute(field, "type") == "hidden" {
				typed.Set(attribute(field, "name"), attribute(field, "value"))
			}
		}
		b.do("POST", attribute(form, "action"), typed)
		return
	}
	b.t.Fatalf("no button %q on %s:\n%s", text, b.url, b.text())
}

func TestUserList(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	w.person(lancelot, "knight", "support")
	b.follow("Administration")
	b.at(200, "/account/administration")
	b.see("E-mail address State Roles Since", arthur+" Active", lancelot+" Active knight, support", morgan+" Superuser")
	b.open("/account/administration?q=LANCE&role=&is_active=")
	b.see(lancelot)
	if strings.Contains(b.text(), arthur) || b.value("q") != "LANCE" {
		t.Errorf("got %s", b.text())
	}
	b.open("/account/administration?q=nobody")
	b.see("There are no such users.")
	for _, filter := range []struct{ query, want string }{
		{"is_superuser=true", morgan}, {"role=knight", lancelot}, {"role=knight&sort=-created_at&is_active=true&is_verified=true&banned=false", lancelot},
	} {
		b.open("/account/administration?" + filter.query)
		if got := strings.Count(b.body, `scope="row"`); got != 1 || b.status != 200 {
			t.Errorf("%s: got %d with %d users", filter.query, b.status, got)
		}
		b.see(filter.want, "Filters and order")
	}
	// What the route refuses is said beside the field, and what was asked for stays.
	b.open("/account/administration?q=king&sort=created_at")
	b.at(422, "/account/administration?q=king&sort=created_at")
	if got := b.complaint("sort"); got != "A search is in the order of addresses." || b.value("q") != "king" {
		t.Errorf("got %q, %q", got, b.value("q"))
	}
	b.open("/account/administration?banned=maybe&role=root")
	b.at(422, "/account/administration?banned=maybe&role=root")
	if b.complaint("banned") == "" || b.complaint("role") == "" {
		t.Error("a filter is not complained about")
	}
}

func TestUserListPages(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	for i := range 30 {
		w.person("knight." + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "@camelot.bt")
	}
	b.open("/account/administration?q=knight")
	count := func() int { return strings.Count(b.body, `scope="row"`) }
	if count() != 25 || len(b.links("First page")) != 0 {
		t.Errorf("got %d users", count())
	}
	b.follow("Next page")
	if count() != 5 || len(b.links("Next page")) != 0 || b.value("q") != "knight" {
		t.Errorf("got %d users", count())
	}
	b.follow("First page")
	b.at(200, "/account/administration?q=knight")
	b.open("/account/administration?q=knight&cursor=of-long-ago")
	b.at(200, "/account/administration?q=knight")
}

// Who may not list users gets the route's answer as a page, and no link.
func TestStaffOnly(t *testing.T) {
	t.Parallel()
	w, _ := court(t)
	id := string(w.id(arthur))
	paths := []string{"", "/create", "/invitations", "/users/" + id, "/users/" + id + "/security", "/users/" + id + "/delete?email=" + arthur}
	b := w.browser()
	for _, path := range paths {
		b.open("/account/administration" + path)
		if b.status != 200 || b.url.Path != "/account/sign-in" || !strings.HasPrefix(b.url.Query().Get("next"), "/account/administration") {
			t.Errorf("%s without a login: got %d at %s", path, b.status, b.url)
		}
	}
	b.signIn(arthur, guinevere)
	if len(b.links("Administration")) != 0 {
		t.Error("there is a link to the administration")
	}
	for _, path := range paths {
		if path == "/create" { // the form is harmless, and its route refuses
			continue
		}
		b.open("/account/administration" + path)
		b.at(403, "/account/administration"+path)
		b.see("Your account is not allowed to open it.")
	}
	for path, form := range map[string]url.Values{
		"/create": {"email": {"x@camelot.bt"}}, "/users/" + id: {"email": {arthur}}, "/users/" + id + "/state": {"do": {"verify"}},
		"/users/" + id + "/delete": {}, "/invitations": {"email": {"x@camelot.bt"}}, "/users/" + id + "/security": {"do": {"sessions"}},
	} {
		b.do("POST", "/account/administration"+path, form)
		b.at(403, "/account/administration"+path)
	}
	// Without the option there is nothing.
	plain := newWorld(t)
	plain.superuser(morgan)
	b = plain.browser()
	b.signIn(morgan, guinevere)
	if len(b.links("Administration")) != 0 {
		t.Error("there is a link to the administration")
	}
	b.open("/account/administration")
	if b.status != 404 {
		t.Errorf("got %d", b.status)
	}
}

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

// A role for the list and for bans sees what it may do, and acts on those who may do no
// more.
func TestStaffByRole(t *testing.T) {
	t.Parallel()
	w, _ := court(t)
	w.person(lancelot, "warden")
	b := w.browser()
	b.signIn(lancelot, guinevere)
	b.follow("Administration")
	b.see(morgan, arthur)
	b.follow(arthur)
	page, who := "/account/administration/users/"+string(w.id(arthur)), "?email="+url.QueryEscape(arthur)
	b.at(200, page+who)
	b.see("House", "Block …")
	b.follow("Security")
	b.see("Sign out everywhere")
	b.open(page + who)
	for _, gone := range []string{"Delete …", "Act as this user …", "State and roles"} {
		if strings.Contains(b.text(), gone) {
			t.Errorf("%q is offered to a role", gone)
		}
	}
	b.do("POST", page+"/security"+who, url.Values{"do": {"sessions"}})
	b.at(200, page+"/security"+who+"&notice=session_ended")
	b.open("/account/administration")
	b.follow(morgan)
	for _, gone := range []string{"Block …", "Security", "Activity"} {
		if strings.Contains(b.text(), gone) {
			t.Errorf("%q is offered over a superuser", gone)
		}
	}
	b.do("POST", "/account/administration/users/"+string(w.id(morgan))+"/ban?email="+morgan, url.Values{"reason": {"x"}})
	if b.status != 403 || w.user(morgan).Ban != nil {
		t.Errorf("got %d", b.status)
	}
	b.open(page + "/ban" + who)
	b.send(page+"/ban"+who, "reason", "Sells swords.")
	b.see("The user is blocked.", "Sells swords.")
	b.open(page + "?email=" + morgan)
	b.at(404, page+"?email="+morgan)
	b.open("/account/administration/create")
	b.send("/account/administration/create", "email", merlin, "house", "du lac")
	b.see(merlin, "The user is there.")
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

// What was typed is there again after a login of long ago was confirmed.
func TestTypedIsKept(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	page := "/account/administration/users/" + string(w.id(arthur)) + "/act"
	b.open(page)
	b.send(page)
	b.at(422, page)
	if got := b.complaint("reason"); got != "Fill in this field." {
		t.Errorf("got %q", got)
	}
	w.wait(time.Hour)
	b.send(page, "reason", "ticket 7 & more")
	b.at(200, "/account/confirm?next="+url.QueryEscape(page))
	b.send("/account/confirm", "password", "wrong")
	b.send("/account/confirm", "password", guinevere)
	b.at(200, page)
	b.see("Thank you, it is you. Send the form now.")
	if got := b.value("reason"); got != "ticket 7 & more" {
		t.Errorf("got the reason %q", got)
	}
	b.send(page)
	b.at(200, "/account")
	b.see("You act as " + arthur + ".")
	b.open("/account/administration")
	b.at(403, "/account/administration")
	b.see("You act as "+arthur+".", "Your account is not allowed to open it.")
	b.send("/account/act/end")
	b.see(morgan)

	w.wait(time.Hour)
	b.open("/account/keys")
	b.send("/account/keys", "name", "Warehouse", "expires", "7", "scope.orders:read", "on")
	b.send("/account/confirm", "password", guinevere)
	b.at(200, "/account/keys")
	if b.value("name") != "Warehouse" || !has(b.input("scope.orders:read"), "checked") || !strings.Contains(b.body, `<option value="7" selected>`) {
		t.Errorf("got %s", b.body)
	}
	b.open("/account/keys") // once
	if b.value("name") != "" {
		t.Error("what was typed is still there")
	}
	w.wait(time.Hour)
	b.do("POST", "/account/passkeys/new", url.Values{"name": {"Phone"}})
	b.send("/account/confirm", "password", guinevere)
	b.at(200, "/account/passkeys")
	if b.value("name") != "Phone" {
		t.Error("the name of the passkey is lost")
	}

	// It is for the one who has typed it, and the page that it was typed into.
	w.wait(time.Hour)
	b.do("POST", "/account/keys", url.Values{"name": {"Secret plan"}, "expires": {"7"}})
	b.open("/account/sign-in")
	b.send("/account/sign-out")
	b.signIn(arthur, guinevere)
	b.open("/account/keys")
	if b.value("name") != "" {
		t.Error("another user sees what was typed")
	}
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

func TestCreateUser(t *testing.T) {
	t.Parallel()
	w, b := court(t, func(c *ginauth.Config, _ *pages.Config) { c.AllowedDomains = []string{"camelot.bt"} })
	b.open("/account/administration")
	b.follow("New user")
	const page = "/account/administration/create"
	b.send(page, "email", "no address", "house", "du lac", "password", "x", "role.knight", "on")
	b.at(422, page)
	if b.complaint("email") == "" || b.value("password") != "" || !has(b.input("role.knight"), "checked") {
		t.Errorf("got %s", b.text())
	}
	b.send(page, "email", arthur)
	b.at(400, page)
	if got := b.complaint("email"); got != "There is an account with this address already." {
		t.Errorf("got %q", got)
	}
	b.send(page, "email", merlin, "password", "x")
	b.at(400, page)
	if got := b.complaint("password"); got != "Use at least 8 characters." {
		t.Errorf("got %q", got)
	}
	b.send(page, "email", merlin, "first_name", "Merlin", "is_verified", "on")
	b.at(200, "/account/administration/users/"+string(w.id(merlin))+"?notice=user_created")
	if u := w.user(merlin); !u.IsVerified || strings.Join(u.Roles, " ") != "knight" || *u.Profile.(*knight).FirstName != "Merlin" {
		t.Errorf("got %+v", u)
	}
	w.mail(user.MailWelcome, merlin)
}

func TestInvite(t *testing.T) {
	t.Parallel()
	w, b := court(t, func(c *ginauth.Config, _ *pages.Config) { c.AllowedDomains = []string{"camelot.bt"} })
	const page = "/account/administration/invitations"
	b.open("/account/administration")
	b.follow("Invitations")
	b.at(200, page)
	b.see("There are none.")
	b.send(page, "email", "no address", "role.knight", "on")
	b.at(422, page)
	if b.complaint("email") == "" || b.value("email") != "no address" || !has(b.input("role.knight"), "checked") {
		t.Errorf("got %s", b.text())
	}
	b.send(page, "email", "merlin@tintagel.bt")
	b.at(403, page)
	if got := b.complaint("email"); got != "Accounts cannot be made with addresses like this one." {
		t.Errorf("got %q", got)
	}
	b.send(page, "email", merlin)
	b.at(200, page+"?notice=invitation_sent")
	b.see(merlin, "knight · until 8 Jan 2026", "The invitation is on its way.")
	w.mail(user.MailInvitation, merlin)
	b.press("Send again")
	b.at(200, page+"?notice=invitation_sent")
	id := b.value("invitation")
	b.press("Withdraw")
	b.at(200, page+"?notice=invitation_revoked")
	b.see("There are none.")
	b.do("POST", page, url.Values{"do": {"revoke"}, "invitation": {id}}) // the back button
	b.at(200, page+"?notice=invitation_revoked")
	b.do("POST", page, url.Values{"do": {"resend"}, "invitation": {id}})
	b.at(200, page+"?notice=invitation_gone")
	b.open(page + "?cursor=nonsense")
	b.at(200, page)
}
