package contract

import (
	"strings"
	"testing"
)

func testUsers(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.register(t)
	admin.get(t, "/users/"+p.id).want(t, 200, p.json())
	// Nobody else learns anything, and one's own id is no exception.
	for _, id := range []string{p.id, w.arthur.id, "me-not", "00000000-0000-4000-8000-000000000000"} {
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			w.client().send(t, method, "/users/"+id, "").want(t, 401, unauthorized)
			w.arthur.send(t, method, "/users/"+id, "").want(t, 403, forbidden)
		}
	}
	// DELETE /me is the id "me" and deletes nobody.
	w.client().delete(t, "/users/me").want(t, 401, unauthorized)
	w.arthur.delete(t, "/users/me").want(t, 403, forbidden)
	admin.delete(t, "/users/me").want(t, 404, notFound)
	w.arthur.wantMe(t, w.arthur)
	admin.get(t, "/users/"+p.id).want(t, 200, p.json())
}

func testUpdateUser(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.member(t)
	path := "/users/" + p.id
	steps := []struct {
		body   string
		change func()
	}{
		{`{}`, func() {}},
		{`{"is_active":null,"is_superuser":null,"is_verified":null,"email":null,"password":null}`, func() {}},
		{`{"is_verified":true}`, func() { p.account.verified = true }},
		{`{"first_name":"Arthur","plan":"gold","id":"x"}`, func() { p.firstName = `"Arthur"` }},
		{`{"email":"` + strings.ToUpper(p.email) + `"}`, func() { p.email = strings.ToUpper(p.email[:len(p.email)-11]) + "@camelot.bt" }},
		{`{"is_verified":true,"email":"x.` + p.email + `"}`, func() { p.email = "x." + strings.ToLower(p.email) }},
		{`{"email":"y.` + p.email + `"}`, func() { p.email, p.account.verified = "y."+strings.TrimPrefix(p.email, "x."), false }},
		{`{"is_superuser":true,"is_verified":true,"first_name":null}`, func() {
			p.account.superuser, p.account.verified, p.firstName = true, true, "null"
		}},
		{`{"is_superuser":false}`, func() { p.account.superuser = false }},
	}
	for _, step := range steps {
		step.change()
		a := admin.patch(t, path, step.body)
		a.request += " " + step.body
		a.want(t, 200, p.json())
		p.wantMe(t, p) // none of this ends a token
	}
	admin.patch(t, path, `{"email":"`+w.arthur.email+`"}`).want(t, 400, emailTaken)
	admin.patch(t, path, `{"password":"xy"}`).want(t, 400, refused("UPDATE_USER_INVALID_PASSWORD", tooShort))
	p.wantMe(t, p)
	admin.patch(t, path, `{"password":"lady-of-the-lake"}`).want(t, 200, p.json())
	p.wantNobody(t)
	p.wantPassword(t, otherPassword, password)
}

// testDeactivateUser checks that a deactivation ends tokens for good.
func testDeactivateUser(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.member(t)
	clients := []*client{p.client, w.client().with(p.token(t, "redis")), p.browser(t, "cookie"), p.browser(t, "session")}
	for _, c := range clients {
		c.wantMe(t, p)
	}
	p.active = false
	admin.patch(t, "/users/"+p.id, `{"is_active":false}`).want(t, 200, p.json())
	for _, c := range clients {
		c.wantNobody(t)
	}
	clients[2].post(t, "/auth/cookie/logout", "").want(t, 401, unauthorized)
	p.active = true
	admin.patch(t, "/users/"+p.id, `{"is_active":true}`).want(t, 200, p.json())
	for _, c := range clients {
		c.wantNobody(t) // it does not revive them
	}
	p.logIn(t)
	p.wantMe(t, p)
}

func testDeleteUser(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.member(t)
	clients := []*client{p.client, w.client().with(p.token(t, "redis")), p.browser(t, "cookie")}
	admin.delete(t, "/users/"+p.id).want(t, 204, "")
	for _, c := range clients {
		c.wantNobody(t)
		c.patch(t, "/users/me", `{"first_name":"x"}`).want(t, 401, unauthorized)
	}
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		admin.send(t, method, "/users/"+p.id, "").want(t, 404, notFound)
	}
	w.client().logIn(t, "jwt", p.email, password).want(t, 400, badCredentials)
	w.registerAs(t, p.email) // the address is free
	clients[2].wantNobody(t)
}

// testSuperuserSelf checks that a superuser may do anything to himself.
func testSuperuserSelf(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.verified(t)
	self := "/users/" + p.id
	p.account.superuser = true
	admin.patch(t, self, `{"is_superuser":true}`).must(t, 200, p.json())
	p.get(t, self).want(t, 200, p.json())
	// /me does not know flags, and a new address there clears is_verified as anybody's.
	p.email, p.account.verified = "x."+p.email, false
	p.patch(t, "/users/me", `{"email":"`+p.email+`","is_verified":true,"is_superuser":false}`).want(t, 200, p.json())
	p.account.superuser = false
	p.patch(t, self, `{"is_superuser":false}`).want(t, 200, p.json())
	p.get(t, self).want(t, 403, forbidden)
	p.account.superuser = true
	admin.patch(t, self, `{"is_superuser":true}`).must(t, 200, p.json())
	p.patch(t, self, `{"password":"lady-of-the-lake"}`).want(t, 200, p.json())
	p.wantNobody(t) // only a request to /me keeps its token
	p.password = otherPassword
	p.logIn(t)
	p.delete(t, self).want(t, 204, "")
	p.wantNobody(t)
}

// testIDs has the spellings of an id.
func testIDs(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.arthur
	plain := strings.ReplaceAll(p.id, "-", "")
	if len(p.id) == 36 {
		for _, id := range []string{strings.ToUpper(p.id), plain, "%7B" + p.id + "%7D", "urn:uuid:" + p.id} {
			admin.get(t, "/users/"+id).want(t, 200, p.json())
		}
	} else {
		admin.get(t, "/users/"+strings.ToUpper(p.id)).want(t, 200, p.json())
	}
	for _, id := range []string{
		"x", "0", "-1", "null", "%00", p.id + "%00", "%ff%fe", p.id[:len(p.id)-1], p.id + "0", "%20" + p.id, p.id + "%0a", "%7B" + p.id, "(" + p.id + ")",
		"00000000-0000-0000-0000-000000000000", strings.Repeat("0", 24), strings.Repeat("f", 5000), "%22" + p.id + "%22", "$ne", "%7B%22$ne%22:1%7D", "%F0%9F%97%A1",
	} {
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			a := admin.send(t, method, "/users/"+id, "{}", "Content-Type", asJSON)
			a.request += " " + id[:min(len(id), 60)]
			a.want(t, 404, notFound)
		}
	}
	p.wantMe(t, p)
}
