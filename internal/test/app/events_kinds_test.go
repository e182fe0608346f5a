package app

import (
	"context"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
)

// wantEvents compares the next events with what they must be, by the names of people.
func (a *watchedApp) wantEvents(t *testing.T, names map[user.ID]string, want ...string) {
	t.Helper()
	var lines []string
	for _, e := range a.next(t, len(want)) {
		lines = append(lines, line(e, names))
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got  %q\nwant %q", lines, want)
	}
}

func TestEventOfVerification(t *testing.T) {
	t.Parallel()
	a := newWatchedApp(t, nil)
	u, err := a.auth.Manager().Create(t.Context(), user.Registration{Email: "gareth@camelot.bt", Password: "guinevere"})
	if err != nil {
		t.Fatal(err)
	}
	a.next(t, 1)
	token, err := a.auth.Manager().VerifyToken(u)
	if err != nil {
		t.Fatal(err)
	}
	send(t, a, "POST", "/auth/verify", `{"token":"`+token+`"}`)
	a.wantEvents(t, map[user.ID]string{u.ID: "gareth"}, "verified ok user=gareth")
}

// The sixth wrong password in a row is not verified any more.
func TestEventOfLimits(t *testing.T) {
	t.Parallel()
	a := newWatchedApp(t, nil)
	arthur, _ := a.people(t)
	for range 5 {
		send(t, a, "POST", "/auth/login", `{"username":"arthur@camelot.bt","password":"excalibur"}`)
	}
	a.next(t, 5)
	send(t, a, "POST", "/auth/login", `{"username":"arthur@camelot.bt","password":"excalibur"}`)
	e := a.next(t, 1)[0]
	if e.Kind != "login_limited" || e.Outcome != user.OutcomeLimited || e.Code != "TOO_MANY_REQUESTS" {
		t.Errorf("got %v of %s, want login_limited", e, arthur.ID)
	}
}

func TestEventsOfProviders(t *testing.T) {
	t.Parallel()
	a := newWatchedApp(t, nil)
	oauth.AccountsRoutes(a.auth).Attach(a.Group("/users/me"))
	arthur, merlin := a.people(t)
	names := map[user.ID]string{arthur.ID: "arthur", merlin.ID: "merlin"}
	linked, err := oauth.NewAccounts(a.auth)
	if err != nil {
		t.Fatal(err)
	}
	account := oauth.Identity{Provider: "avalon", AccountID: "1", Email: "arthur@camelot.bt", EmailVerified: true}
	if err := linked.Link(t.Context(), arthur, account, nil); err != nil {
		t.Fatal(err)
	}
	a.wantEvents(t, names, "oauth_linked ok user=arthur provider=avalon")
	as := a.logIn(t, arthur.Email)
	a.next(t, 1)
	accounts, err := linked.Of(t.Context(), arthur)
	if err != nil || len(accounts) != 1 {
		t.Fatalf("got %d accounts, %v", len(accounts), err)
	}
	send(t, a, "DELETE", "/users/me/oauth-accounts/"+accounts[0].ID, "", as...)
	a.wantEvents(t, names, "oauth_unlinked ok user=arthur actor=arthur backend=api provider=avalon")

	// A stranger's account with the address of another goes to the owner of the address.
	stranger, err := a.auth.Manager().Create(t.Context(), user.Registration{Email: "nimue@camelot.bt", Password: "guinevere"})
	if err != nil {
		t.Fatal(err)
	}
	names[stranger.ID] = "stranger"
	a.next(t, 1)
	account.AccountID, account.Email = "2", stranger.Email
	if _, err := linked.SignIn(t.Context(), account, oauth.Policy{AssociateByEmail: true}); err != nil {
		t.Fatal(err)
	}
	kinds := map[user.EventKind]bool{}
	for _, e := range a.next(t, 2) {
		kinds[e.Kind] = e.User == stranger.ID
	}
	if !kinds["account_taken_over"] || !kinds["oauth_linked"] {
		t.Errorf("got %v, want account_taken_over and oauth_linked", kinds)
	}
}

// An application's own way in has the events of the login route: its refusals too, and the
// handle of the session.
func TestEventsOfOwnWaysIn(t *testing.T) {
	t.Parallel()
	veto := false
	a := newWatchedApp(t, func(c *ginauth.Config) {
		c.Hooks.BeforeLogin = func(context.Context, *user.User) error {
			if veto {
				return &user.Refusal{Code: "NOT_TODAY"}
			}
			return nil
		}
	})
	arthur, _ := a.people(t)
	names := map[user.ID]string{arthur.ID: "arthur"}
	api := backends.Backend{Name: "api"}
	a.POST("/own", func(c *gin.Context) {
		u, err := a.auth.Manager().ByID(c, arthur.ID)
		if err == nil {
			_, err = a.auth.LogIn(c, api, u, ginauth.Verified())
		}
		c.String(200, "%v", err)
	})
	change := func(update user.Update) {
		t.Helper()
		if _, err := a.store.Update(t.Context(), arthur.ID, update); err != nil {
			t.Fatal(err)
		}
	}
	yes, no := true, false
	send(t, a, "POST", "/own", "")
	a.wantEvents(t, names, "login ok user=arthur backend=api session=yes")
	veto = true
	send(t, a, "POST", "/own", "")
	a.wantEvents(t, names, "login_failed refused code=NOT_TODAY user=arthur backend=api")
	veto = false
	change(user.Update{IsVerified: &no})
	send(t, a, "POST", "/own", "")
	a.wantEvents(t, names, "login_failed refused code=LOGIN_USER_NOT_VERIFIED user=arthur backend=api")
	change(user.Update{IsVerified: &yes, IsActive: &no})
	send(t, a, "POST", "/own", "")
	a.wantEvents(t, names, "login_failed refused code=LOGIN_BAD_CREDENTIALS user=arthur backend=api")
	change(user.Update{IsActive: &yes, SecondFactor: &yes})
	send(t, a, "POST", "/own", "")
	a.wantEvents(t, names, "login_factor_required ok code=LOGIN_FACTOR_REQUIRED user=arthur backend=api")
}

// The session of a login is the one that the list has.
func TestEventOfLoginHasSession(t *testing.T) {
	t.Parallel()
	a := newWatchedApp(t, nil)
	arthur, _ := a.people(t)
	as := a.logIn(t, arthur.Email)
	if e := a.next(t, 1)[0]; e.Session == "" || e.Session != a.session(t, as) {
		t.Errorf("got the session %q, want that of the list", e.Session)
	}
}
