package walk

import "github.com/ginauth/ginauth/user"

const token43 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func credentials(name, password string) string {
	return `{"username":"` + name + `@camelot.bt","password":"` + password + `"}`
}

// register is the way to an account and to its verified address.
func (w *world) register() {
	anyone := w.client()
	lancelot := `{"email":"lancelot@camelot.bt","password":"` + password + `","username":"lancelot"}`
	anyone.step("register", "POST", "/auth/register", lancelot)
	anyone.step("register again", "POST", "/auth/register", lancelot)
	anyone.step("register a taken name", "POST", "/auth/register", `{"email":"lucan@camelot.bt","password":"`+password+`","username":"Lancelot"}`)
	anyone.step("register with a weak password", "POST", "/auth/register", `{"email":"lucan@camelot.bt","password":"excalib"}`)
	anyone.step("register with an unknown invitation", "POST", "/auth/register", `{"email":"lucan@camelot.bt","password":"`+password+`","invitation":"`+token43+`"}`)
	anyone.step("register without a body", "POST", "/auth/register", `{`)
	w.untilLimited("register too often", anyone, "POST", "/auth/register", lancelot)
	anyone.down("register while the store is down", "POST", "/auth/register", lancelot)

	anyone.step("log in before the address is verified", "POST", "/auth/verified/login", credentials("lancelot", password))
	ask := `{"email":"lancelot@camelot.bt"}`
	anyone.step("request verify", "POST", "/auth/request-verify-token", ask)
	anyone.step("request verify of nobody", "POST", "/auth/request-verify-token", `{"email":"nimue@camelot.bt"}`)
	anyone.step("request verify without an address", "POST", "/auth/request-verify-token", `{}`)
	w.untilLimited("request verify too often", anyone, "POST", "/auth/request-verify-token", ask)
	anyone.down("request verify while the store is down", "POST", "/auth/request-verify-token", ask)
	verify := `{"token":"` + w.mail(user.MailVerify, "lancelot").Token + `"}`
	anyone.step("verify with a bad token", "POST", "/auth/verify", `{"token":"`+token43+`"}`)
	anyone.down("verify while the store is down", "POST", "/auth/verify", verify)
	anyone.step("verify", "POST", "/auth/verify", verify)
	anyone.step("verify again", "POST", "/auth/verify", verify)

	anyone.step("forget the password", "POST", "/auth/forgot-password", ask)
	anyone.step("forget a password of nobody", "POST", "/auth/forgot-password", `{"email":"nimue@camelot.bt"}`)
	anyone.step("forget a password without an address", "POST", "/auth/forgot-password", `{}`)
	w.untilLimited("forget the password too often", anyone, "POST", "/auth/forgot-password", ask)
	anyone.down("forget the password while the store is down", "POST", "/auth/forgot-password", ask)
	reset := w.mail(user.MailReset, "lancelot").Token
	anyone.step("reset with a bad token", "POST", "/auth/reset-password", `{"token":"`+token43+`","password":"`+password+`"}`)
	anyone.step("reset to a weak password", "POST", "/auth/reset-password", `{"token":"`+reset+`","password":"excalib"}`)
	good := `{"token":"` + reset + `","password":"` + password + `"}`
	anyone.down("reset while the store is down", "POST", "/auth/reset-password", good)
	anyone.step("reset", "POST", "/auth/reset-password", good)
	anyone.step("reset again", "POST", "/auth/reset-password", good)
}

// change is what users change of their own account.
func (w *world) change() {
	me := w.client().enter("jwt", "lancelot")
	me.step("read oneself", "GET", "/users/me", "")
	me.step("change nothing", "PATCH", "/users/me", `{}`)
	me.step("change the name", "PATCH", "/users/me", `{"username":"lance"}`)
	me.step("take another's name", "PATCH", "/users/me", `{"username":"merlin"}`)
	me.step("change the password", "PATCH", "/users/me", `{"password":"`+newPassword+`"}`)
	me.step("change to a weak password", "PATCH", "/users/me", `{"password":"excalib"}`)
	me.step("ask for another address", "PATCH", "/users/me", `{"email":"galahad@camelot.bt"}`)
	me.step("ask for a taken address", "PATCH", "/users/me", `{"email":"merlin@camelot.bt"}`)
	me.down("change while the store is down", "PATCH", "/users/me", `{"username":"lance"}`)
	w.untilLimited("take another's name too often", me, "PATCH", "/users/me", `{"username":"merlin"}`)
	confirm := `{"token":"` + w.mail(user.MailConfirmEmail, "galahad").Token + `"}`
	anyone := w.client()
	anyone.step("confirm an address with a bad token", "POST", "/auth/confirm-email", `{"token":"`+token43+`"}`)
	anyone.down("confirm an address while the store is down", "POST", "/auth/confirm-email", confirm)
	anyone.step("confirm an address", "POST", "/auth/confirm-email", confirm)
}

// administer is what superusers do with users.
func (w *world) administer() {
	boss := w.client().enter("cookie", "merlin")
	gareth := "/users/" + w.id("gareth")
	boss.step("list users", "GET", "/users", "")
	boss.step("read a user", "GET", gareth, "")
	boss.step("read no user", "GET", "/users/x", "")
	bors := ""
	create := func() (string, string, string) {
		bors += "1"
		return "POST", "/users", `{"email":"bors` + bors + `@camelot.bt"}`
	}
	boss.stepBy("create a user", create)
	bors = "bors" + bors
	boss.step("create a user who is there", "POST", "/users", `{"email":"`+bors+`@camelot.bt"}`)
	w.untilLimited("create users who are there too often", boss, "POST", "/users", `{"email":"`+bors+`@camelot.bt"}`)
	boss.step("deactivate a user", "PATCH", gareth, `{"is_active":false}`)
	boss.step("activate a user", "PATCH", gareth, `{"is_active":true}`)
	boss.step("give a user a role and a name", "PATCH", gareth, `{"roles":["editor"],"username":"gareth"}`)
	boss.step("give a user an address", "PATCH", "/users/"+w.id(bors), `{"email":"ector@camelot.bt"}`)
	w.untilLimited("give taken addresses too often", boss, "PATCH", gareth, `{"email":"merlin@camelot.bt"}`)
	boss.step("give a user a password", "PATCH", gareth, `{"password":"`+newPassword+`"}`)
	boss.step("demote the last superuser", "PATCH", "/users/"+w.id("merlin"), `{"is_superuser":false}`)
	boss.step("verify a user", "POST", "/users/"+w.id("ector")+"/verify", "")
	boss.step("log a user out", "POST", gareth+"/logout", "")
	boss.step("unlock a user", "POST", gareth+"/unlock", "")
	boss.step("send a user a reset", "POST", gareth+"/forgot-password", "")
	boss.step("ban a user", "POST", gareth+"/ban", `{"reason":"sells swords","until":"2027-01-01T00:00:00Z"}`)
	boss.step("ban oneself", "POST", "/users/"+w.id("merlin")+"/ban", `{"reason":"sells swords"}`)
	w.client().step("log in while banned", "POST", "/auth/jwt/login", credentials("gareth", password))
	boss.step("lift a ban", "DELETE", gareth+"/ban", "")
	me := w.client().enter("jwt", "gareth")
	me.step("change another without rights", "PATCH", "/users/"+w.id("merlin"), `{"is_active":false}`)
	me.step("list users without rights", "GET", "/users", "")
	me.step("deny a role", "GET", "/mfa", "")

	boss.step("impersonate a superuser", "POST", "/users/"+w.id("merlin")+"/impersonate", `{"reason":"ticket 6"}`)
	boss.step("impersonate", "POST", gareth+"/impersonate", `{"reason":"ticket 7"}`)
	boss.step("change the password of whom one impersonates", "PATCH", "/users/me", `{"password":"`+newPassword+`"}`)
	boss.step("end the impersonation", "POST", "/auth/cookie/logout", "")
	boss.step("delete a user", "DELETE", "/users/"+w.id("ector"), "")
	boss.step("delete nobody", "DELETE", "/users/x", "")
	boss.step("read events", "GET", "/events?kind=login", "")
	boss.step("read a user's events", "GET", gareth+"/events", "")
	me.step("read one's own events", "GET", "/users/me/events", "")
	me.step("read events without rights", "GET", "/events", "")
}

// sessions is how logins end, other than by a logout.
func (w *world) sessions() {
	first := w.client().enter("cookie", "percival")
	type session struct {
		ID      string
		Current bool
	}
	other := func(c *client, path string) string {
		for _, one := range decode[[]session](w, c.call("GET", path, "")) {
			if !one.Current {
				return one.ID
			}
		}
		w.t.Fatal("there is no other session")
		return ""
	}
	w.client().enter("cookie", "percival")
	first.step("list sessions", "GET", "/users/me/sessions", "")
	first.step("end another session", "DELETE", "/users/me/sessions/"+other(first, "/users/me/sessions"), "")
	first.step("end no session", "DELETE", "/users/me/sessions/x", "")
	w.client().enter("app", "percival")
	first.step("end the other sessions", "DELETE", "/users/me/sessions", "")
	boss, theirs := w.client().enter("cookie", "merlin"), "/users/"+w.id("percival")+"/sessions"
	boss.step("list a user's sessions", "GET", theirs, "")
	boss.step("end a user's session", "DELETE", theirs+"/"+other(boss, theirs), "")
	boss.step("end no session of a user", "DELETE", theirs+"/x", "")
	w.client().enter("cookie", "percival")
	boss.step("end a user's sessions", "DELETE", theirs, "")
}

// invite is how users are invited.
func (w *world) invite() {
	boss := w.client().enter("jwt", "merlin")
	anyone := w.client()
	boss.step("invite", "POST", "/invitations", `{"email":"tor@camelot.bt","roles":["editor"]}`)
	w.mail(user.MailInvitation, "tor")
	boss.step("invite no address", "POST", "/invitations", `{"email":"tor"}`)
	w.untilLimited("invite too often", boss, "POST", "/invitations", `{"email":"pelles@camelot.bt"}`)
	invitations := decode[struct {
		Items []struct{ ID, Email string }
	}](w, boss.step("list invitations", "GET", "/invitations", "")).Items
	id := map[string]string{}
	for _, one := range invitations {
		id[one.Email] = one.ID
	}
	boss.step("send an invitation again", "POST", "/invitations/"+id["tor@camelot.bt"]+"/resend", "")
	token := w.mail(user.MailInvitation, "tor").Token
	boss.step("send no invitation again", "POST", "/invitations/x/resend", "")
	w.untilLimited("send an invitation again too often", boss, "POST", "/invitations/"+id["pelles@camelot.bt"]+"/resend", "")
	boss.step("revoke an invitation", "DELETE", "/invitations/"+id["pelles@camelot.bt"], "")
	boss.step("revoke no invitation", "DELETE", "/invitations/x", "")
	anyone.step("register with an invitation", "POST", "/auth/register",
		`{"email":"tor@camelot.bt","password":"`+password+`","invitation":"`+token+`"}`)
}
