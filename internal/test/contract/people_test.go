package contract

import (
	"encoding/json"
	"fmt"
	"testing"
)

// Passwords of the tests. No error and no log line may hold them.
const (
	password      = "guinevere"
	otherPassword = "lady-of-the-lake"
	weakPassword  = "xy"
)

// account is what the user's JSON shows.
type account struct {
	id, email                   string
	active, superuser, verified bool
	firstName                   string // as JSON
	plan                        string
}

// json is the form of a user in answers.
func (a account) json() string {
	return fmt.Sprintf(`{"id":"%s","email":"%s","is_active":%t,"is_superuser":%t,"is_verified":%t,"first_name":%s,"plan":"%s"}`,
		a.id, a.email, a.active, a.superuser, a.verified, a.firstName, a.plan)
}

// person is a user and the client he sits at.
type person struct {
	*client
	account
	password string
}

// register brings in a new account: active, neither superuser nor verified.
func (w *world) register(t testing.TB) *person {
	t.Helper()
	return w.registerAs(t, address())
}

// registerAs is register with an address. Where the store is at hand it costs no
// hash, of which the tests would else compute a thousand.
func (w *world) registerAs(t testing.TB, email string) *person {
	t.Helper()
	if w.in == nil {
		return w.signUp(t, email)
	}
	p := newPerson(w, email)
	p.id = w.in.create(t, email)
	return p
}

// signUp registers as everybody does.
func (w *world) signUp(t testing.TB, email string) *person {
	t.Helper()
	p := newPerson(w, email)
	answer := p.post(t, "/auth/register", `{"email":"`+email+`","password":"`+password+`"}`)
	p.id = idOf(t, answer)
	answer.must(t, 201, p.json())
	return p
}

func newPerson(w *world, email string) *person {
	return &person{client: w.client(), password: password, account: account{
		email: email, active: true, firstName: "null", plan: "free",
	}}
}

// idOf returns the id in a user's JSON.
func idOf(t testing.TB, a answer) string {
	t.Helper()
	var seen struct{ ID string }
	if err := json.Unmarshal([]byte(a.body), &seen); err != nil || seen.ID == "" {
		t.Fatalf("%s: got %d %s, want a user", a.request, a.status, a.body)
	}
	return seen.ID
}

// member is a new account whose client is logged in with a JWT.
func (w *world) member(t testing.TB) *person {
	t.Helper()
	p := w.register(t)
	p.logIn(t)
	return p
}

// verified is a member whose address is verified.
func (w *world) verified(t testing.TB) *person {
	t.Helper()
	admin := w.admin(t)
	p := w.member(t)
	p.account.verified = true
	admin.patch(t, "/users/"+p.id, `{"is_verified":true}`).must(t, 200, p.json())
	return p
}

// logIn gives the person's client a JWT.
func (p *person) logIn(t testing.TB) {
	t.Helper()
	p.bearer = p.token(t, "jwt")
}

// token logs the person in through a bearer backend and returns the token.
func (p *person) token(t testing.TB, backend string) string {
	t.Helper()
	if p.w.in != nil {
		return accessToken(t, p.w, p.w.client().post(t, "/inside/login/"+backend+"/"+p.id, ""))
	}
	return accessToken(t, p.w, p.w.client().logIn(t, backend, p.email, p.password))
}

// browser logs the person in through a cookie backend and returns the browser.
func (p *person) browser(t testing.TB, backend string) *client {
	t.Helper()
	if p.w.in == nil {
		return p.signIn(t, backend)
	}
	browser := p.w.client()
	browser.post(t, "/inside/login/"+backend+"/"+p.id, "").want(t, 200, `{"access_token":"","token_type":""}`)
	return browser
}

// signIn is browser by password, as everybody does.
func (p *person) signIn(t testing.TB, backend string) *client {
	t.Helper()
	browser := p.w.client()
	browser.logIn(t, backend, p.email, p.password).wantEmpty(t, p.w)
	return browser
}

// logIn sends a login as JSON.
func (c *client) logIn(t testing.TB, backend, email, password string) answer {
	t.Helper()
	return c.post(t, "/auth/"+backend+"/login", `{"username":"`+email+`","password":"`+password+`"}`)
}

// accessToken returns the token of a bearer login, checking the answer to the byte.
func accessToken(t testing.TB, w *world, a answer) string {
	t.Helper()
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &granted); err != nil || granted.Token == "" {
		t.Fatalf("%s: got %d %s, want a token", a.request, a.status, a.body)
	}
	a.want(t, 200, `{"access_token":"`+granted.Token+`","token_type":"bearer"}`)
	w.keepSecret(granted.Token)
	return granted.Token
}

// wantMe wants the client to be the person.
func (c *client) wantMe(t testing.TB, p *person) {
	t.Helper()
	c.get(t, "/users/me").want(t, 200, p.json())
}

// wantNobody wants the client to be nobody.
func (c *client) wantNobody(t testing.TB) {
	t.Helper()
	c.get(t, "/users/me").want(t, 401, unauthorized)
}

// wantStored wants the account to be as the person knows it, read by the superuser.
func (p *person) wantStored(t testing.TB) {
	t.Helper()
	p.w.admin(t).get(t, "/users/"+p.id).want(t, 200, p.json())
}

// wantPassword wants this password, and no other that the tests use, to log the
// person in.
func (p *person) wantPassword(t testing.TB, good, bad string) {
	t.Helper()
	accessToken(t, p.w, p.w.client().logIn(t, "jwt", p.email, good))
	p.w.client().logIn(t, "jwt", p.email, bad).want(t, 400, code("LOGIN_BAD_CREDENTIALS"))
}
