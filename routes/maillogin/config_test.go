package maillogin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// bare is a store without the abilities that logging in by mail needs.
type bare struct{ user.Store }

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{Name: "a"}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: bare{usertest.NewStore()}, Secret: secret, Backends: []backends.Backend{web}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = maillogin.New(t.Context(), auth, maillogin.Config{Digits: 5, Cookie: backends.Cookie{Name: "a", Path: "x"}})
	for _, part := range []string{
		"Config.Digits is 5, want 6 to 8", `Config.Cookie.Name "a" is the cookie of backend "web"`, `Config.Cookie: Path "x"`,
		"Hooks.Send is missing", "is not a records.PendingStore",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q in it", err, part)
		}
	}
}

func TestUnknownBackend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mail, err := maillogin.New(t.Context(), w.auth, maillogin.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if cause, _ := recover().(string); !strings.Contains(cause, `nowhere`) {
			t.Errorf("got the panic %q, want one that names the backend", cause)
		}
	}()
	mail.Login(backends.Backend{Name: "nowhere"})
}

func TestDigits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *ginauth.Config, m *maillogin.Config) { m.Digits = 6 })
	c := w.browser("cookie")
	request := c.ask(arthur)
	m := w.mail(arthur)
	if len(m.Code) != 6 {
		t.Errorf("got a code of %d digits", len(m.Code))
	}
	if got := c.byCode(request, m.Code); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// A mail from before a rotation of the secret is valid while the old secret is configured.
func TestRotatedSecret(t *testing.T) {
	t.Parallel()
	const next = secrets.Secret("fedcba9876543210fedcba9876543210")
	for _, known := range []bool{true, false} {
		w := newWorld(t)
		c := w.browser("cookie")
		request := c.ask(arthur)
		m := w.mail(arthur)
		w.oneFactor = true // a second factor would need the keys
		err := w.tryStart(w.Store, func(c *ginauth.Config, _ *maillogin.Config) {
			c.Secret = next
			if known {
				c.PreviousSecrets = []secrets.Secret{secret}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		got := c.byCode(request, m.Code)
		if known && got.status != 200 || !known && got.body != badToken {
			t.Errorf("known %v: got %d %s", known, got.status, got.body)
		}
	}
}

func TestTokensValidFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser("cookie")
	c.ask(arthur)
	m := w.mail(arthur)
	from := w.Clock().Add(1)
	if err := w.tryStart(w.Store, func(c *ginauth.Config, _ *maillogin.Config) { c.TokensValidFrom = from }); err != nil {
		t.Fatal(err)
	}
	want(t, "a mail of before", c.byLink(m.Token, ""), 400, badToken)
}

func TestMongo(t *testing.T) {
	t.Parallel()
	store, err := mongostore.Open(t.Context(), mongotest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.Wait(time.Since(w.Clock())) // a server removes what has expired by its own clock
	if err := w.tryStart(store, signUp, limitsOff); err != nil {
		t.Fatal(err)
	}
	c := w.browser("cookie")
	c.ask(merlin)
	m := w.mail(merlin)
	other := w.browser("cookie")
	want(t, "another browser", other.byLink(m.Token, ""), 400, confirmBrowser)
	if got := c.byLink(m.Token, ""); got.status != 200 || !c.isIn() {
		t.Fatalf("sign up: got %d %s", got.status, got.body)
	}
	request := c.ask(merlin)
	m = w.mail(merlin)
	wins := fixture.Together(10, func(i int) bool {
		if i%2 == 0 {
			return c.twin().byLink(m.Token, "").status == 200
		}
		return c.twin().byCode(request, m.Code).status == 200
	})
	if wins != 1 {
		t.Errorf("got %d logins, want 1", wins)
	}
	u, err := store.ByEmail(context.WithoutCancel(t.Context()), email.Email{Key: merlin})
	if err != nil || !u.IsVerified {
		t.Errorf("got %v, %v", u, err)
	}
}
