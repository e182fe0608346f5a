package browser_test

import (
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// rooms makes and renames a key, and reads what has happened.
func (p *walk) rooms(email string, app *authenticator) {
	p.t.Helper()
	p.visit("/me/keys", "/me/keys")
	p.has("There are none yet.")
	p.send("/me/keys", 422, "scope.orders:read", "yes")
	p.has("Fill in this field.")
	p.send("/me/keys", 200, "name", "Warehouse")
	p.has("Your new key")
	p.follow("/me/keys")
	if p.scripts {
		p.click("details summary")
		p.look()
	} else {
		p.do("open the form", chromedp.Click(chromedp.CSS("details summary"), chromedp.NodeVisible))
	}
	p.send("/me/keys/rename", 422, "name", "")
	p.send("/me/keys/rename", 200, "name", "Mill")
	p.has("Mill", "See orders")
	p.visit("/me/activity", "/me/activity")
	p.has("API key made", "Signed in") // the latest of more than a page has
	p.visit("/me/passkeys", "/me/passkeys")
	p.has("There are none yet.")
	p.visit("/me/confirm?next=/me/keys", "/me/confirm?next=/me/keys")
	p.send("/me/confirm", 400, "code", "000000")
	p.follow("/me/confirm?next=")
	p.send("/me/confirm", 200, "code", app.recoveryCode())
	p.at("/me/keys")
}

// byMail signs a new user in by the code of a mail, and by the link of the next one.
func (p *walk) byMail() {
	p.t.Helper()
	email := p.email("by.mail")
	p.signOut()
	p.follow("/me/sign-in/mail")
	p.send("/me/sign-in/mail", 422, "email", "no address")
	p.send("/me/sign-in/mail", 200, "email", email)
	p.send("/me/sign-in/mail/code", 400, "code", "00000000")
	p.has("This code is wrong")
	first := p.site.mailed(p.t, mails.Login, email)
	p.send("/me/sign-in/mail/code", 200, "code", first.Code)
	p.at("/")
	p.has(email)
	p.signOut()
	p.load("open the link", 200, chromedp.Navigate(first.URL))
	p.at("/me/sign-in/link")
	p.send("/me/sign-in/link", 400)
	p.has("This link does not work any more", "Get a new mail")
}

// invitation makes an account by an invitation, after a mistake.
func (p *walk) invitation() {
	p.t.Helper()
	host, email := p.email("host"), p.email("guest")
	p.site.person(p.t, host, superuser)
	p.visit("/me/sign-in", "/me/sign-in")
	p.send("/me/sign-in", 200, "email", host, "password", password)
	p.asked("POST", "/invitations", `{"email":"`+email+`"}`, 201)
	link := p.site.mailed(p.t, mails.Invitation, email).URL
	p.signOut()
	p.load("open the link", 200, chromedp.Navigate(link))
	p.at("/me/invitation")
	p.send("/me/invitation", 400, "email", host, "password", password)
	p.has("This invitation does not fit")
	p.send("/me/invitation", 200, "email", email, "password", password)
	p.send("/me/sign-in", 200, "email", email, "password", password)
	p.at("/")
}

// administration finds a user, blocks and changes that user, and invites another one.
func (p *walk) administration(boss, ward string, id user.ID) {
	p.t.Helper()
	const users = "/me/administration"
	page := users + "/users/" + string(id)
	p.visit(users, users)
	p.send(users, 422, "q", ward, "sort", "created_at")
	p.has("A search is in the order of addresses.")
	p.visit(users+"?q="+ward, users+"?q="+ward)
	p.follow(page)
	p.send(page+"/state/flags", 200, "role.editor", "yes")
	p.send(page, 422, "email", "no address")
	p.has("Enter an e-mail address")
	p.visit(page+"/ban", page+"/ban")
	p.send(page+"/ban", 422, "until", "2020-01-01T00:00")
	p.send(page+"/ban", 200, "reason", "Sells swords.", "until", "")
	p.has("Sells swords.", "Blocked")
	p.send(page+"/state", 200) // the first button
	p.has("The block is lifted.")
	p.site.elsewhere(p.t, ward, "redis", "curl/8.16.0")
	p.visit(page+"/security", page+"/security")
	p.has("curl", "There are none.")
	p.send(page+"/security", 200)
	p.has("Signed in nowhere.")
	p.visit(page+"/activity", page+"/activity")
	p.visit(page+"/delete", page+"/delete")
	p.visit(users+"/create", users+"/create")
	p.send(users+"/create", 400, "email", boss)
	p.has("There is an account with this address already.")
	p.visit(users+"/invitations", users+"/invitations")
	p.send(users+"/invitations", 200, "email", p.email("squire"))
	p.has("The invitation is on its way.")
}

// acting shows the administration, and the bar of a superuser who acts in a user's name.
func (p *walk) acting() {
	p.t.Helper()
	boss := p.email("boss")
	p.site.person(p.t, boss, superuser)
	ward := p.site.person(p.t, p.email("ward"))
	p.signOut()
	p.send("/me/sign-in", 200, "email", boss, "password", password)
	p.administration(boss, ward.Email, ward.ID)
	act := "/me/administration/users/" + string(ward.ID) + "/act"
	p.visit(act, act)
	p.send(act, 200, "reason", "ticket 7")
	p.at("/me")
	p.has("You act as " + ward.Email)
	p.load("open the keys", 403, chromedp.Navigate(p.site.url+"/me/keys"))
	p.has("You act as "+ward.Email, "Only the owner of the account can do this.")
	p.send("/me/act/end", 200)
	p.has(boss, "You are back in your own account.")
}

func (p *walk) signOut() {
	p.t.Helper()
	p.visit("/me/sign-out", "/me/sign-out")
	p.send("/me/sign-out", 200)
}

// asked sends a request to the routes with the cookies of the tab.
func (p *walk) asked(method, path, body string, status int) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.site.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range p.cookies() {
		request.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		p.t.Fatalf("%s %s: got %d, want %d", method, path, response.StatusCode, status)
	}
	yes := true
	for _, c := range response.Cookies() {
		_, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: p.site.url + "/", HTTPOnly: &yes, Path: c.Path})
		if err != nil {
			p.t.Fatal(err)
		}
	}
}
