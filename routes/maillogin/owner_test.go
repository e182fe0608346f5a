package maillogin_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
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

// A stranger has registered with another person's address. When the owner of the address
// logs in by mail, the account is the owner's, without any of the stranger's credentials.
func TestUnverifiedAccountChangesHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.register(merlin)
	mordred := w.browser("cookie")
	login := `{"username":"` + merlin + `","password":"guinevere"}`
	if got := mordred.call("POST", "/auth/cookie/login", login); got.status != 200 {
		t.Fatalf("the stranger: got %d %s", got.status, got.body)
	}
	enrol(t, mordred)
	for _, a := range []oauth.Identity{
		{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt", EmailVerified: true},
		{Provider: "google", AccountID: "1", Email: "Merlin@camelot.bt", EmailVerified: true}, // proven
		{Provider: "gitlab", AccountID: "2", Email: merlin},                                   // not proven
	} {
		if err := w.linked().Link(t.Context(), w.User(merlin), a, nil); err != nil {
			t.Fatal(err)
		}
	}
	if !w.User(merlin).SecondFactor {
		t.Fatal("the stranger has no second factor")
	}

	owner := w.browser("cookie")
	owner.ask(merlin)
	if got := owner.byLink(w.mail(merlin).Token, ""); got.status != 200 || !owner.isIn() {
		t.Fatalf("the owner: got %d %s", got.status, got.body)
	}
	after := w.User(merlin)
	if after.ID != u.ID || !after.IsVerified || after.HasPassword() || after.SecondFactor || after.OwnerVersion != 1 {
		t.Errorf("got %+v", after)
	}
	if mordred.call("GET", "/users/me", "").status != 401 {
		t.Error("the stranger is still logged in")
	}
	want(t, "the stranger's password", w.browser("cookie").call("POST", "/auth/cookie/login", login), 400, badCredentials)
	for provider, id := range map[string]string{"github": "666", "gitlab": "2"} {
		if found, err := w.linked().Owner(t.Context(), provider, id); err == nil {
			t.Errorf("%s leads to %v", provider, found)
		}
	}
	if found, err := w.linked().Owner(t.Context(), "google", "1"); err != nil || found.ID != u.ID {
		t.Errorf("the account with the address proven: got %v, %v, want it kept", found, err)
	}
	if all, err := w.Memory.CredentialsOf(t.Context(), u.ID); err != nil || len(all) != 0 {
		t.Errorf("got %d credentials, %v, want none", len(all), err)
	}

	// The next login drops nothing.
	again := w.browser("cookie")
	again.ask(merlin)
	if got := again.byLink(w.mail(merlin).Token, ""); got.status != 200 || w.User(merlin).OwnerVersion != 1 || !owner.isIn() {
		t.Errorf("the next login: got %d %s, %+v", got.status, got.body, w.User(merlin))
	}
	events, _ := w.reports()
	count := map[user.EventKind]int{}
	for _, e := range events {
		count[e.Kind]++
	}
	if count[user.EventAccountTakenOver] != 1 || count[user.EventVerified] != 1 || count[user.EventMailLoginRequested] != 2 {
		t.Errorf("got events %v", count)
	}
}

// enrol sets up an authenticator app and returns its secret.
func enrol(t *testing.T, c *client) string {
	t.Helper()
	got := c.call("POST", "/users/me/factors/totp", `{}`)
	id, key := between(got.body, `"id":"`, `"`), between(got.body, `"secret":"`, `"`)
	code, err := totp.GenerateCode(key, c.Clock())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.call("POST", "/users/me/factors/totp/"+id+"/confirm", `{"code":"`+code+`"}`); got.status != 200 {
		t.Fatalf("confirm: got %d %s", got.status, got.body)
	}
	c.Wait(30 * time.Second)
	return key
}

// The account changes owner in one write: without it no login succeeds, and a process
// that ends right after it leaves the former owner without access.
func TestChangeOfHandsFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method string
		fault  usertest.Fault
		status int
	}{
		{"Update", usertest.FailBefore, 503},
		{"Update", usertest.FailAfter, 200}, // the stored user shows that the write took effect
		{"Update", usertest.Twice, 400},     // the repeated call finds the user changed
		{"DeleteCredentialsOf", usertest.FailBefore, 200},
		{"CredentialsOf", usertest.FailBefore, 200},
		{"UnlinkAccountsOf", usertest.FailBefore, 200},
		{"TakePending", usertest.FailBefore, 503},
		{"Pending", usertest.FailBefore, 503},
	} {
		w := newWorld(t, limitsOff)
		w.register(merlin)
		stranger := oauth.Identity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt", EmailVerified: true}
		if err := w.linked().Link(t.Context(), w.User(merlin), stranger, nil); err != nil {
			t.Fatal(err)
		}
		c := w.browser("cookie")
		c.ask(merlin)
		m := w.mail(merlin)
		var done atomic.Bool
		w.Store.Plan(func(_ context.Context, call usertest.Call) usertest.Fault {
			if call.Method == test.method && !done.Swap(true) {
				return test.fault
			}
			return usertest.NoFault
		})
		got := c.byLink(m.Token, "")
		w.Store.Plan(nil)
		if got.status != test.status || c.isIn() != (test.status == 200) {
			t.Errorf("%s %v: got %d %s, want %d", test.method, test.fault, got.status, got.body, test.status)
		}
		changed := w.User(merlin).OwnerVersion == 1
		found, err := w.linked().Owner(t.Context(), "github", "666")
		if changed && err == nil || w.User(merlin).IsVerified && w.User(merlin).HasPassword() {
			t.Errorf("%s %v: the stranger's account leads to %v", test.method, test.fault, found)
		}
	}
}

// What a stranger has left in the account may be much, and the store slow: tidying it away
// takes nothing of the time in which the owner is logged in.
func TestTidyingHoldsUpNoLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.register(merlin)
		mordred := w.browser("cookie")
		if got := mordred.call("POST", "/auth/cookie/login", `{"username":"`+merlin+`","password":"guinevere"}`); got.status != 200 {
			t.Fatalf("the stranger: got %d %s", got.status, got.body)
		}
		enrol(t, mordred)
		owner := w.browser("cookie")
		owner.ask(merlin)
		m := w.mail(merlin)
		w.Store.Plan(func(ctx context.Context, call usertest.Call) usertest.Fault {
			if call.Method == "DeleteCredential" {
				<-ctx.Done()
				return usertest.FailBefore
			}
			return usertest.NoFault
		})
		begun := time.Now()
		if got := owner.byLink(m.Token, ""); got.status != 200 || !owner.isIn() {
			t.Errorf("the owner: got %d %s", got.status, got.body)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v, want 2 seconds at most", took)
		}
	})
}

// Where a new address has to be confirmed, a stolen session is not enough to take the second
// factor off the account: it keeps it at the thief's address, too.
func TestNewAddressKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff, func(c *ginauth.Config, _ *maillogin.Config) { c.ConfirmEmailChange = true })
	w.auth.VerifyRoutes().Attach(w.Group("/auth"))
	owner := w.browser("cookie")
	owner.ask(arthur)
	if got := owner.byLink(w.mail(arthur).Token, ""); got.status != 200 {
		t.Fatalf("the owner: got %d %s", got.status, got.body)
	}
	enrol(t, owner)
	thief, elsewhere := owner.twin(), w.browser("cookie")
	if got := thief.call("PATCH", "/users/me", `{"email":"mordred@camelot.bt"}`); got.status != 200 || !strings.Contains(got.body, arthur) {
		t.Fatalf("the new address: got %d %s", got.status, got.body)
	}
	token := w.AwaitMailOf(user.MailConfirmEmail, "mordred@camelot.bt").Token
	if got := elsewhere.call("POST", "/auth/confirm-email", `{"token":"`+string(token)+`"}`); got.status != 200 {
		t.Fatalf("confirm: got %d %s", got.status, got.body)
	}
	elsewhere.ask("mordred@camelot.bt")
	got := elsewhere.byLink(w.mail("mordred@camelot.bt").Token, "")
	want(t, "the thief", got, 400, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":["recovery_code","totp"]}}`)
}

// A login by mail is one factor.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser("cookie")
	c.ask(arthur)
	if got := c.byLink(w.mail(arthur).Token, ""); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	key := enrol(t, c)
	for _, link := range []bool{true, false} {
		c := w.browser("jwt")
		request := c.ask(arthur)
		m := w.mail(arthur)
		got := c.byCode(request, otherCode(m.Code, 0))
		if link {
			got = c.byLink(m.Token, "")
		} else {
			got = c.byCode(request, m.Code)
		}
		if !strings.HasPrefix(got.body, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":["recovery_code","totp"],"login_token":"`) {
			t.Fatalf("link %v: got %d %s", link, got.status, got.body)
		}
		want(t, "again", c.byLink(m.Token, ""), 400, badToken)
		code, err := totp.GenerateCode(key, w.Clock())
		if err != nil {
			t.Fatal(err)
		}
		body := `{"login_token":"` + between(got.body, `"login_token":"`, `"`) + `","factor":"totp","code":"` + code + `"}`
		if got := c.call("POST", "/auth/jwt/login/factor", body); got.status != 200 {
			t.Errorf("with the factor: got %d %s", got.status, got.body)
		}
		if got := c.call("GET", "/active", ""); got.body != `["mail","mfa","otp"]` {
			t.Errorf("got methods %s", got.body)
		}
		w.Wait(30 * time.Second)
	}
}
