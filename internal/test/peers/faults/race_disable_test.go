package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/user"
)

// Two superusers take each other's rights away, in every way there is: one stays.
func TestF46RaceLastSuperuser(t *testing.T) {
	ways := []func(w *world, u *user.User) (method, path, body string){
		func(_ *world, u *user.User) (string, string, string) {
			return "PATCH", "/users/" + string(u.ID), `{"is_superuser":false}`
		},
		func(_ *world, u *user.User) (string, string, string) {
			return "PATCH", "/users/" + string(u.ID), `{"is_active":false}`
		},
		func(_ *world, u *user.User) (string, string, string) { return "DELETE", "/users/" + string(u.ID), "" },
	}
	race{config: keepOne, round: func(t *testing.T, w *world, round int) {
		one := w.create(fmt.Sprintf("one-%d@camelot.bt", round), superuser)
		two := w.create(fmt.Sprintf("two-%d@camelot.bt", round), superuser)
		attack := func(way int, attacker, victim *user.User) func() answer {
			method, path, body := ways[way](w, victim)
			return w.as(w.token("jwt", attacker)).request(method, path, body)
		}
		atOnce(attack(round%3, one, two), attack(round/3%3, two, one), attack(round%3, one, one))
		left := 0
		for _, u := range []*user.User{one, two} {
			now, err := w.inner.ByID(context.Background(), u.ID)
			if err == nil && now.IsActive && now.IsSuperuser {
				left++
			}
			if err := w.inner.Delete(context.Background(), u.ID, user.DeleteOptions{}); err != nil && now != nil {
				t.Error(err)
			}
		}
		// Rights are only taken away in a round: who has them at the end had them all the time.
		if left < 1 {
			t.Error("nobody is an active superuser any more")
		}
	}}.run(t)
}

// signInFirst is the place of the sign-in with an OAuth account in everything.
const signInFirst = 0

// everything is all that may give a user access or write to the user, each prepared
// before the race; own is the user, logged in.
func (w *world) everything(t *testing.T, u *user.User, own client, round int) []func() answer {
	t.Helper()
	m := w.auth.Manager()
	verify, err := m.VerifyToken(u)
	if err != nil {
		t.Fatal(err)
	}
	all := []func() answer{
		signInFirst: w.as("").callback("/auth/avalon", fmt.Sprintf("account-%d,%s", round, u.Email)),
		w.as("").request("POST", "/auth/api/login", `{"username":"`+u.Email+`","password":"guinevere"}`),
		w.as("").request("POST", "/auth/jwt/login", `{"username":"`+u.Email+`","password":"guinevere"}`),
		w.as("").request("POST", "/auth/verify", `{"token":"`+verify+`"}`),
		own.request("PATCH", "/users/me", `{"first_name":"Wart"}`),
		own.callback("/auth/associate", fmt.Sprintf("further-%d,%s", round, u.Email)),
	}
	if round%2 == 0 { // resets and changed passwords take more time than all else
		reset, err := m.ResetToken(u)
		if err != nil {
			t.Fatal(err)
		}
		return append(all, w.as("").request("POST", "/auth/reset-password", `{"token":"`+reset+`","password":"lady-of-the-lake"}`))
	}
	return append(all, own.request("PATCH", "/users/me", `{"password":"lady-of-the-lake"}`))
}

// accessTokens are all tokens that answers hold.
func accessTokens(answers []answer) []string {
	var tokens []string
	for _, a := range answers {
		var login struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(a.body), &login); err == nil && login.Token != "" {
			tokens = append(tokens, login.Token)
		}
	}
	return tokens
}

// raceAway has a superuser take a user away while the user does everything at once.
//
// Whoever was deleted may sign in again with an account at a provider, and is
// somebody new then: mayReturn leaves that out.
func raceAway(method, body string, gone int, mayReturn bool, check func(t *testing.T, w *world, admin client, u *user.User, tokens []string)) race {
	return race{round: func(t *testing.T, w *world, round int) {
		admin := w.as(w.token("jwt", w.create(fmt.Sprintf("admin-%d@camelot.bt", round), superuser)))
		u := w.create(knight(round))
		w.link(u.Email, fmt.Sprintf("account-%d", round))
		own := w.token("jwt", u) // which a change of password keeps
		before := []string{w.token("api", u), w.token("jwt", u), own}
		answers := atOnce(append(w.everything(t, u, w.as(own), round), admin.request(method, "/users/"+string(u.ID), body))...)
		if w.late(answers) && answers[len(answers)-1].status != gone {
			return
		}
		if got := answers[len(answers)-1]; got.status != gone {
			t.Errorf("the superuser got %d %s, want %d", got.status, got.body, gone)
		}
		for _, a := range answers {
			if a.status >= 500 && !w.slow {
				t.Errorf("got %d %s", a.status, a.body)
			}
		}
		if mayReturn {
			answers = answers[signInFirst+1:]
		}
		tokens := append(before, accessTokens(answers)...)
		w.wantNobody(t, tokens)
		check(t, w, admin, u, tokens)
	}}
}

func (w *world) wantNobody(t *testing.T, tokens []string) {
	t.Helper()
	for _, token := range tokens {
		if a := w.as(token).send(context.Background(), "GET", "/users/me", ""); a.status != 401 {
			t.Errorf("a token got %d %s, want 401", a.status, a.body)
		}
	}
}

// After a deactivation no token is good, whenever it was issued, and nobody has
// activated the user again by writing back what he was before.
func TestF45RaceDisable(t *testing.T) {
	raceAway("PATCH", `{"is_active":false}`, 200, false, func(t *testing.T, w *world, admin client, u *user.User, tokens []string) {
		now := w.find(u.Email)
		if now == nil || now.IsActive {
			t.Errorf("the user is %v, want inactive", now)
		}
		login := w.as("").request("POST", "/auth/api/login", `{"username":"`+u.Email+`","password":"guinevere"}`)
		if a := login(); a.status != 400 {
			t.Errorf("login: got %d %s", a.status, a.body)
		}
		// Not even when the user is let in again.
		if a := admin.request("PATCH", "/users/"+string(u.ID), `{"is_active":true}`)(); a.status != 200 {
			t.Errorf("activate: got %d %s", a.status, a.body)
		}
		w.wantNobody(t, tokens)
	}).run(t)
}

// After a deletion no token is good, whenever it was issued, and nobody has the
// deleted user's ID, also where the person signs in again at a provider.
func TestF45RaceDelete(t *testing.T) {
	raceAway("DELETE", "", 204, true, func(t *testing.T, w *world, _ client, u *user.User, _ []string) {
		if now, err := w.inner.ByID(context.Background(), u.ID); err == nil {
			t.Errorf("the user is there again: %v", now)
		}
		accounts, err := w.inner.AccountsOf(context.Background(), u.ID)
		if err != nil || len(accounts) != 0 {
			t.Errorf("got accounts %v, %v", accounts, err)
		}
	}).run(t)
}

// After "log out everywhere" no token is good that was issued by what began before.
func TestF45RaceLogOutEverywhere(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		u := w.create(knight(round))
		asked := w.token("api", u)
		before := []string{w.token("api", u), w.token("jwt", u)}
		answers := atOnce(
			w.as(asked).request("DELETE", "/users/me/sessions", ""),
			w.as(before[0]).request("PATCH", "/users/me", `{"first_name":"Wart"}`),
			w.as(before[1]).request("POST", "/auth/jwt/logout", ""))
		if w.late(answers) {
			return
		}
		if answers[0].status != 204 {
			t.Errorf("got %d %s", answers[0].status, answers[0].body)
		}
		w.wantNobody(t, before)
		if a := w.as(asked).send(context.Background(), "GET", "/users/me", ""); a.status != 200 {
			t.Errorf("the session that asked got %d %s", a.status, a.body)
		}
	}}.run(t)
}
