package invitations_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

func TestInvite(t *testing.T) {
	t.Parallel()
	for _, mode := range []user.RegistrationMode{ginauth.Open, ginauth.InvitationOnly} {
		w := newWorld(t, func(c *ginauth.Config, _ *invitations.Config) { c.Registration = mode })
		root := w.as(arthur)
		got := root.call("POST", "/invitations", `{"email":"Merlin@Camelot.bt"}`)
		id, by := between(got.body, `"id":"`, `"`), w.User(arthur).ID
		want(t, "invite", got, 201, `{"id":"`+id+`","email":"Merlin@camelot.bt","roles":[],"invited_by":"`+string(by)+
			`","created_at":"2026-01-01T12:00:00Z","expires_at":"2026-01-08T12:00:00Z"}`)
		m := w.AwaitMails(1)
		if m.Kind != user.MailInvitation || m.To != "Merlin@camelot.bt" || len(m.Token) != 43 || m.Lifetime != 7*24*time.Hour || m.User != nil || m.Code != "" {
			t.Errorf("got the %v to %s for %v", m, m.To, m.Lifetime)
		}
		c := w.client()
		for _, wrong := range []string{"", "x", strings.Repeat("A", 43), string(m.Token)[:42], string(m.Token) + "A", id} {
			body := badInvitation
			status := 400
			if wrong == "" && mode == ginauth.InvitationOnly {
				status, body = 403, required
			} else if wrong == "" {
				continue // an ordinary registration
			}
			want(t, "token "+wrong, c.registerWith(merlin, secrets.Secret(wrong)), status, body)
		}
		want(t, "another address", c.registerWith("mordred@camelot.bt", m.Token), 400, badInvitation)
		want(t, "a bad password", c.call("POST", "/auth/register", `{"email":"`+merlin+`","password":"x","invitation":"`+string(m.Token)+`"}`), 400,
			`{"detail":{"code":"REGISTER_INVALID_PASSWORD","reason":"Password should be at least 8 characters"}}`)
		if got := c.registerWith("MERLIN@camelot.bt", m.Token); got.status != 201 || !strings.Contains(got.body, `"is_verified":true`) {
			t.Errorf("register: got %d %s", got.status, got.body)
		}
		want(t, "again", c.registerWith("MERLIN@camelot.bt", m.Token), 400, badInvitation)
		if u := w.User(merlin); !u.IsVerified || u.IsSuperuser || !u.HasPassword() {
			t.Errorf("got %+v", u)
		}
		want(t, "the list afterwards", root.call("GET", "/invitations", ""), 200, `{"items":[],"next":null}`)
		events, _ := w.reports()
		var kinds []user.EventKind
		for _, e := range events {
			kinds = append(kinds, e.Kind)
			if e.Kind == user.EventInvitationUsed && (e.Note["credential"] != id || e.User != w.User(merlin).ID) {
				t.Errorf("got the event %+v", e)
			}
		}
		for _, kind := range []user.EventKind{invitations.EventInvited, user.EventInvitationUsed, user.EventRegistered} {
			if !slices.Contains(kinds, kind) {
				t.Errorf("got the events %v, want %s", kinds, kind)
			}
		}
	}
}

// An invitation gives those of its roles that are still configured, if the user who made
// it is still a superuser.
func TestRoles(t *testing.T) {
	t.Parallel()
	withRoles := func(roles ...string) change {
		return func(_ *ginauth.Config, i *invitations.Config) {
			i.Roles, i.MayInvite = roles, func(*user.User) bool { return true }
		}
	}
	no := false
	for name, test := range map[string]struct {
		meanwhile func(w *world)
		want      []string
	}{
		"nothing":             {func(*world) {}, []string{"editor", "support"}},
		"a role is gone":      {func(w *world) { _ = w.tryStart(w.Store, withRoles("support")) }, []string{"support"}},
		"roles are gone":      {func(w *world) { _ = w.tryStart(w.Store) }, nil},
		"inviter demoted":     {func(w *world) { w.update(arthur, user.Update{IsSuperuser: &no}) }, nil},
		"inviter deactivated": {func(w *world) { w.update(arthur, user.Update{IsActive: &no}) }, nil},
		"inviter deleted": {func(w *world) {
			if err := w.Memory.Delete(w.t.Context(), w.User(arthur).ID, user.DeleteOptions{}); err != nil {
				w.t.Fatal(err)
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withRoles("editor", "support"))
			got := w.as(arthur).call("POST", "/invitations", `{"email":"`+merlin+`","roles":["support","editor","support"]}`)
			if got.status != 201 || !strings.Contains(got.body, `"roles":["editor","support"]`) {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			m := w.AwaitMails(1)
			test.meanwhile(w)
			if got := w.client().registerWith(merlin, m.Token); got.status != 201 {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			if roles := w.User(merlin).Roles; !slices.Equal(roles, test.want) {
				t.Errorf("got the roles %v, want %v", roles, test.want)
			}
		})
	}
	w := newWorld(t, withRoles("editor"))
	w.Create(merlin)
	for _, call := range []struct{ who, roles string }{{arthur, `["root"]`}, {arthur, `"editor"`}, {arthur, `[7]`}, {merlin, `["editor"]`}} {
		if got := w.as(call.who).call("POST", "/invitations", `{"email":"x@camelot.bt","roles":`+call.roles+`}`); got.status != 422 {
			t.Errorf("%s with %s: got %d %s", call.who, call.roles, got.status, got.body)
		}
	}
}

// Of 50 concurrent registrations with one invitation one succeeds.
func TestRegistrationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, invitationOnly, limitsOff)
	w.as(arthur).invite(merlin)
	m := w.AwaitMails(1)
	var mu sync.Mutex
	var all sync.WaitGroup
	answers := map[answer]int{}
	for i := range 50 {
		all.Go(func() {
			email := merlin
			if i%2 == 0 {
				email = "Merlin@Camelot.bt"
			}
			got := w.client().registerWith(email, m.Token)
			if got.status == 201 {
				got.body = ""
			}
			mu.Lock()
			defer mu.Unlock()
			answers[got]++
		})
	}
	all.Wait()
	if answers[answer{201, ""}] != 1 {
		t.Errorf("got %v, want one 201", answers)
	}
	for got := range answers {
		if got.status >= 500 && got.status != 503 {
			t.Errorf("got %v", got)
		}
	}
	if page, err := w.Memory.List(t.Context(), user.ListQuery{Limit: 10}); err != nil || len(page.Users) != 2 {
		t.Errorf("got %d users, %v", len(page.Users), err)
	}
}

// If the address of an invitation gets an account in another way, the invitation cannot be
// used with another address.
func TestAddressTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as(arthur).invite(merlin)
	m := w.AwaitMails(1)
	w.Create(merlin)
	want(t, "taken", w.client().registerWith(merlin, m.Token), 400, badRegister)
}

func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(merlin)
	w.Create("gawain@camelot.bt", func(u *user.User) { u.IsSuperuser, u.IsActive = true, false })
	id := w.as(arthur).invite("lancelot@camelot.bt")
	for _, call := range [][3]string{
		{"POST", "/invitations", `{"email":"x@camelot.bt"}`}, {"GET", "/invitations", ""}, {"DELETE", "/invitations/" + id, ""},
		{"POST", "/invitations/" + id + "/resend", ""},
	} {
		want(t, "nobody", w.client().call(call[0], call[1], call[2]), 401, unauthorized)
		want(t, "a user", w.as(merlin).call(call[0], call[1], call[2]), 403, forbidden)
	}
	err := w.tryStart(w.Store, func(_ *ginauth.Config, i *invitations.Config) {
		i.MayInvite = func(u *user.User) bool { return u.Email == merlin }
	})
	if err != nil {
		t.Fatal(err)
	}
	w.as(merlin).invite("galahad@camelot.bt")
	w.Create("percival@camelot.bt")
	want(t, "another user", w.as("percival@camelot.bt").call("GET", "/invitations", ""), 403, forbidden)
}

// Who may not invite any more when the body arrives invites nobody.
func TestLateInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.as(arthur)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/invitations", fixture.Late(`{"email":"mordred@camelot.bt"}`, func() {
		if _, err := w.auth.Manager().Ban(t.Context(), w.User(arthur), user.Ban{}); err != nil {
			t.Error(err)
		}
	}))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+root.token)
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	want(t, "invite", answer{recorder.Code, recorder.Body.String()}, 401, unauthorized)
	if _, mails := w.reports(); len(mails) > 0 {
		t.Errorf("got the mails %v", mails)
	}
}

func TestListRevokeResend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.as(arthur)
	var ids []string
	for i := range 3 {
		ids = append([]string{root.invite(fmt.Sprintf("knight%d@camelot.bt", i))}, ids...)
		w.Wait(time.Second)
	}
	first := w.AwaitMails(1)
	got := root.call("GET", "/invitations?limit=2", "")
	if got.status != 200 || strings.Count(got.body, `"email"`) != 2 || between(got.body, `"next":"`, `"`) != ids[1] || !strings.Contains(got.body, ids[0]) {
		t.Errorf("first page: got %d %s", got.status, got.body)
	}
	got = root.call("GET", "/invitations?limit=2&cursor="+ids[1], "")
	if strings.Count(got.body, `"email"`) != 1 || !strings.Contains(got.body, ids[2]) || !strings.HasSuffix(got.body, `"next":null}`) {
		t.Errorf("second page: got %d %s", got.status, got.body)
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "cursor=x", "cursor=" + strings.ToUpper(ids[0]), "cursor=%24gt"} {
		if got := root.call("GET", "/invitations?"+query, ""); got.status != 422 {
			t.Errorf("%s: got %d %s", query, got.status, got.body)
		}
	}
	for _, id := range []string{"x", strings.ToUpper(ids[0]), "00000000-0000-0000-0000-000000000000"} {
		want(t, "revoke "+id, root.call("DELETE", "/invitations/"+id, ""), 404, notFound)
		want(t, "resend "+id, root.call("POST", "/invitations/"+id+"/resend", ""), 404, notFound)
	}

	w.AwaitMails(3)
	c := w.client()
	var zero user.Mail
	for _, m := range w.Mails()[:3] {
		if m.To == "knight0@camelot.bt" {
			zero = m
		}
	}
	if first.To == "" || zero.To == "" {
		t.Fatal("got no mail to knight0")
	}
	w.Wait(2 * time.Minute)
	want(t, "resend", root.call("POST", "/invitations/"+ids[2]+"/resend", ""), 202, "null")
	again := w.AwaitMails(4)
	want(t, "the link of the first mail", c.registerWith("knight0@camelot.bt", zero.Token), 400, badInvitation)
	if got := c.registerWith("knight0@camelot.bt", again.Token); got.status != 201 {
		t.Errorf("the link of the second: got %d %s", got.status, got.body)
	}
	want(t, "resend, used", root.call("POST", "/invitations/"+ids[2]+"/resend", ""), 404, notFound)
	want(t, "revoke", root.call("DELETE", "/invitations/"+ids[0], ""), 204, "")
	want(t, "revoke again", root.call("DELETE", "/invitations/"+ids[0], ""), 404, notFound)
	w.Wait(7 * 24 * time.Hour)
	want(t, "expired", root.call("POST", "/invitations/"+ids[1]+"/resend", ""), 401, unauthorized) // and so is the login
}

// An invitation whose mail is withheld by a limit does not invalidate the earlier link.
func TestHeldBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.as(arthur)
	id := root.invite(merlin)
	m := w.AwaitMails(1)
	if again := root.invite("MERLIN@camelot.bt"); again != id {
		t.Errorf("got the invitation %s, want the one of the address, %s", again, id)
	}
	want(t, "resend", root.call("POST", "/invitations/"+id+"/resend", ""), 202, "null")
	if _, mails := w.reports(); len(mails) != 1 {
		t.Errorf("got %d mails, want 1", len(mails))
	}
	if got := w.client().registerWith(merlin, m.Token); got.status != 201 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.as(arthur)
	root.invite(merlin)
	m := w.AwaitMails(1)
	w.Wait(7 * 24 * time.Hour)
	want(t, "expired", w.client().registerWith(merlin, m.Token), 400, badInvitation)
}

// An address with an account gets a mail that says so, and no token.
func TestInviteUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(merlin)
	w.as(arthur).invite(merlin)
	if m := w.AwaitMails(1); m.Token != "" || m.User == nil {
		t.Errorf("got a mail with a token, about %v", m.User)
	}
}

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := invitations.New(t.Context(), w.auth, invitations.Config{Lifetime: 91 * 24 * time.Hour})
	if err == nil || !strings.Contains(err.Error(), "Config.Lifetime is 2184h0m0s, want at most 90 days") {
		t.Errorf("got %v", err)
	}
	_, err = ginauth.New(ginauth.Config{
		Store: bare{w.Memory}, Secret: secret, Backends: []backends.Backend{api},
		Policy: user.Policy{Registration: ginauth.InvitationOnly, AllowedDomains: []string{"@x", "Camelot.bt", ""}},
	})
	for _, part := range []string{
		"Config.Registration is InvitationOnly, but the Store implements no records.InvitationStore", "Config.AllowedDomains has @x", "Config.AllowedDomains has Camelot.bt",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q in it", err, part)
		}
	}
	auth, err := ginauth.New(ginauth.Config{
		Store: w.Memory, Secret: secret, Backends: []backends.Backend{api}, Policy: user.Policy{Registration: ginauth.InvitationOnly},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if cause, _ := recover().(string); !strings.Contains(cause, "must be set up before RegisterRoutes") {
			t.Errorf("got the panic %q", cause)
		}
	}()
	auth.RegisterRoutes().Attach(w.Group("/y"))
}

// bare is a store without the abilities that invitations need.
type bare struct{ user.Store }
