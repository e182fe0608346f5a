package pages_test

import (
	"net/url"
	"strings"
	"testing"

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
