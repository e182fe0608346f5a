package contract

import (
	"strings"
	"testing"
)

func testMe(t *testing.T, w *world) {
	p := w.member(t)
	p.wantMe(t, p)
	steps := []struct{ name, body, firstName string }{
		{"nothing", `{}`, `null`},
		{"null is absent", `{"email":null,"password":null,"is_active":null,"first_name":null,"plan":null}`, `null`},
		{"own field", `{"first_name":"Arthur"}`, `"Arthur"`},
		{"what is not sent stays", `{"unknown":1}`, `"Arthur"`},
		{"flags, id, read-only and unknown keys", `{"id":"x","is_active":false,"is_superuser":true,"is_verified":true,"plan":5,"token_version":9,
			"hashed_password":"x","email_key":"x","First_name":"Lancelot","FIRST_NAME":[]}`, `"Arthur"`},
		{"own address", `{"email":"EMAIL"}`, `"Arthur"`},
		{"not escaped, not trimmed", `{"first_name":" \u003c\u0026\u003e\u0000\ud83d\udde1 "}`, `" <&>\u0000🗡 "`},
		{"empty", `{"first_name":""}`, `""`},
		{"cleared", `{"first_name":null}`, `null`},
	}
	for _, step := range steps {
		p.firstName = step.firstName
		a := p.patch(t, "/users/me", strings.Replace(step.body, "EMAIL", p.email, 1))
		a.request += ": " + step.name
		a.want(t, 200, p.json())
		p.wantMe(t, p)
	}
	p.patch(t, "/users/me", `{"first_name":"`+strings.Repeat("x", 81)+`"}`).want(t, 422, w.invalid(at("first_name", ruleName)))
	p.wantMe(t, p)
	for _, method := range []string{"GET", "PATCH"} {
		w.client().send(t, method, "/users/me", "").want(t, 401, unauthorized)
		w.client().with("nonsense").send(t, method, "/users/me", "").want(t, 401, unauthorized)
	}
}

const emailTaken = `{"detail":"UPDATE_USER_EMAIL_ALREADY_EXISTS"}`

func testMeEmail(t *testing.T, w *world) {
	p := w.member(t)
	if w.super != nil {
		p = w.verified(t)
	}
	old := p.email
	// Somebody else's, in any spelling.
	p.patch(t, "/users/me", `{"email":"`+w.arthur.email+`"}`).want(t, 400, emailTaken)
	p.patch(t, "/users/me", `{"email":" `+strings.ToUpper(w.arthur.email)+`","first_name":"Lancelot"}`).want(t, 400, emailTaken)
	p.wantMe(t, p)

	// The same key: the new spelling is stored, and is_verified stays.
	p.email = strings.Replace(old, "arthur", "ARTHUR", 1)
	p.patch(t, "/users/me", `{"email":"`+strings.Replace(p.email, "camelot", "CAMELOT", 1)+`"}`).want(t, 200, p.json())
	p.wantMe(t, p)

	// A new one counts at once and clears is_verified, whatever the body says of it.
	p.email, p.account.verified = address(), false
	p.patch(t, "/users/me", `{"email":"`+p.email+`","is_verified":true}`).want(t, 200, p.json())
	p.wantMe(t, p)
	w.client().logIn(t, "jwt", old, password).want(t, 400, badCredentials)
	p.logIn(t)
	w.registerAs(t, old) // it is free
	p.patch(t, "/users/me", `{"email":"`+old+`"}`).want(t, 400, emailTaken)
}

func testMePassword(t *testing.T, w *world) {
	const updateRefused = "UPDATE_USER_INVALID_PASSWORD"
	p := w.member(t)
	otherJWT, redis := p.token(t, "jwt"), p.token(t, "redis")
	cookie, session := p.browser(t, "cookie"), p.browser(t, "session")

	p.patch(t, "/users/me", `{"password":""}`).want(t, 400, refused(updateRefused, tooShort))
	p.patch(t, "/users/me", `{"password":"xy","first_name":"x"}`).want(t, 400, refused(updateRefused, tooShort))
	p.patch(t, "/users/me", `{"password":"`+strings.Repeat("x", 1025)+`"}`).want(t, 400, refused(updateRefused, tooLong))
	// The password comes before the address.
	p.patch(t, "/users/me", `{"password":"xy","email":"`+w.arthur.email+`"}`).want(t, 400, refused(updateRefused, tooShort))
	p.patch(t, "/users/me", `{"password":"lady-of-the-lake","email":"`+w.arthur.email+`"}`).want(t, 400, emailTaken)
	p.wantMe(t, p)
	cookie.wantMe(t, p)

	// All tokens end but the one that asked.
	p.firstName = `"Wart"`
	a := cookie.patch(t, "/users/me", `{"password":"lady-of-the-lake","first_name":"Wart"}`)
	a.want(t, 200, p.json())
	a.wantHeader(t, "Set-Cookie", "")
	cookie.wantMe(t, p)
	for _, c := range []*client{p.client, w.client().with(otherJWT), w.client().with(redis), session} {
		c.wantNobody(t)
	}
	p.wantPassword(t, otherPassword, password)

	// The next change ends the one that was kept.
	p.password = otherPassword
	p.logIn(t)
	p.patch(t, "/users/me", `{"password":"guinevere"}`).want(t, 200, p.json())
	cookie.wantNobody(t)
	p.wantMe(t, p)
}
