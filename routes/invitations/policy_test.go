package invitations_test

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
)

func TestWithoutInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, invitationOnly)
	c := w.client()
	for _, email := range []string{arthur, "nobody@camelot.bt"} {
		want(t, email, c.call("POST", "/auth/register", `{"email":"`+email+`","password":"guinevere"}`), 403, required)
		want(t, email+" with null", c.call("POST", "/auth/register", `{"email":"`+email+`","password":"guinevere","invitation":null}`), 403, required)
	}
	if got := c.call("POST", "/auth/register", `{"email":"`+merlin+`","password":"guinevere","invitation":7}`); got.status != 422 {
		t.Errorf("a number: got %d %s", got.status, got.body)
	}
}

// First logins by mail, and through a provider, need an invitation too, and use it up.
func TestSignUps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, invitationOnly)
	ctx := t.Context()
	github := func(id, email string, verified bool) error {
		_, err := w.linked().SignIn(ctx, oauth.Identity{Provider: "github", AccountID: id, Email: email, EmailVerified: verified}, oauth.Policy{})
		return err
	}
	if err := github("1", merlin, true); err == nil || err.Error() != user.ErrInvitationRequired.Error() {
		t.Errorf("a provider without an invitation: got %v", err)
	}
	root := w.as(arthur)
	root.invite(merlin)
	w.AwaitMails(1)
	if err := github("1", merlin, false); err == nil {
		t.Error("an address that the provider does not vouch for has used the invitation")
	}
	if err := github("1", merlin, true); err != nil || !w.User(merlin).IsVerified {
		t.Errorf("a provider with an invitation: got %v", err)
	}
	if err := github("1", merlin, true); err != nil {
		t.Errorf("the next sign-in: got %v", err)
	}
	want(t, "the list afterwards", root.call("GET", "/invitations", ""), 200, `{"items":[],"next":null}`)

	c := w.client()
	ask := func(email string) { c.call("POST", "/auth/request-login", `{"email":"`+email+`"}`) }
	ask("nobody@camelot.bt") // gets no mail
	root.invite("lancelot@camelot.bt")
	w.AwaitMails(2)
	ask("lancelot@camelot.bt")
	mail := w.AwaitMails(3)
	if mail.Kind != user.MailLogin {
		t.Fatalf("got the %v", mail)
	}
	if got := c.call("POST", "/auth/api/login/mail", `{"token":"`+string(mail.Token)+`","confirm":true}`); got.status != 200 {
		t.Errorf("by mail: got %d %s", got.status, got.body)
	}
	want(t, "the list afterwards", root.call("GET", "/invitations", ""), 200, `{"items":[],"next":null}`)

	// Revoked between the mail and its use.
	id := root.invite("galahad@camelot.bt")
	w.AwaitMails(4)
	ask("galahad@camelot.bt")
	mail = w.AwaitMails(5)
	want(t, "revoke", root.call("DELETE", "/invitations/"+id, ""), 204, "")
	want(t, "by mail", c.call("POST", "/auth/api/login/mail", `{"token":"`+string(mail.Token)+`","confirm":true}`), 403, required)
	if _, mails := w.reports(); len(mails) != 5 {
		t.Errorf("got %d mails", len(mails))
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *invitations.Config) { c.Registration = ginauth.Closed })
	_, err := w.linked().SignIn(t.Context(), oauth.Identity{Provider: "github", AccountID: "1", Email: merlin, EmailVerified: true}, oauth.Policy{})
	if err == nil || err.Error() != user.ErrBadCredentials.Error() {
		t.Errorf("a provider: got %v", err)
	}
	w.client().call("POST", "/auth/request-login", `{"email":"`+merlin+`"}`)
	if _, mails := w.reports(); len(mails) != 0 {
		t.Errorf("got %d mails", len(mails))
	}
	if _, err := w.auth.Manager().Create(t.Context(), user.Registration{Email: merlin}); err != nil {
		t.Errorf("a program: got %v", err)
	}
	defer func() {
		if cause, _ := recover().(string); !strings.Contains(cause, "Config.Registration is Closed") {
			t.Errorf("got the panic %q", cause)
		}
	}()
	w.auth.RegisterRoutes().Attach(w.Group("/x"))
}

func TestAllowedDomains(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *invitations.Config) {
		c.AllowedDomains = []string{"camelot.bt", "xn--mnchen-3ya.de"}
	})
	c, root := w.client(), w.as(arthur)
	register := func(email string) answer {
		return c.call("POST", "/auth/register", `{"email":"`+email+`","password":"guinevere"}`)
	}
	for _, email := range []string{"a@sub.camelot.bt", "a@mordred.bt", "a@camelot.bt.mordred.bt"} {
		want(t, email, register(email), 403, wrongDomain)
		want(t, "invite "+email, root.call("POST", "/invitations", `{"email":"`+email+`"}`), 403, wrongDomain)
		if _, err := w.linked().SignIn(t.Context(), oauth.Identity{Provider: "x", AccountID: email, Email: email, EmailVerified: true}, oauth.Policy{}); err == nil {
			t.Errorf("%s: signed up through a provider", email)
		}
	}
	for _, email := range []string{"b@CAMELOT.bt", "b@münchen.de"} {
		if got := register(email); got.status != 201 {
			t.Errorf("%s: got %d %s", email, got.status, got.body)
		}
	}
}

// A concealed registration gets the same answer whether or not a user has the address.
func TestConcealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, invitationOnly, concealed)
	root := w.as(arthur)
	root.invite(merlin)
	first := w.AwaitMails(1)
	c := w.client()
	want(t, "without", c.call("POST", "/auth/register", `{"email":"`+merlin+`","password":"guinevere"}`), 403, required)
	want(t, "a bad one", c.registerWith(merlin, "x"), 400, badInvitation)
	w.Create("gawain@camelot.bt") // after which the invitation is made all the same
	root.invite("gawain@camelot.bt")
	w.AwaitMails(2)
	want(t, "new", c.registerWith(merlin, first.Token), 202, "null")
	if !w.User(merlin).IsVerified {
		t.Error("the invited user is not verified")
	}
	want(t, "new, again", c.registerWith(merlin, first.Token), 400, badInvitation)
}
