package app

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/password/blocklist"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	firstPassword  = "quondam rex futurus"
	secondPassword = "rex quondam rexque futurus"
)

// fullBar switches on every option of docs/full-bar.md.
func fullBar(c *ginauth.Config) {
	c.ConcealRegistration, c.RequireCurrentPassword, c.ConfirmEmailChange = true, true, true
	c.ResetOnlyAdministration, c.KeepOneSuperuser = true, true
	c.ValidatePassword = password.Rules(password.MinLength(15), blocklist.Rule("Camelot"))
	c.Backends = []backends.Backend{{Name: limitedAPI.Name, Transport: backends.Bearer{}, Strategy: backends.Database{
		IdleTimeout: time.Hour, Lifetime: 24 * time.Hour,
	}}}
}

// fullBarClient sends requests of one person, each to the next instance.
type fullBarClient struct {
	t     *testing.T
	at    func() client
	token string
}

func (c *fullBarClient) send(method, path, body string) answer {
	c.t.Helper()
	if c.token == "" {
		return c.at().send(c.t, method, path, body)
	}
	return c.at().send(c.t, method, path, body, "Authorization", "Bearer "+c.token)
}

func (c *fullBarClient) logIn(email, password string) {
	c.t.Helper()
	got := c.send("POST", "/auth/login", `{"username":"`+email+`","password":"`+password+`"}`)
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(got.body), &granted); err != nil || granted.Token == "" {
		c.t.Fatalf("login of %s: got %d %s", email, got.status, got.body)
	}
	c.token = granted.Token
}

// Every option holds whichever way requests come, and where each reaches another
// instance than the one before.
func TestFullBarEachWay(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, start func(...func(*ginauth.Config)) *limitedApp, at func(*limitedApp, string) client) {
		a := start(fullBar)
		person := func(ip string) *fullBarClient {
			return &fullBarClient{t: t, at: func() client { return at(a, ip) }}
		}
		c := person("203.0.113.7")
		a.concealsRegistration(t, c)
		a.refusesPasswords(t, c)
		c.logIn(arthur, firstPassword)
		a.wantsCurrentPassword(t, c)
		a.confirmsAddress(t, c)
		a.administersByReset(t, person("203.0.113.8"))
		a.endsSessions(t, person("203.0.113.9"))
	})
}

func (a *limitedApp) concealsRegistration(t *testing.T, c *fullBarClient) {
	for range 2 {
		c.send("POST", "/auth/register", `{"email":"`+arthur+`","password":"`+firstPassword+`"}`).want(t, "register", 202, "")
	}
	token := a.mailed(t, mails.Verify, arthur).Token
	a.mailed(t, mails.InUse, arthur)
	c.send("POST", "/auth/verify", `{"token":"`+token+`"}`).want(t, "verify", 200, "")
}

func (a *limitedApp) refusesPasswords(t *testing.T, c *fullBarClient) {
	for password, reason := range map[string]string{
		"lady-of-a-lake":       "Password should be at least 15 characters",
		"q1w2e3r4t5y6u7i8o9p0": "Password is one of the most common ones",
	} {
		got := c.send("POST", "/auth/register", `{"email":"`+nobody+`","password":"`+password+`"}`)
		if want := `{"detail":{"code":"REGISTER_INVALID_PASSWORD","reason":"` + reason + `"}}`; got.status != 400 || got.body != want {
			t.Errorf("register: got %d %s, want %s", got.status, got.body, want)
		}
	}
}

func (a *limitedApp) wantsCurrentPassword(t *testing.T, c *fullBarClient) {
	const refused = "UPDATE_USER_BAD_CURRENT_PASSWORD"
	change := func(what, current string, status int, detail string) {
		t.Helper()
		c.send("PATCH", "/users/me", `{"password":"`+secondPassword+`"`+current+`}`).want(t, what, status, detail)
	}
	change("none", "", 400, refused)
	for i := range 5 {
		change(fmt.Sprintf("wrong %d", i), `,"current_password":"mordred"`, 400, refused)
	}
	change("too often", `,"current_password":"`+firstPassword+`"`, 429, "1")
	a.clock.Advance(time.Second)
	change("right", `,"current_password":"`+firstPassword+`"`, 200, "")
}

func (a *limitedApp) confirmsAddress(t *testing.T, c *fullBarClient) {
	const next = "king.arthur@tintagel.bt"
	got := c.send("PATCH", "/users/me", `{"email":"`+next+`","current_password":"`+secondPassword+`"}`)
	if got.status != 200 || !strings.Contains(got.body, arthur) {
		t.Fatalf("wish for another address: got %d %s, want the old one", got.status, got.body)
	}
	a.mailed(t, mails.EmailChange, arthur)
	confirm := `{"token":"` + a.mailed(t, mails.ConfirmEmail, next).Token + `"}`
	got = c.send("POST", "/auth/confirm-email", confirm)
	if got.status != 200 || !strings.Contains(got.body, next) {
		t.Fatalf("confirm: got %d %s, want the new address", got.status, got.body)
	}
	c.send("POST", "/auth/confirm-email", confirm).want(t, "confirm again", 400, "CONFIRM_EMAIL_BAD_TOKEN")
	a.mailed(t, mails.EmailChanged, arthur)
}

// administersByReset has two superusers, who cannot choose a password for
// anybody, and of whom one stays however they try.
func (a *limitedApp) administersByReset(t *testing.T, c *fullBarClient) {
	yes := true
	var ids []user.ID
	for _, email := range []string{merlin, "morgana@camelot.bt"} {
		u := a.member(t, email)
		if _, err := a.store.Update(t.Context(), u.ID, user.Update{IsSuperuser: &yes, IsVerified: &yes, UpdatedAt: a.clock.Now()}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, u.ID)
	}
	c.logIn(merlin, "guinevere")
	path := "/users/" + string(ids[1])
	c.send("PATCH", path, `{"password":"`+firstPassword+`"}`).want(t, "superuser sets a password", 400, "UPDATE_USER_PASSWORD_RESET_ONLY")
	c.send("POST", path+"/forgot-password", "").want(t, "superuser starts a reset", 202, "")
	a.mailed(t, mails.Reset, "morgana@camelot.bt")

	answers := atOnce(2, func(i int) answer { return c.send("PATCH", "/users/"+string(ids[i]), `{"is_superuser":false}`) })
	codes := fmt.Sprint(answers[0].status, answers[1].status)
	if codes != "200 400" && codes != "400 200" && codes != "200 403" && codes != "403 200" {
		t.Errorf("two superusers leave at once: got %s %s and %s, want one to stay", codes, answers[0].body, answers[1].body)
	}
	left := 0
	for _, id := range ids {
		if u := mustReload(t, a, id); u.IsActive && u.IsSuperuser {
			left++
		}
	}
	if left != 1 {
		t.Errorf("got %d superusers, want 1", left)
	}
}

// endsSessions has one that is used every half hour and one that is not.
func (a *limitedApp) endsSessions(t *testing.T, c *fullBarClient) {
	u := a.member(t, "lancelot@camelot.bt")
	idle := *c
	c.logIn(u.Email, "guinevere")
	idle.logIn(u.Email, "guinevere")
	for at := time.Duration(0); at < 24*time.Hour; at += 30 * time.Minute {
		c.send("GET", "/users/me", "").want(t, at.String()+" after the login", 200, "")
		if at == time.Hour {
			idle.send("GET", "/users/me", "").want(t, "not used for an hour", 401, "")
		}
		a.waitSeen(t, u.ID, c.token)
		a.clock.Advance(30 * time.Minute)
	}
	c.send("GET", "/users/me", "").want(t, "a day after the login", 401, "")
}

// waitSeen waits until it is stored that a token was used now, which is done off
// the request.
func (a *limitedApp) waitSeen(t *testing.T, id user.ID, token string) {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		record, err := a.store.(records.TokenStore).TokenByHash(t.Context(), records.HashToken(token))
		if err != nil {
			t.Fatal(err)
		}
		if record.LastSeenAt.Equal(a.clock.Now()) {
			return
		}
		select {
		case <-again.C:
		case <-t.Context().Done():
			t.Fatalf("no use of a token of %s was noted", id)
		}
	}
}

// mailed waits for a mail.
func (a *limitedApp) mailed(t *testing.T, kind mails.Kind, to string) mails.Message {
	t.Helper()
	m, err := a.outbox.Wait(t.Context(), func(m mails.Message) bool { return m.Kind == kind && m.To == to })
	if err != nil {
		t.Fatalf("no %s mail to %s: %v", kind, to, err)
	}
	return m
}

func mustReload(t *testing.T, a *limitedApp, id user.ID) *user.User {
	t.Helper()
	u, err := a.store.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// shutdown waits until all mails are out.
func (a *limitedApp) shutdown(t *testing.T) {
	t.Helper()
	for _, auth := range a.instances {
		if err := auth.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
