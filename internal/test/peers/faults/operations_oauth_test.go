package faults

import (
	"context"
	"encoding/json"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
)

// linked returns the operations on accounts at providers.
func (w *world) linked() *oauth.Accounts {
	w.t.Helper()
	linked, err := oauth.NewAccounts(w.auth)
	if err != nil {
		w.t.Fatal(err)
	}
	return linked
}

// link gives somebody an account at the provider.
func (w *world) link(email, account string) {
	w.t.Helper()
	err := w.linked().Link(context.Background(), w.find(email), oauth.Identity{Provider: "avalon", AccountID: account, Email: email}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
}

// sessionOf returns the handle of the first session in somebody's list.
func (w *world) sessionOf(email string) string {
	w.t.Helper()
	c := w.as(w.token("jwt", w.find(email)))
	var shown []struct {
		ID string `json:"id"`
	}
	a := c.send(context.Background(), "GET", "/users/me/sessions", "")
	if err := json.Unmarshal([]byte(a.body), &shown); err != nil || len(shown) == 0 {
		w.t.Fatalf("list sessions: got %d %s", a.status, a.body)
	}
	return shown[0].ID
}

// comeBack prepares a callback: the flow is begun, by somebody who is logged in if
// email says who, and the provider has sent the browser back with a code.
func comeBack(email, group, code string) func(*world) request {
	return func(w *world) request {
		c := w.as("")
		if email != "" {
			c = w.as(w.token("jwt", w.find(email)))
		}
		c, path := c.authorize(group, code)
		return func(ctx context.Context) answer { return c.send(ctx, "GET", path, "") }
	}
}

func oauthOperations() []operation {
	used := []string{"OAUTH_INVALID_STATE"}
	squatted := func(w *world) {
		w.create("arthur@camelot.bt")
		w.link("arthur@camelot.bt", "squatter")
		w.token("api", w.find("arthur@camelot.bt"))
	}
	return []operation{
		{
			name: "sign in for the first time", people: nobody, again: used, anew: true,
			prepare: comeBack("", "/auth/avalon", "n,new@camelot.bt"),
			// The user is there, and has a way in: only the login is missing.
			between: []string{"new@camelot.bt active=true superuser=false verified=false name=- password=none version=0 tokens=0 accounts=[avalon/n]\n"},
		},
		{
			name: "sign in again", people: func(w *world) { court(w); w.link("arthur@camelot.bt", "a") }, again: used, anew: true,
			prepare: comeBack("", "/auth/avalon", "a,arthur@camelot.bt"),
		},
		{
			name: "sign in with a taken address", people: court, again: used, anew: true,
			prepare: comeBack("", "/auth/avalon", "n,arthur@camelot.bt,verified"),
		},
		{
			name: "sign in and be linked", people: func(w *world) { w.create("arthur@camelot.bt", verified) }, again: used, anew: true,
			prepare: comeBack("", "/auth/trusting", "a,arthur@camelot.bt,verified"),
			// Linked, but not logged in yet.
			between: []string{"arthur@camelot.bt active=true superuser=false verified=true name=- password=guinevere version=0 tokens=0 accounts=[avalon/a]\n"},
		},
		{
			name: "sign in and take over", people: squatted, again: used, anew: true,
			prepare: comeBack("", "/auth/trusting", "a,arthur@camelot.bt,verified"),
			between: []string{
				// Nobody has gained anything: whoever made the user loses his ways in one after
				// the other, and the owner of the address is linked only when all are gone.
				"arthur@camelot.bt active=true superuser=false verified=false name=- password=guinevere version=0 tokens=1 accounts=[]\n",
				"arthur@camelot.bt active=true superuser=false verified=false name=- password=none version=1 tokens=0 accounts=[]\n",
				"arthur@camelot.bt active=true superuser=false verified=false name=- password=none version=1 tokens=0 accounts=[avalon/a]\n",
			},
		},
		{name: "link", people: court, again: used, anew: true, prepare: comeBack("arthur@camelot.bt", "/auth/associate", "a,arthur@avalon.bt")},
		{
			name: "link again", people: func(w *world) { court(w); w.link("arthur@camelot.bt", "a") }, again: used, anew: true,
			prepare: comeBack("arthur@camelot.bt", "/auth/associate", "a,arthur@avalon.bt"),
		},
		{
			name: "link somebody else's", people: func(w *world) { court(w); w.link("merlin@camelot.bt", "m") }, again: used, anew: true,
			prepare: comeBack("arthur@camelot.bt", "/auth/associate", "m,merlin@camelot.bt"),
		},
		{name: "list accounts", people: func(w *world) { court(w); w.link("arthur@camelot.bt", "a") }, prepare: asArthur("GET", "/users/me/oauth-accounts", "")},
		{
			name: "unlink", people: func(w *world) { court(w); w.link("arthur@camelot.bt", "a") }, again: []string{"Not Found"},
			prepare: unlink,
		},
		{
			name: "unlink one of two without password", again: []string{"Not Found"},
			people: func(w *world) {
				w.create("arthur@camelot.bt", func(u *user.User) { u.HashedPassword = "" })
				w.link("arthur@camelot.bt", "a")
				w.clock.Advance(1000)
				w.link("arthur@camelot.bt", "b")
			},
			prepare: unlink,
		},
		{
			name: "unlink the last way in",
			people: func(w *world) {
				w.create("arthur@camelot.bt", func(u *user.User) { u.HashedPassword = "" })
				w.link("arthur@camelot.bt", "a")
			},
			prepare: unlink,
		},
	}
}

// unlink prepares a request to remove account a.
func unlink(w *world) request {
	all, err := w.inner.AccountsOf(context.Background(), w.find("arthur@camelot.bt").ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range all {
		if a.AccountID == "a" {
			return asArthur("DELETE", "/users/me/oauth-accounts/"+a.ID, "")(w)
		}
	}
	w.t.Fatal("there is no account a")
	return nil
}
