package oauth_test

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

var emrys = hostile.Person{Subject: "emrys", Email: "Emrys@Avalon.bt"}

func TestAssociate(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	check(t, "authorize without user", b.get("/associate/authorize"), http.StatusUnauthorized, detail("Unauthorized"))
	check(t, "callback without user", b.get("/associate/callback?code=1&state=2"), http.StatusUnauthorized, detail("Unauthorized"))
	b.logIn(merlin)
	me := b.get("/users/me").body
	back := a.idp.SignIn(b.authorize("/associate/authorize"), emrys)
	r := b.get("/associate/callback?" + back.RawQuery)
	check(t, "associate", r, http.StatusOK, me)
	if cookies := r.header.Values("Set-Cookie"); !slices.Equal(cookies, clearedBy(back.Query())) {
		t.Errorf("got cookies %q", cookies)
	}
	check(t, "again", b.signIn("/associate", emrys), http.StatusOK, me)
	if got := len(a.accounts(a.users()[0])); got != 2 || len(a.users()) != 1 {
		t.Errorf("got %d accounts, %d users; want 2 and 1", got, len(a.users()))
	}

	// The new way in leads to the same user, whatever its address.
	other := a.browser()
	other.logIn(emrys)
	if got := other.get("/users/me").body; got != me {
		t.Errorf("got %s, want %s", got, me)
	}
}

// Linking is a GET by its protocol, and yet something that is done.
func TestAssociateIsLogged(t *testing.T) {
	t.Parallel()
	log := &testlog.Log{}
	a := newApp(t, options{manager: func(c *ginauth.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}})
	b := a.browser()
	b.logIn(merlin)
	b.signIn("/associate", emrys)
	b.signIn("/associate-redirect", hostile.Person{Subject: "3"}) // tells no e-mail
	b.signIn("/associate-redirect", hostile.Person{Subject: "4", Email: "nimue@avalon.bt"})
	id := string(a.users()[0].ID)
	linked := `"kind":"oauth_linked","outcome":"ok","user":"` + id + `","actor":"` + id + `","backend":"api","ip":"127.0.0.1","note":{"provider":"idp"}}`
	refused := `"kind":"oauth_failed","outcome":"refused","code":"OAUTH_NOT_AVAILABLE_EMAIL","actor":"` + id + `","backend":"api","ip":"127.0.0.1"}`
	for want, times := range map[string]int{
		linked:  2,
		refused: 1,
	} {
		if got := strings.Count(log.String(), want); got != times {
			t.Errorf("got %d of %s, want %d", got, want, times)
		}
	}
	if t.Failed() {
		t.Log(log.String())
	}
}

func TestAssociateSomebodyElses(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b, other := a.browser(), a.browser()
	b.logIn(merlin)
	other.logIn(emrys)
	check(t, "associate", other.signIn("/associate", merlin), http.StatusBadRequest, detail("OAUTH_ACCOUNT_ALREADY_LINKED"))
	check(t, "no e-mail", other.signIn("/associate", hostile.Person{Subject: "3"}), http.StatusBadRequest, detail("OAUTH_NOT_AVAILABLE_EMAIL"))
	for _, u := range a.users() {
		if got := len(a.accounts(u)); got != 1 {
			t.Errorf("%v: got %d accounts, want 1", u.Email, got)
		}
	}
}

func TestAssociateRequirements(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	b.logIn(merlin)
	strict := newApp(t, options{store: a.store, group: []ginauth.GroupOption{ginauth.Verified()}})
	s := strict.browser()
	s.bearer = b.bearer
	for _, path := range []string{"/associate/authorize", "/associate/callback", "/users/me/oauth-accounts"} {
		check(t, path, s.get(path), http.StatusForbidden, detail("Forbidden"))
	}
	no := false
	if _, err := a.auth.Manager().Update(ctx, a.users()[0], user.Changes{IsActive: &no}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/associate/authorize", "/associate/callback", "/users/me/oauth-accounts"} {
		check(t, path, b.get(path), http.StatusUnauthorized, detail("Unauthorized"))
	}
}

// during is a provider that takes its time, in which something happens.
type during struct {
	roundTable

	meanwhile func()
}

func (d during) Account(ctx context.Context, grant oauth.Grant) (oauth.Account, error) {
	d.meanwhile()
	return d.roundTable.Account(ctx, grant)
}

// Whoever was logged out while the provider answered, of this session or of all, has
// no account linked, which would be a way in that outlives all tokens.
func TestAssociateLoggedOutMeanwhile(t *testing.T) {
	t.Parallel()
	stored := func(c *ginauth.Config) {
		c.Backends = []backends.Backend{web, {Name: api.Name, Transport: api.Transport, Strategy: backends.Database{}}}
	}
	a := newApp(t, options{plain: true, manager: stored})
	b := a.browser()
	ways := map[string]func() error{
		"/one": func() error { return a.store.DeleteToken(ctx, records.HashToken(b.bearer)) },
		"/all": func() error {
			_, err := a.auth.Manager().LogOutEverywhere(ctx, a.users()[0], "")
			return err
		},
	}
	for path, logOut := range ways {
		provider := during{roundTable{name: "during", base: a.idp.URL}, func() {
			if err := logOut(); err != nil {
				t.Error(err)
			}
		}}
		oauth.AssociateRoutes(a.auth, provider, oauth.Config{RedirectURL: callback}).Attach(a.engine.Group(path))
		b.logIn(merlin)
		check(t, path, b.signIn(path, emrys), http.StatusUnauthorized, detail("Unauthorized"))
		if got := len(a.accounts(a.users()[0])); got != 1 {
			t.Errorf("%s: got %d accounts, want the one he came by", path, got)
		}
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b, other := a.browser(), a.browser()
	check(t, "nobody", b.get("/users/me/oauth-accounts"), http.StatusUnauthorized, detail("Unauthorized"))
	check(t, "nobody unlinks", b.do(http.MethodDelete, "/users/me/oauth-accounts/1"), http.StatusUnauthorized, detail("Unauthorized"))
	b.logIn(merlin)
	other.logIn(emrys)
	others := a.accounts(a.owner(emrys))[0].ID
	a.pass(1500 * 1000 * 1000) // 1.5 s
	b.signIn("/associate", hostile.Person{Subject: "2", Email: "Second@Avalon.bt"})

	r := b.get("/users/me/oauth-accounts")
	const one = `\{"id":"([^"]+)","provider":"idp","account_id":"%","account_email":"@","created_at":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.5)?Z"\}`
	pattern := "^\\[" + strings.NewReplacer("%", "1094", "@", "merlin@camelot.bt").Replace(one) + "," +
		strings.NewReplacer("%", "2", "@", "Second@Avalon.bt").Replace(one) + "\\]$"
	found := regexp.MustCompile(pattern).FindStringSubmatch(r.body)
	if r.status != http.StatusOK || found == nil {
		t.Fatalf("list: got %d %s", r.status, r.body)
	}
	first, second := found[1], found[3]

	remove := func(id string) response { return b.do(http.MethodDelete, "/users/me/oauth-accounts/"+id) }
	check(t, "another's", remove(others), http.StatusNotFound, detail("Not Found"))
	check(t, "nonsense", remove("nonsense"), http.StatusNotFound, detail("Not Found"))
	check(t, "first", remove(first), http.StatusNoContent, "")
	check(t, "gone", remove(first), http.StatusNotFound, detail("Not Found"))
	check(t, "last way in", remove(second), http.StatusBadRequest, detail("OAUTH_LAST_LOGIN_METHOD"))
	password := secrets.Secret("guinevere")
	u := a.owner(hostile.Person{Subject: "2"})
	if _, err := a.auth.Manager().Update(ctx, u, user.Changes{Password: &password}); err != nil {
		t.Fatal(err)
	}
	b.logIn(hostile.Person{Subject: "2", Email: "Second@Avalon.bt"})
	check(t, "beside a password", remove(second), http.StatusNoContent, "")
	check(t, "none left", b.get("/users/me/oauth-accounts"), http.StatusOK, "[]")
}

func (a *app) owner(who hostile.Person) *user.User {
	a.t.Helper()
	u, err := a.linked().Owner(ctx, "idp", who.Subject)
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}
