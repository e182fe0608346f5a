package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// callback begins a flow and returns the request that ends it.
func (c client) callback(group, code string) func() answer {
	c, path := c.authorize(group, code)
	return c.request("GET", path, "")
}

// Of two users who link one account one gets it.
func TestF44RaceLink(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		var all []func() answer
		for i := range 2 {
			c := w.as(w.token("jwt", w.create(fmt.Sprintf("%d-%s", i, knight(round)))))
			all = append(all, c.callback("/auth/associate", fmt.Sprintf("account-%d,%s", round, knight(round))))
		}
		winner := oneWinner(t, w, atOnce(all...), 200, "OAUTH_ACCOUNT_ALREADY_LINKED")
		owner, err := w.linked().Owner(context.Background(), "avalon", fmt.Sprintf("account-%d", round))
		if winner >= 0 && (err != nil || owner.Email != fmt.Sprintf("%d-%s", winner, knight(round))) {
			t.Errorf("the account belongs to %v, %v, want user %d", owner, err, winner)
		}
	}}.run(t)
}

// Several first sign-ins of one account make one user, and all are logged in.
func TestF44RaceFirstSignIn(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		var all []func() answer
		for i := range 3 {
			all = append(all, w.instance(i).as("").callback("/auth/avalon", fmt.Sprintf("account-%d,%s", round, knight(round))))
		}
		answers := atOnce(all...)
		if w.late(answers) {
			return
		}
		for _, a := range answers {
			if a.status != 200 {
				t.Errorf("got %d %s", a.status, a.body)
			}
		}
		u := w.find(knight(round))
		if u == nil {
			t.Fatal("there is no user")
		}
		accounts, err := w.inner.AccountsOf(context.Background(), u.ID)
		if err != nil || len(accounts) != 1 {
			t.Errorf("got %d accounts, %v, want 1", len(accounts), err)
		}
	}}.run(t)
}

// A first sign-in and a registration want one address: one gets it.
func TestF44RaceSignInAgainstRegister(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		answers := atOnce(
			w.as("").callback("/auth/avalon", fmt.Sprintf("account-%d,%s", round, knight(round))),
			w.as("").request("POST", "/auth/register", fmt.Sprintf(`{"email":"%s","password":"guinevere"}`, knight(round))))
		if w.late(answers) {
			return
		}
		signedIn, registered := answers[0], answers[1]
		switch {
		case signedIn.status == 200 && registered.status == 400:
		case signedIn.status == 400 && registered.status == 201:
		default:
			t.Errorf("got %d %s and %d %s, want one winner", signedIn.status, signedIn.body, registered.status, registered.body)
		}
	}}.run(t)
}

// A state is good once, whoever sends it.
func TestF07RaceCallback(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		callback := w.as("").callback("/auth/avalon", fmt.Sprintf("account-%d,%s", round, knight(round)))
		oneWinner(t, w, atOnce(callback, callback, callback), 200, "OAUTH_INVALID_STATE")
	}}.run(t)
}

// Whoever has two ways in and removes both at once keeps one.
func TestF44RaceUnlink(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		u := w.create(knight(round), func(u *user.User) { u.HashedPassword = "" })
		for _, account := range []string{"a", "b"} {
			w.link(u.Email, fmt.Sprintf("%s-%d", account, round))
		}
		c := w.as(w.token("jwt", u))
		var shown []struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal([]byte(c.request("GET", "/users/me/oauth-accounts", "")().body), &shown); err != nil || len(shown) != 2 {
			t.Fatalf("got %v, %v", shown, err)
		}
		oneWinner(t, w, atOnce(
			c.request("DELETE", "/users/me/oauth-accounts/"+shown[0].ID, ""),
			c.request("DELETE", "/users/me/oauth-accounts/"+shown[1].ID, "")), 204, "OAUTH_LAST_LOGIN_METHOD")
	}}.run(t)
}

// Whoever has an account at a provider and a passkey and removes both at once keeps one.
func TestF44RaceLastWayIn(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		u := w.create(knight(round), func(u *user.User) { u.HashedPassword = "" })
		w.link(u.Email, fmt.Sprintf("account-%d", round))
		passkey := records.Credential{
			ID: records.NewCredentialID(), UserID: u.ID, Kind: "passkey", Key: knight(round), WayIn: true, Rev: 1, CreatedAt: w.clock.Now(),
		}
		if err := w.inner.CreateCredential(context.Background(), passkey); err != nil {
			t.Fatal(err)
		}
		accounts, err := w.inner.AccountsOf(context.Background(), u.ID)
		if err != nil || len(accounts) != 1 {
			t.Fatalf("got %d accounts, %v, want 1", len(accounts), err)
		}
		unlink := w.as(w.token("jwt", u)).request("DELETE", "/users/me/oauth-accounts/"+accounts[0].ID, "")
		oneWinner(t, w, atOnce(unlink, w.twin.deletePasskey(passkey)), 204, "OAUTH_LAST_LOGIN_METHOD")
		left, err := w.inner.CredentialsOf(context.Background(), u.ID)
		accounts, accountsErr := w.inner.AccountsOf(context.Background(), u.ID)
		if err != nil || accountsErr != nil || len(left)+len(accounts) == 0 {
			t.Errorf("got %d passkeys, %v, and %d accounts, %v, left, want a way in", len(left), err, len(accounts), accountsErr)
		}
	}}.run(t)
}

// deletePasskey removes a passkey as a route would, where another way in stays.
func (w *world) deletePasskey(c records.Credential) func() answer {
	return func() answer {
		err := records.StoreDo(context.Background(), func(ctx context.Context) error {
			return w.store.DeleteCredential(ctx, c.UserID, c.ID, records.KeepLastOne)
		})
		switch {
		case err == nil:
			return answer{status: 204}
		case errors.Is(err, user.ErrLastLoginMethod):
			return answer{status: 400, body: `{"detail":"OAUTH_LAST_LOGIN_METHOD"}`}
		}
		return answer{status: 503}
	}
}
