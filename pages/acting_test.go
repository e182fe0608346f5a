package pages_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/username"
)

// acting returns a browser in which the superuser acts as arthur, who has one of all that
// an account can have.
func acting(t *testing.T, change ...func(*ginauth.Config, *pages.Config)) *browser {
	t.Helper()
	w, b := court(t, change...)
	theirs := w.browser()
	theirs.signIn(arthur, guinevere)
	newAuthenticator().add(theirs, "Ring")
	theirs.setUpApp(w)
	theirs.do("POST", "/account/keys", url.Values{"name": {"Warehouse"}, "expires": {"30"}})
	account := records.OAuthAccount{ID: w.memory.NewAccountID(), UserID: w.id(arthur), Provider: "github", AccountID: "1094", CreatedAt: w.clock()}
	if err := w.memory.LinkAccount(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	b.actAs(w.id(arthur))
	return b
}

// elements returns what an attribute of the page's elements of a name is, once each.
func (b *browser) elements(name, of string) (all []string) {
	for node := range b.page.Descendants() {
		if value := attribute(node, of); node.Type == html.ElementNode && node.Data == name && value != "" && !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	return all
}

// A superuser who acts in a user's name sees the account, and is offered nothing that
// only its owner can do: every link is opened, and every form sent.
func TestActingOffersWhatCanBeDone(t *testing.T) {
	t.Parallel()
	b := acting(t, func(c *ginauth.Config, _ *pages.Config) {
		c.Policy.Usernames, c.Policy.RequireCurrentPassword = &username.Rules{}, true
	})
	waiting, opened, sent := []string{"/account"}, []string{}, []string{}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		b.open(path)
		b.at(200, path)
		opened = append(opened, path)
		for _, link := range b.elements("a", "href") {
			if strings.HasPrefix(link, "/account") && !slices.Contains(opened, link) && !slices.Contains(waiting, link) {
				waiting = append(waiting, link)
			}
		}
		for _, action := range b.elements("form", "action") {
			if action == "/account/act/end" || slices.Contains(sent, action) {
				continue
			}
			sent = append(sent, action)
			b.open(path)
			b.send(action)
			if b.status != 200 {
				t.Errorf("%s: the form %s got %d: %s", path, action, b.status, b.text())
			}
		}
	}
	slices.Sort(opened)
	want := []string{"/account", "/account/activity", "/account/linked", "/account/passkeys", "/account/second-factor", "/account/sessions"}
	if !slices.Equal(opened, want) {
		t.Errorf("got the pages %q, want %q", opened, want)
	}
	if want := []string{"/account"}; !slices.Equal(sent, want) {
		t.Errorf("got the forms %q, want %q", sent, want)
	}
}

// What there is can be seen by who acts in a user's name, with the reason why there is no
// more.
func TestActingSees(t *testing.T) {
	t.Parallel()
	b := acting(t)
	for path, texts := range map[string][]string{
		"/account":               {"E-mail address " + arthur},
		"/account/sessions":      {"Firefox, Linux", "Only the owner of the account can change this."},
		"/account/second-factor": {"Phone", "Recovery codes", "Only the owner of the account can change this."},
		"/account/passkeys":      {"Ring", "Only the owner of the account can change this."},
		"/account/linked":        {"GitHub", "Only the owner of the account can change this."},
	} {
		b.open(path)
		b.at(200, path)
		b.see("You act as " + arthur + ".")
		b.see(texts...)
	}
	b.open("/account")
	b.send("/account", "first_name", "Wart")
	b.at(200, "/account?notice=saved")
	if got := b.value("first_name"); got != "Wart" {
		t.Errorf("got %q", got)
	}
}

// Pages that are opened by hand, or were open before, say why they do nothing.
func TestActingRefused(t *testing.T) {
	t.Parallel()
	b := acting(t)
	tests := []struct {
		method, path string
		form         url.Values
	}{
		{"GET", "/account/password", nil},
		{"GET", "/account/keys", nil},
		{"GET", "/account/confirm?next=%2Faccount%2Fkeys", nil},
		{"GET", "/account/linked/add/github", nil},
		{"POST", "/account", url.Values{"email": {merlin}, "house": {"du lac"}}},
		{"POST", "/account/password", url.Values{"new_password": {"excalibur"}}},
		{"POST", "/account/confirm", url.Values{"password": {guinevere}}},
		{"POST", "/account/keys", url.Values{"name": {"Mill"}, "expires": {"30"}}},
		{"POST", "/account/keys", url.Values{"key": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}}},
		{"POST", "/account/keys/rename", url.Values{"key": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}, "name": {"Mill"}}},
		{"POST", "/account/passkeys", url.Values{"passkey": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}}},
		{"POST", "/account/passkeys/new", url.Values{}},
		{"POST", "/account/passkeys/rename", url.Values{"passkey": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}, "name": {"Mill"}}},
		{"POST", "/account/second-factor", url.Values{"factor": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}}},
		{"POST", "/account/second-factor/set-up", url.Values{}},
		{"POST", "/account/second-factor/codes", url.Values{}},
		{"POST", "/account/linked", url.Values{"account": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}}},
		{"POST", "/account/sessions", url.Values{}},
		{"POST", "/account/sessions", url.Values{"session": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}}},
	}
	for _, test := range tests {
		b.do(test.method, test.path, test.form)
		b.at(403, test.path)
		b.see("You act as "+arthur+".", "Only the owner of the account can do this.", "Back to your own account")
	}
	b.open("/vault") // a page of the application that takes a fresh login
	b.at(403, "/account/refused?code=IMPERSONATED")
	b.see("Only the owner of the account can do this.")
}

// A second factor that the user has to set up is not asked of who acts in the user's name.
func TestActingWithoutEnrolment(t *testing.T) {
	t.Parallel()
	w, b := court(t, func(c *ginauth.Config, _ *pages.Config) {
		c.RequireFactor = func(u *ginauth.User) bool { return u.Email == arthur }
	})
	b.actAs(w.id(arthur))
	b.open("/account/sessions")
	b.at(200, "/account/second-factor?notice=enrolment")
	b.see("You act as "+arthur+".", "The user has to set up a second factor first.")
	if got := b.elements("form", "action"); !slices.Equal(got, []string{"/account/act/end"}) {
		t.Errorf("got the forms %q", got)
	}
	b.open("/castle")
	b.see("The user has to set up a second factor first.")
}
