package oauth_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

func notPrintable(r rune) bool { return r < ' ' || r > '~' }

// 100 first sign-ins of one identity at once: one user, one account, and everybody
// is logged in.
func TestFirstSignInsAtOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	testAtOnce(t, a, 100)
}

func testAtOnce(t *testing.T, a *app, n int) {
	t.Helper()
	browsers, paths := make([]*browser, n), make([]string, n)
	for i := range n {
		browsers[i] = a.browser()
		paths[i] = "/api/callback?" + a.idp.SignIn(browsers[i].authorize("/api/authorize"), merlin).RawQuery
	}
	var all sync.WaitGroup
	for i, b := range browsers {
		all.Go(func() {
			if r := b.get(paths[i]); r.status != http.StatusOK {
				t.Errorf("got %d %s", r.status, r.body)
			}
		})
	}
	all.Wait()
	if users := a.users(); len(users) != 1 || len(a.accounts(users[0])) != 1 {
		t.Errorf("got %d users, want one with one account", len(users))
	}
}

// One callback sent 50 times at once: the code is redeemed once.
func TestReplayAtOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	path := "/api/callback?" + a.idp.SignIn(b.authorize("/api/authorize"), merlin).RawQuery
	planted := b.client.Jar.Cookies(a.serverURL())
	statuses := make(chan response, 50)
	var all sync.WaitGroup
	for range cap(statuses) {
		all.Go(func() {
			twin := a.browser()
			twin.client.Jar.SetCookies(a.serverURL(), planted)
			statuses <- twin.get(path)
		})
	}
	all.Wait()
	close(statuses)
	good := 0
	for r := range statuses {
		if r.status == http.StatusOK {
			good++
		} else {
			check(t, "loser", r, http.StatusBadRequest, detail("OAUTH_INVALID_STATE"))
		}
	}
	if good != 1 || a.idp.Redemptions() != 1 {
		t.Errorf("got %d logins, %d redemptions; want 1 and 1", good, a.idp.Redemptions())
	}
}

// broken is a store whose OAuth part cannot answer.
type broken struct {
	*usertest.Store
	use, account error
}

func (s *broken) Use(ctx context.Context, id string, expiresAt time.Time) error {
	if s.use != nil {
		return s.use
	}
	return s.Store.Use(ctx, id, expiresAt)
}

func (s *broken) Account(ctx context.Context, provider, id string) (records.OAuthAccount, error) {
	if s.account != nil {
		return records.OAuthAccount{}, s.account
	}
	return s.Store.Account(ctx, provider, id)
}

// A store that cannot answer is no refusal; without its word on the state no code
// is redeemed.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	for name, test := range map[string]struct {
		store       broken
		redemptions int
	}{
		"states":   {broken{use: down}, 0},
		"accounts": {broken{account: down}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.store.Store = usertest.NewStore()
			a := newApp(t, options{store: &test.store})
			b := a.browser()
			back := a.idp.SignIn(b.authorize("/api/authorize"), merlin)
			r := b.get("/api/callback?" + back.RawQuery)
			check(t, "callback", r, http.StatusServiceUnavailable, detail("Service Unavailable"))
			if r.header.Get("Retry-After") == "" || !slices.Equal(r.header["Set-Cookie"], clearedBy(back.Query())) || a.idp.Redemptions() != test.redemptions {
				t.Errorf("got %v, %d redemptions; want %d", r.header, a.idp.Redemptions(), test.redemptions)
			}
			checkRedirect(t, "redirect mode", b.redirected("/redirect", "", nil), home+"?error=Service+Unavailable")
		})
	}
}

// A store without OAuth accounts or used states is found out at start-up.
func TestStoreLacksOAuth(t *testing.T) {
	t.Parallel()
	auth, err := ginauth.New(ginauth.Config{
		Store: struct{ user.Store }{usertest.NewStore()}, Secret: secret, Backends: []backends.Backend{api},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	config := oauth.Config{RedirectURL: callback}
	for name, build := range map[string]func(){
		"Routes":          func() { oauth.Routes(auth, oauth.GitHub{ClientID: "1"}, api, config) },
		"AssociateRoutes": func() { oauth.AssociateRoutes(auth, oauth.GitHub{ClientID: "1"}, config) },
		"AccountsRoutes":  func() { oauth.AccountsRoutes(auth) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, "keeps no OAuth accounts") ||
					name != "AccountsRoutes" && !strings.Contains(text, "cannot tell that a state was used") {
					t.Errorf("got panic %q", text)
				}
			}()
			build()
		})
	}
}
