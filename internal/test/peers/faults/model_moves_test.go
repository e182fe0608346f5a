package faults

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// move is one operation of the model. Its numbers choose among what there is.
type move struct {
	name string
	do   func(m *model, a, b, c int)
}

// moves are all operations. Those that lead further come more than once.
var moves = []move{
	{"register", (*model).register},
	{"log in", (*model).logIn},
	{"log in", (*model).logIn},
	{"sign in", (*model).signIn},
	{"log out", (*model).logOut},
	{"change name", (*model).changeName},
	{"change password", (*model).changePassword},
	{"change address", (*model).changeAddress},
	{"administer", (*model).administer},
	{"administer", (*model).administer},
	{"administer", (*model).administer},
	{"delete", (*model).delete},
	{"ask for a mail", (*model).askForMail},
	{"verify", (*model).verify},
	{"reset", (*model).reset},
	{"list sessions", (*model).listSessions},
	{"end other sessions", (*model).endSessions},
	{"end a user's sessions", (*model).endAll},
	{"link", (*model).link},
	{"unlink", (*model).unlink},
	{"wait", (*model).pass},
}

func detail(code string) string { return `{"detail":"` + code + `"}` }

func cookieValue(header string) string {
	pair, _, _ := strings.Cut(header, ";")
	_, value, _ := strings.Cut(pair, "=")
	return value
}

func (m *model) register(a, b, _ int) {
	email, password := modelAddresses[a%4], modelPasswords[b%2]
	got := m.send("POST", "/auth/register", fmt.Sprintf(`{"email":"%s","password":"%s","is_superuser":true}`, email, password), "", "")
	if m.byEmail(email) != nil {
		m.want("register", got, 400, detail("REGISTER_USER_ALREADY_EXISTS"))
		return
	}
	u := &modelUser{email: email, password: password, active: true}
	m.created(u, got.body)
	m.want("register", got, 201, u.json())
}

// created notes a user, whose ID is in an answer.
func (m *model) created(u *modelUser, body string) {
	var shown struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(body), &shown); err != nil || shown.ID == "" {
		m.problem("got %s, want a user", body)
	}
	for _, other := range m.people {
		if other.id == shown.ID {
			m.problem("the ID %s was given twice", shown.ID)
		}
	}
	u.id = shown.ID
	m.people = append(m.people, u)
}

func (m *model) logIn(a, b, c int) {
	email, password, backend := modelAddresses[a%4], modelPasswords[b%2], []string{"api", "jwt", "web"}[c%3]
	if u := m.byEmail(email); u != nil && u.password != "" && b%4 != 0 { // often the right one
		password = u.password
	}
	got := m.send("POST", "/auth/"+backend+"/login", fmt.Sprintf(`{"username":"%s","password":"%s"}`, email, password), "", "")
	u := m.byEmail(email)
	if u == nil || u.password != password || !u.active {
		m.want("log in", got, 400, detail("LOGIN_BAD_CREDENTIALS"))
		return
	}
	m.login("log in", u, backend, got)
}

func (m *model) logOut(a, _, _ int) {
	t := m.token(a)
	got := m.as(t, "POST", "/auth/"+t.backend+"/logout", "")
	if m.logged(t) == nil {
		m.want("log out", got, 401, "")
		return
	}
	m.want("log out", got, 200, "null")
	t.dead = t.backend != "jwt"
}

func (m *model) changeName(a, b, _ int) {
	t := m.token(a)
	name := fmt.Sprintf("Wart the %dth", b)
	m.change(t, `{"first_name":"`+name+`","is_superuser":true}`, func(u *modelUser) { u.name = name })
}

func (m *model) changePassword(a, b, _ int) {
	t := m.token(a)
	m.change(t, `{"password":"`+modelPasswords[b%2]+`"}`, func(u *modelUser) {
		u.password = modelPasswords[b%2]
		m.end(u, t)
	})
}

func (m *model) changeAddress(a, b, _ int) {
	t := m.token(a)
	email := modelAddresses[b%4]
	if u, owner := m.logged(t), m.byEmail(email); u != nil && owner != nil && owner != u {
		m.want("change address", m.as(t, "PATCH", "/users/me", `{"email":"`+email+`"}`), 400, detail("UPDATE_USER_EMAIL_ALREADY_EXISTS"))
		return
	}
	m.change(t, `{"email":"`+email+`"}`, func(u *modelUser) {
		u.verified = u.verified && u.email == email
		u.email = email
	})
}

// change is a PATCH of oneself that is allowed.
func (m *model) change(t *modelToken, body string, change func(u *modelUser)) {
	got := m.as(t, "PATCH", "/users/me", body)
	u := m.logged(t)
	if u == nil {
		m.want("change", got, 401, "")
		return
	}
	change(u)
	m.want("change", got, 200, u.json())
}

// admits expects the refusal that a token, which must be a superuser's, or a user who
// must exist, leads to. It reports whether there is none.
func (m *model) admits(what string, t *modelToken, u *modelUser, got answer) bool {
	admin := m.logged(t)
	switch {
	case admin == nil:
		m.want(what, got, 401, "")
	case !admin.superuser:
		m.want(what, got, 403, detail("Forbidden"))
	case u.gone:
		m.want(what, got, 404, detail("Not Found"))
	default:
		return true
	}
	return false
}

func (m *model) administer(a, b, c int) {
	t := m.admin(a)
	u := m.target(b)
	flag := []string{"is_active", "is_active", "is_superuser", "is_verified"}[c%4]
	is := map[string]bool{"is_active": u.active, "is_superuser": u.superuser, "is_verified": u.verified}[flag]
	value := is == (c/4%4 == 0) // often the other one
	got := m.as(t, "PATCH", "/users/"+u.id, fmt.Sprintf(`{"%s":%v}`, flag, value))
	if !m.admits("administer", t, u, got) {
		return
	}
	if flag != "is_verified" && !value && m.isLastSuperuser(u) {
		m.want("administer", got, 400, detail("UPDATE_LAST_SUPERUSER"))
		return
	}
	switch flag {
	case "is_active":
		if u.active && !value {
			m.end(u, nil)
		}
		u.active = value
	case "is_superuser":
		u.superuser = value
	default:
		u.verified = value
	}
	m.want("administer", got, 200, u.json())
}

func (m *model) delete(a, b, _ int) {
	t := m.admin(a)
	u := m.target(b)
	got := m.as(t, "DELETE", "/users/"+u.id, "")
	switch {
	case !m.admits("delete", t, u, got):
	case m.isLastSuperuser(u):
		m.want("delete", got, 400, detail("UPDATE_LAST_SUPERUSER"))
	default:
		m.want("delete", got, 204, "")
		u.gone = true
	}
}

// pass lets time go by: less than any lifetime, or more than that of JWTs and mails.
func (m *model) pass(a, _, _ int) {
	m.w.clock.Advance([]time.Duration{time.Second, 20 * time.Minute, time.Hour, 36 * time.Hour}[a%4])
}
