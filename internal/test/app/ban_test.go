package app

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// bannableApp is an application with a clock and one user who is logged in.
type bannableApp struct {
	*watchedApp
	ahead  atomic.Int64
	bearer []string
}

func newBannableApp(t *testing.T, policy user.Policy) (*bannableApp, *user.User) {
	t.Helper()
	a := &bannableApp{}
	start := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	a.watchedApp = newWatchedApp(t, func(config *ginauth.Config) {
		config.Policy = policy
		config.Now = func() time.Time { return start.Add(time.Duration(a.ahead.Load())) }
	})
	a.GET("/anyone", a.auth.CurrentUser(), func(c *gin.Context) { c.Status(204) })
	u, err := a.auth.Manager().Create(t.Context(), user.Registration{Email: "king@example.com", Password: "guinevere", IsSuperuser: true, IsVerified: true})
	if err != nil {
		t.Fatal(err)
	}
	a.bearer = a.logIn(t, "king@example.com")
	return a, u
}

func (a *bannableApp) want(t *testing.T, what, method, path, body string, status int, text string, header ...string) {
	t.Helper()
	wantAnswer(t, what, send(t, a, method, path, body, header...), status, text)
}

const (
	kingsLogin = "username=king@example.com&password=guinevere"
	formBody   = "application/x-www-form-urlencoded"
)

func TestBanned(t *testing.T) {
	t.Parallel()
	a, u := newBannableApp(t, user.Policy{})
	m := a.auth.Manager()
	a.want(t, "before", "GET", "/own", "", 204, "", a.bearer...)
	after, err := m.Ban(t.Context(), u, user.Ban{Until: u.CreatedAt.Add(time.Hour), Reason: "shouts"})
	if err != nil || !after.Banned(u.CreatedAt) || after.TokenVersion != u.TokenVersion+1 {
		t.Fatalf("Ban: got %+v, %v", after.Ban, err)
	}
	a.want(t, "the token of before", "GET", "/own", "", 401, `{"detail":"Unauthorized"}`, a.bearer...)
	a.want(t, "a login", "POST", "/auth/login", kingsLogin, 400, `{"detail":"LOGIN_BAD_CREDENTIALS"}`, "Content-Type", formBody)
	token, err := m.ResetToken(after)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ResetPassword(t.Context(), token, "new-excalibur"); !errors.Is(err, user.ErrBadToken) {
		t.Errorf("a reset: got %v, want %v", err, user.ErrBadToken)
	}

	a.ahead.Store(int64(time.Hour)) // nothing is written
	if stored, err := a.store.ByID(t.Context(), u.ID); err != nil || stored.Ban == nil || stored.TokenVersion != after.TokenVersion {
		t.Errorf("after an hour: got %+v, %v, want the ban as it was", stored, err)
	}
	a.bearer = a.logIn(t, "king@example.com")
	a.want(t, "a login after the ban", "GET", "/own", "", 204, "", a.bearer...)
}

func TestUnbanned(t *testing.T) {
	t.Parallel()
	a, u := newBannableApp(t, user.Policy{TellBanned: true})
	m := a.auth.Manager()
	after, err := m.Ban(t.Context(), u, user.Ban{Reason: "shouts"})
	if err != nil {
		t.Fatal(err)
	}
	a.want(t, "a right password", "POST", "/auth/login", kingsLogin, 400, `{"detail":"LOGIN_BANNED"}`, "Content-Type", formBody)
	a.want(t, "a wrong password", "POST", "/auth/login", "username=king@example.com&password=wrong", 400,
		`{"detail":"LOGIN_BAD_CREDENTIALS"}`, "Content-Type", formBody)
	if after, err = m.Unban(t.Context(), after); err != nil || after.Ban != nil {
		t.Fatalf("Unban: got %+v, %v", after, err)
	}
	a.logIn(t, "king@example.com")
	for {
		if e := a.next(t, 1)[0]; e.Kind == user.EventUnbanned {
			break
		}
	}
	kinds := map[user.EventKind]string{}
	for _, e := range a.told {
		kinds[e.Kind] = e.Note["reason"]
	}
	if kinds[user.EventBanned] != "shouts" {
		t.Errorf("got the events %v, want one of the ban with its reason", kinds)
	}
}

// TestBanWithoutEnd has a ban that an application writes itself, without the end of tokens.
func TestBanWithoutEnd(t *testing.T) {
	t.Parallel()
	a, u := newBannableApp(t, user.Policy{})
	now := u.CreatedAt
	if _, err := a.store.Update(t.Context(), u.ID, user.Update{Ban: &user.Ban{At: now}, UpdatedAt: now}); err != nil {
		t.Fatal(err)
	}
	a.want(t, "ActiveUser", "GET", "/own", "", 401, `{"detail":"Unauthorized"}`, a.bearer...)
	a.want(t, "CurrentUser", "GET", "/anyone", "", 204, "", a.bearer...)
	a.want(t, "own account", "PATCH", "/users/me", `{"password":"new-excalibur"}`, 401, `{"detail":"Unauthorized"}`, a.bearer...)
}

func TestBanLastSuperuser(t *testing.T) {
	t.Parallel()
	a, u := newBannableApp(t, user.Policy{KeepOneSuperuser: true})
	m := a.auth.Manager()
	if _, err := m.Ban(t.Context(), u, user.Ban{}); !errors.Is(err, user.ErrLastSuperuser) {
		t.Errorf("Ban of the last superuser: got %v, want %v", err, user.ErrLastSuperuser)
	}
	if _, err := m.Ban(t.Context(), u, user.Ban{Until: u.CreatedAt}); err == nil {
		t.Error("Ban until now: got no error")
	}
	a.want(t, "the superuser", "GET", "/own", "", http.StatusNoContent, "", a.bearer...)
}
