package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// model is what an application is expected to know, and the way to the application.
type model struct {
	w        *world
	url      string
	http     *http.Client
	problems []string

	people []*modelUser
	tokens []*modelToken
	links  []*modelLink
	// vouched is the address that the provider has last vouched for, by account; "" for
	// none.
	vouched map[string]string
	mails   int
}

// modelUser is a user; one who was deleted is gone.
type modelUser struct {
	id, email, password         string
	active, superuser, verified bool
	name                        string
	gone                        bool
	accounts                    []string
	// version counts what has ended tokens: a reset token is bound to it.
	version int
}

// modelToken is a token that was issued once.
type modelToken struct {
	text, backend string
	owner         *modelUser
	dead          bool
	expires       time.Time
}

// modelLink is a token that was mailed.
type modelLink struct {
	kind, text, email string
	owner             *modelUser
	version           int
	expires           time.Time
}

var (
	modelAddresses = []string{"arthur@camelot.bt", "morgana@camelot.bt", "mordred@camelot.bt", "merlin@camelot.bt"}
	modelPasswords = []string{password, another}
	modelAccounts  = []string{"one", "two", "three"}
)

// begin brings in a user and a superuser, who may lose his rights like everybody else.
func (m *model) begin() {
	u := m.w.create("merlin@camelot.bt", superuser)
	merlin := &modelUser{id: string(u.ID), email: u.Email, password: password, active: true, superuser: true, verified: true}
	m.people = append(m.people, merlin)
	m.issued(merlin, "api", m.w.token("api", u))
	u = m.w.create("arthur@camelot.bt")
	arthur := &modelUser{id: string(u.ID), email: u.Email, password: password, active: true}
	m.people = append(m.people, arthur)
	m.issued(arthur, "jwt", m.w.token("jwt", u))
}

func pick[T any](all []T, i int) (T, bool) {
	if len(all) == 0 {
		var none T
		return none, false
	}
	return all[i%len(all)], true
}

// token returns a token: often one that is good, else any.
func (m *model) token(i int) *modelToken {
	return m.tokenOf(i, func(u *modelUser) bool { return u != nil })
}

// admin returns a token: often a superuser's, else any.
func (m *model) admin(i int) *modelToken {
	return m.tokenOf(i, func(u *modelUser) bool { return u != nil && u.superuser })
}

func (m *model) tokenOf(i int, often func(u *modelUser) bool) *modelToken {
	good := slices.DeleteFunc(slices.Clone(m.tokens), func(t *modelToken) bool { return !often(m.logged(t)) })
	if t, ok := pick(good, i/4); ok && i%4 != 0 {
		return t
	}
	t, _ := pick(m.tokens, i/4)
	return t
}

// target returns a user: often one who is there, else any.
func (m *model) target(i int) *modelUser {
	there := slices.DeleteFunc(slices.Clone(m.people), func(u *modelUser) bool { return u.gone })
	if u, ok := pick(there, i/4); ok && i%4 != 0 {
		return u
	}
	u, _ := pick(m.people, i/4)
	return u
}

func (m *model) byEmail(email string) *modelUser {
	for _, u := range m.people {
		if u.email == email && !u.gone {
			return u
		}
	}
	return nil
}

func (m *model) byAccount(account string) *modelUser {
	for _, u := range m.people {
		for _, a := range u.accounts {
			if a == account && !u.gone {
				return u
			}
		}
	}
	return nil
}

// json is the user as clients see it.
func (u *modelUser) json() string {
	name := "null"
	if u.name != "" {
		name = `"` + u.name + `"`
	}
	return fmt.Sprintf(`{"id":"%s","email":"%s","is_active":%v,"is_superuser":%v,"is_verified":%v,"first_name":%s}`,
		u.id, u.email, u.active, u.superuser, u.verified, name)
}

// isLastSuperuser reports whether u must stay what it is.
func (m *model) isLastSuperuser(u *modelUser) bool {
	if !u.active || !u.superuser {
		return false
	}
	for _, other := range m.people {
		if other != u && !other.gone && other.active && other.superuser {
			return false
		}
	}
	return true
}

// issued notes a token.
func (m *model) issued(u *modelUser, backend, text string) {
	lifetime := 7 * 24 * time.Hour
	if backend == "jwt" {
		lifetime = time.Hour
	}
	m.tokens = append(m.tokens, &modelToken{text: text, backend: backend, owner: u, expires: m.w.clock.Now().Add(lifetime)})
}

// end ends all tokens of u but one.
func (m *model) end(u *modelUser, keep *modelToken) {
	u.version++
	for _, t := range m.tokens {
		t.dead = t.dead || t.owner == u && t != keep
	}
}

// logged returns the user whom a token logs in, nil for nobody.
func (m *model) logged(t *modelToken) *modelUser {
	if t.dead || t.owner.gone || !t.owner.active || !m.w.clock.Now().Before(t.expires) {
		return nil
	}
	return t.owner
}

// as sends a request with a token, the way its backend wants it.
func (m *model) as(t *modelToken, method, path, body string) answer {
	if t.backend == "web" {
		return m.send(method, path, body, "", "ginauth="+t.text)
	}
	return m.send(method, path, body, t.text, "")
}

// checkTokens demands of every token that was ever issued what the model says of it.
func (m *model) checkTokens() {
	for i, t := range m.tokens {
		a := m.as(t, "GET", "/users/me", "")
		what := fmt.Sprintf("token %d of %s by %s", i, t.owner.email, t.backend)
		if u := m.logged(t); u != nil {
			m.want(what, a, 200, u.json())
		} else {
			m.want(what, a, 401, `{"detail":"Unauthorized"}`)
		}
	}
}

func (m *model) login(what string, u *modelUser, backend string, a answer) {
	m.want(what, a, 200, "")
	if backend == "web" {
		m.issued(u, backend, cookieValue(a.header.Get("Set-Cookie")))
		return
	}
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || body.Token == "" {
		m.problem("%s: got %s, want a token", what, a.body)
	}
	m.issued(u, backend, body.Token)
}
