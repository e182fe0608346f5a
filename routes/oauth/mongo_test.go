package oauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user"
)

// The whole way over MongoDB: sign in, sign in 20 times at once, link, list, unlink, be
// refused the last way in, and take over an unverified user. The embedded engine does
// one thing at a time, and a request has four seconds: more at once would be 503.
func TestMongo(t *testing.T) {
	t.Parallel()
	store, err := mongostore.Open(t.Context(), mongotest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	a := newApp(t, options{store: store, config: func(c *oauth.Config) { c.AssociateByEmail, c.KeepTokens = true, oauth.PlainTokens{} }})
	testAtOnce(t, a, 20)
	u := a.users()[0]

	b := a.browser()
	b.logIn(merlin)
	a.pass(time.Second)
	if r := b.signIn("/associate", emrys); r.status != http.StatusOK {
		t.Fatalf("associate: got %d %s", r.status, r.body)
	}
	linked := a.accounts(u)
	if len(linked) != 2 || linked[0].AccountID != merlin.Subject || linked[1].AccessToken == "" {
		t.Fatalf("got %+v", linked)
	}
	if r := b.do(http.MethodDelete, "/users/me/oauth-accounts/"+linked[0].ID); r.status != http.StatusNoContent {
		t.Errorf("unlink: got %d %s", r.status, r.body)
	}
	check(t, "last way in", b.do(http.MethodDelete, "/users/me/oauth-accounts/"+linked[1].ID), 400, detail("OAUTH_LAST_LOGIN_METHOD"))
	check(t, "unknown", b.do(http.MethodDelete, "/users/me/oauth-accounts/"+linked[0].ID), 404, detail("Not Found"))
	check(t, "nonsense", b.do(http.MethodDelete, "/users/me/oauth-accounts/nonsense"), 404, detail("Not Found"))

	squatted := a.create(user.Registration{Email: "nimue@avalon.bt", Password: "mordred-waits"})
	check(t, "take over", a.browser().signIn("/web", hostile.Person{Subject: "n", Email: "Nimue@avalon.bt", Verified: true}), 200, "null")
	stripped, err := a.auth.Manager().ByID(ctx, squatted.ID)
	if err != nil || stripped.HasPassword() || stripped.TokenVersion != 1 || len(a.accounts(stripped)) != 1 {
		t.Errorf("got %v, %v; want it stripped and linked", stripped, err)
	}
	check(t, "state again", b.signInTwice("/web"), 400, detail("OAUTH_INVALID_STATE"))
}

// signInTwice sends one callback two times and returns the second answer.
func (b *browser) signInTwice(base string) response {
	b.app.t.Helper()
	back := b.app.idp.SignIn(b.authorize(base+"/authorize"), merlin)
	planted := b.client.Jar.Cookies(b.app.serverURL())
	b.get(base + "/callback?" + back.RawQuery)
	b.client.Jar.SetCookies(b.app.serverURL(), planted)
	return b.get(base + "/callback?" + back.RawQuery)
}
