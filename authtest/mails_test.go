package authtest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/mails"
)

func TestVerifyByMail(t *testing.T) {
	t.Parallel()
	kit, auth, engine := newKit(t, ginauth.Config{})
	postJSON(engine, "/auth/register", `{"email":"King.Arthur@camelot.test","password":"guinevere"}`)
	postJSON(engine, "/auth/request-verify-token", `{"email":"king.arthur@camelot.test"}`)
	token := kit.VerifyToken("king.arthur@camelot.test")
	if w := postJSON(engine, "/auth/verify", `{"token":"`+token+`"}`); w.Code != http.StatusOK {
		t.Errorf("got %d %s, want 200", w.Code, w.Body)
	}
	if u, err := auth.Manager().ByEmail(t.Context(), "king.arthur@camelot.test"); err != nil || !u.IsVerified {
		t.Errorf("got user %v and error %v, want a verified one", u, err)
	}
}

func TestResetByMail(t *testing.T) {
	t.Parallel()
	kit, _, engine := newKit(t, ginauth.Config{})
	arthur := kit.User()
	postJSON(engine, "/auth/forgot-password", `{"email":"`+arthur.Email+`"}`)
	token := kit.ResetToken(arthur.Email)
	kit.Clock.Advance(time.Hour)
	w := postJSON(engine, "/auth/reset-password", `{"token":"`+token+`","password":"merlin the wise"}`)
	if got, want := w.Body.String(), `{"detail":"RESET_PASSWORD_BAD_TOKEN"}`; got != want {
		t.Errorf("an hour later: got %s, want %s", got, want)
	}
}

func TestEachMailIsReturnedOnce(t *testing.T) {
	t.Parallel()
	kit, auth, engine := newKit(t, ginauth.Config{})
	arthur, other := kit.User(), kit.User()
	ask := func(email string) { postJSON(engine, "/auth/forgot-password", `{"email":"`+email+`"}`) }
	ask(arthur.Email)
	first := kit.Mail(mails.Reset, arthur.Email)
	ask(other.Email)
	kit.Clock.Advance(time.Minute)
	ask(arthur.Email)
	second := kit.Mail(mails.Reset, strings.ToUpper(arthur.Email))
	if first.Token == second.Token || !second.At.Equal(first.At.Add(time.Minute)) {
		t.Errorf("got mails of %v and %v, want one a minute after the other", first.At, second.At)
	}
	ask(arthur.Email) // at the same time: a mail that is the same to the letter
	if third := kit.Mail(mails.Reset, arthur.Email); third.Token != second.Token {
		t.Error("the clock stood still, but the token is another")
	}
	if err := auth.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(kit.Mails()); got != 4 {
		t.Errorf("got %d mails, want 4", got)
	}
}

func TestMailOfOwnTemplates(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Settings]())
	auth := kit.Auth(ginauth.Config{
		Backends: newBackends(),
		Hooks: mails.Hooks(mails.Config{
			Sender:    kit.Sender(),
			AppURL:    "https://camelot.test",
			Templates: fstest.MapFS{"verify.subject.txt": {Data: []byte("Prove yourself")}},
		}),
	})
	arthur := kit.User()
	if err := auth.Manager().RequestVerify(t.Context(), arthur.Email); err != nil {
		t.Fatal(err)
	}
	m := kit.Mail(mails.Verify, arthur.Email)
	if m.Subject != "Prove yourself" || !strings.HasPrefix(m.URL, "https://camelot.test/verify#token=") {
		t.Errorf("got subject %q and link %q", m.Subject, m.URL)
	}
}

// In a bubble waiting for a mail that never comes takes no time.
func TestMailThatNeverComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failed, log := failing(t, "TestOfAnApp", func(fake testing.TB) {
			kit := authtest.New(fake)
			auth := kit.Auth(ginauth.Config{Backends: newBackends()})
			arthur := kit.User(authtest.WithEmail("king.arthur@camelot.test"))
			if err := auth.Manager().RequestVerify(fake.Context(), arthur.Email); err != nil {
				fake.Fatal(err)
			}
			kit.VerifyToken(arthur.Email)
			kit.ResetToken(arthur.Email)
		})
		want := "no reset mail came to king.arthur@camelot.test within 5s. There were:\n    verify mail to king.arthur@camelot.test\n"
		if !failed || !strings.Contains(log, want) {
			t.Errorf("got failed %v and log %q, want %q", failed, log, want)
		}
	})
}

func TestMailToNoAddress(t *testing.T) {
	t.Parallel()
	failed, log := failing(t, "TestOfAnApp", func(fake testing.TB) { authtest.New(fake).ResetToken("nobody") })
	if want := `"nobody" is no e-mail address`; !failed || !strings.Contains(log, want) {
		t.Errorf("got failed %v and log %q, want %q", failed, log, want)
	}
}
