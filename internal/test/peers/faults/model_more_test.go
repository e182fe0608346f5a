package faults

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

func (m *model) askForMail(a, b, _ int) {
	email := modelAddresses[a%4]
	path, kind := "/auth/forgot-password", "reset"
	if b%2 == 0 {
		path, kind = "/auth/request-verify-token", "verify"
	}
	m.want("ask for a mail", m.send("POST", path, `{"email":"`+email+`"}`, "", ""), 202, "null")
	u := m.byEmail(email)
	if u == nil || !u.active || kind == "verify" && u.verified {
		return
	}
	sent := m.waitMail()
	if sent.kind != kind || sent.to != email {
		m.problem("got a mail %s to %s, want %s to %s", sent.kind, sent.to, kind, email)
	}
	m.links = append(m.links, &modelLink{kind, sent.token, email, u, u.version, m.w.clock.Now().Add(time.Hour)})
}

// mailed returns a token that was mailed; any if there are several.
func (m *model) mailed(kind string, i int) (*modelLink, bool) {
	return pick(slices.DeleteFunc(slices.Clone(m.links), func(l *modelLink) bool { return l.kind != kind }), i)
}

func (l *modelLink) good(now time.Time) bool { return !l.owner.gone && now.Before(l.expires) }

func (m *model) verify(a, _, _ int) {
	link, ok := m.mailed("verify", a)
	if !ok {
		return
	}
	got := m.send("POST", "/auth/verify", `{"token":"`+link.text+`"}`, "", "")
	switch u := link.owner; {
	case !link.good(m.w.clock.Now()) || u.email != link.email:
		m.want("verify", got, 400, detail("VERIFY_USER_BAD_TOKEN"))
	case u.verified:
		m.want("verify", got, 400, detail("VERIFY_USER_ALREADY_VERIFIED"))
	default:
		u.verified = true
		m.want("verify", got, 200, u.json())
	}
}

func (m *model) reset(a, b, _ int) {
	link, ok := m.mailed("reset", a)
	if !ok {
		return
	}
	got := m.send("POST", "/auth/reset-password", fmt.Sprintf(`{"token":"%s","password":"%s"}`, link.text, modelPasswords[b%2]), "", "")
	u := link.owner
	if !link.good(m.w.clock.Now()) || !u.active || u.version != link.version || u.email != link.email {
		m.want("reset", got, 400, detail("RESET_PASSWORD_BAD_TOKEN"))
		return
	}
	m.want("reset", got, 200, "null")
	u.password = modelPasswords[b%2]
	if !u.verified {
		u.accounts = slices.DeleteFunc(u.accounts, func(account string) bool { return m.vouched[account] != u.email })
	}
	m.end(u, nil)
}

func (m *model) listSessions(a, _, _ int) {
	t := m.token(a)
	got := m.as(t, "GET", "/users/me/sessions", "")
	u := m.logged(t)
	if u == nil {
		m.want("list sessions", got, 401, "")
		return
	}
	var shown []struct {
		Current bool `json:"current"`
	}
	want, currents := 0, 0
	for _, other := range m.tokens {
		if other.backend != "jwt" && m.logged(other) == u {
			want++
		}
	}
	err := json.Unmarshal([]byte(got.body), &shown)
	for _, s := range shown {
		if s.Current {
			currents++
		}
	}
	if err != nil || len(shown) != want || (currents == 1) != (t.backend != "jwt") {
		m.problem("list sessions: got %s, want %d", got.body, want)
	}
}

func (m *model) endSessions(a, _, _ int) {
	t := m.token(a)
	got := m.as(t, "DELETE", "/users/me/sessions", "")
	u := m.logged(t)
	if u == nil {
		m.want("end other sessions", got, 401, "")
		return
	}
	m.want("end other sessions", got, 204, "")
	m.end(u, t)
}

func (m *model) endAll(a, b, _ int) {
	t := m.admin(a)
	u := m.target(b)
	got := m.as(t, "DELETE", "/users/"+u.id+"/sessions", "")
	if m.admits("end a user's sessions", t, u, got) {
		m.want("end a user's sessions", got, 204, "")
		m.end(u, nil)
	}
}

// comeBack goes through a provider and returns the answer of the callback.
func (m *model) comeBack(group, code string, t *modelToken) (got answer, begun bool) {
	bearer, cookie := "", ""
	if t != nil {
		if bearer = t.text; t.backend == "web" {
			bearer, cookie = "", "ginauth="+t.text+"; "
		}
	}
	a := m.send("GET", group+"/authorize", "", bearer, cookie)
	var shown struct {
		URL string `json:"authorization_url"`
	}
	if err := json.Unmarshal([]byte(a.body), &shown); err != nil || a.status != 200 {
		return a, false
	}
	to, err := url.Parse(shown.URL)
	if err != nil {
		m.problem("%v", err)
		return a, false
	}
	set, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	query := url.Values{"state": {to.Query().Get("state")}, "code": {code}}
	return m.send("GET", group+"/callback?"+query.Encode(), "", bearer, cookie+set), true
}

func (m *model) signIn(a, b, c int) {
	account, email, trusting, vouched := modelAccounts[a%3], modelAddresses[b%4], c%2 == 0, c/2%2 == 0
	group, code := "/auth/avalon", account+","+email
	if trusting {
		group = "/auth/trusting"
	}
	if vouched {
		code += ",verified"
	}
	got, begun := m.comeBack(group, code, nil)
	if !begun {
		m.want("authorize", got, 200, "")
		return
	}
	owner, namesake := m.byAccount(account), m.byEmail(email)
	switch {
	case owner != nil && !owner.active, owner == nil && namesake != nil && trusting && vouched && !namesake.active:
		m.want("sign in", got, 400, detail("LOGIN_BAD_CREDENTIALS"))
		return
	case owner != nil:
	case namesake == nil:
		m.vouch(account, email, vouched)
		m.signedUp(&modelUser{email: email, active: true, accounts: []string{account}}, got)
		return
	case !trusting || !vouched:
		m.want("sign in", got, 400, detail("OAUTH_USER_ALREADY_EXISTS"))
		return
	default:
		owner = namesake
		if !owner.verified {
			owner.password, owner.accounts = "", nil
			m.end(owner, nil)
		}
		owner.accounts = append(owner.accounts, account)
	}
	m.vouch(account, email, vouched)
	m.login("sign in", owner, "api", got)
}

// vouch notes what the provider has said of the address of an account.
func (m *model) vouch(account, email string, vouched bool) {
	if m.vouched == nil {
		m.vouched = map[string]string{}
	}
	m.vouched[account] = ""
	if vouched {
		m.vouched[account] = email
	}
}

// signedUp notes a user who was created by a sign-in, and asks for the ID.
func (m *model) signedUp(u *modelUser, got answer) {
	m.login("sign in", u, "api", got)
	m.created(u, m.as(m.tokens[len(m.tokens)-1], "GET", "/users/me", "").body)
}

func (m *model) link(a, b, _ int) {
	t := m.token(a)
	account := modelAccounts[b%3]
	got, begun := m.comeBack("/auth/associate", account+",somebody@avalon.bt", t)
	u := m.logged(t)
	switch owner := m.byAccount(account); {
	case u == nil:
		m.want("link", got, 401, "")
	case !begun:
		m.want("authorize", got, 200, "")
	case owner != nil && owner != u:
		m.want("link", got, 400, detail("OAUTH_ACCOUNT_ALREADY_LINKED"))
	default:
		m.want("link", got, 200, u.json())
		m.vouch(account, "", false)
		if owner == nil {
			u.accounts = append(u.accounts, account)
		}
	}
}

func (m *model) unlink(a, b, _ int) {
	t := m.token(a)
	account, id := modelAccounts[b%3], "00000000-0000-0000-0000-000000000000"
	got := m.as(t, "GET", "/users/me/oauth-accounts", "")
	u := m.logged(t)
	if u == nil {
		m.want("list accounts", got, 401, "")
		return
	}
	var shown []struct {
		ID      string `json:"id"`
		Account string `json:"account_id"`
	}
	if err := json.Unmarshal([]byte(got.body), &shown); err != nil || len(shown) != len(u.accounts) {
		m.problem("list accounts: got %s, want %v", got.body, u.accounts)
	}
	for _, s := range shown {
		if s.Account == account {
			id = s.ID
		}
	}
	got = m.as(t, "DELETE", "/users/me/oauth-accounts/"+id, "")
	switch {
	case !slices.Contains(u.accounts, account):
		m.want("unlink", got, 404, detail("Not Found"))
	case u.password == "" && len(u.accounts) == 1:
		m.want("unlink", got, 400, detail("OAUTH_LAST_LOGIN_METHOD"))
	default:
		m.want("unlink", got, 204, "")
		u.accounts = slices.DeleteFunc(u.accounts, func(other string) bool { return other == account })
	}
}
