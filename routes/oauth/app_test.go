package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/statustest"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func init() {
	gin.SetMode(gin.TestMode)
	// As an example reads them.
	_ = os.Setenv("GOOGLE_CLIENT_ID", "your-client-id")
	_ = os.Setenv("GOOGLE_CLIENT_SECRET", "your-client-secret")
}

var (
	ctx    = context.Background()
	secret = secrets.Secret(strings.Repeat("s", 32))
	web    = backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.JWT{}}
	api    = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
)

// merlin is somebody whose address the provider vouches for.
var merlin = hostile.Person{Subject: "1094", Email: "merlin@camelot.bt", Verified: true}

// app is an application, served over TLS, and its provider.
type app struct {
	t      testing.TB
	auth   *ginauth.Auth
	engine *gin.Engine
	server *httptest.Server
	idp    *hostile.Provider
	store  *usertest.Store
	log    *testlog.Log

	mu  sync.Mutex
	now time.Time
}

// options are what tests choose of an application. config is called with the OAuth
// configuration.
type options struct {
	store   user.Store
	idp     *hostile.Provider // one of its own if nil
	hooks   user.Hooks
	config  func(*oauth.Config)
	group   []ginauth.GroupOption
	plain   bool
	timeout time.Duration
	manager func(*ginauth.Config)
}

// callback is where the provider sends browsers of every group back in the tests:
// the browser of a test goes to the group it means.
const callback = "https://www.camelot.bt/oauth/callback"

func newApp(t testing.TB, o options) *app {
	t.Helper()
	a := &app{t: t, engine: gin.New(), store: usertest.NewStore(), log: &testlog.Log{}, now: time.Now().Truncate(time.Second)}
	if o.store == nil {
		o.store = a.store
	}
	config := ginauth.Config{
		Store: o.store, Secret: secret, Backends: []backends.Backend{web, api}, Hooks: o.hooks,
		Now: a.clock, Logger: slog.New(slog.NewTextHandler(a.log, nil)),
	}
	if o.manager != nil {
		o.manager(&config)
	}
	var err error
	if a.auth, err = ginauth.New(config); err != nil {
		t.Fatal(err)
	}
	a.server = httptest.NewUnstartedServer(a.engine)
	a.server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes with clients that have gone
	a.server.StartTLS()
	t.Cleanup(a.server.Close)
	if a.idp = o.idp; a.idp == nil {
		a.idp = hostile.New(t, callback, a.clock)
	}
	statustest.Watch(t, a.engine, a.auth)
	a.attach(o)
	return a
}

// attach mounts every kind of group: each test uses those it is about.
func (a *app) attach(o options) {
	config := oauth.Config{RedirectURL: callback, Timeout: o.timeout}
	if o.config != nil {
		o.config(&config)
	}
	redirecting := config
	redirecting.RedirectTo = []string{"https://www.camelot.bt/", "https://www.camelot.bt/account?tab=1#top"}
	provider, other := a.provider("idp", o.plain), a.provider("other", o.plain)
	mount := func(path string) *gin.RouterGroup { return a.engine.Group(path) }
	oauth.Routes(a.auth, provider, api, config, o.group...).Attach(mount("/api"))
	oauth.Routes(a.auth, provider, web, config, o.group...).Attach(mount("/web"))
	oauth.Routes(a.auth, other, api, config, o.group...).Attach(mount("/other"))
	oauth.Routes(a.auth, provider, web, redirecting, o.group...).Attach(mount("/redirect"))
	oauth.AssociateRoutes(a.auth, provider, config, o.group...).Attach(mount("/associate"))
	oauth.AssociateRoutes(a.auth, provider, redirecting, o.group...).Attach(mount("/associate-redirect"))
	oauth.AccountsRoutes(a.auth, o.group...).Attach(mount("/users/me"))
	a.auth.UsersRoutes().Attach(mount("/users"))
	a.auth.AuthRoutes(api).Attach(mount("/auth"))
}

func (a *app) provider(name string, plain bool) oauth.Provider {
	if plain {
		a.idp.PlainOAuth = true
		return roundTable{name: name, base: a.idp.URL}
	}
	return oidc.New(oidc.Config{
		Name: name, Issuer: a.idp.URL, ClientID: hostile.ClientID, ClientSecret: hostile.ClientSecret,
		AllowedScopes: []string{"profile", "a", "b"}, Params: map[string]string{"prompt": "select_account"}, Now: a.clock,
	})
}

func (a *app) clock() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *app) pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(d)
}

// browser keeps cookies, and follows no redirect.
type browser struct {
	app    *app
	client *http.Client
	bearer string
}

func (a *app) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return &browser{app: a, client: &http.Client{
		Transport:     a.server.Client().Transport,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// response is an answer, read.
type response struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(method, path string) response {
	b.app.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, b.app.server.URL+path, http.NoBody)
	if err != nil {
		b.app.t.Fatal(err)
	}
	if b.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	r, err := b.client.Do(request)
	if err != nil {
		b.app.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.app.t.Fatal(err)
	}
	return response{r.StatusCode, r.Header, string(body)}
}

func (b *browser) get(path string) response { b.app.t.Helper(); return b.do(http.MethodGet, path) }

// authorize begins a flow and returns the authorization URL.
func (b *browser) authorize(path string) string {
	b.app.t.Helper()
	r := b.get(path)
	var body struct {
		URL string `json:"authorization_url"`
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || r.status != http.StatusOK {
		b.app.t.Fatalf("GET %s: got %d %s", path, r.status, r.body)
	}
	return body.URL
}

// signIn goes through a whole flow of the group mounted at base.
func (b *browser) signIn(base string, who hostile.Person) response {
	b.app.t.Helper()
	back := b.app.idp.SignIn(b.authorize(base+"/authorize"), who)
	return b.get(base + "/callback?" + back.RawQuery)
}

// logIn is a flow that ends with a bearer token, which the browser then uses.
func (b *browser) logIn(who hostile.Person) {
	b.app.t.Helper()
	r := b.signIn("/api", who)
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || r.status != http.StatusOK || body.Token == "" {
		b.app.t.Fatalf("log in: got %d %s", r.status, r.body)
	}
	b.bearer = body.Token
}

func check(t testing.TB, what string, r response, status int, body string) {
	t.Helper()
	if r.status != status || r.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, r.status, r.body, status, body)
	}
}

func detail(code string) string { return `{"detail":"` + code + `"}` }

func query(t testing.TB, text string) url.Values {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// crumbOf is the name of the cookie that belongs to a state.
func crumbOf(state string) string {
	sum := sha256.Sum256([]byte(state))
	return "__Host-ginauth_oauth_" + base64.RawURLEncoding.EncodeToString(sum[:6])
}

// clearedBy is what a callback with that query clears: the cookie of its own flow, and
// no other.
func clearedBy(q url.Values) []string {
	if len(q["state"]) != 1 || q.Get("state") == "" {
		return nil
	}
	return []string{crumbOf(q.Get("state")) + "=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"}
}

// users returns all users that are stored.
func (a *app) users() []*user.User {
	a.t.Helper()
	page, err := a.auth.Manager().List(ctx, user.ListQuery{Limit: 1000})
	if err != nil {
		a.t.Fatal(err)
	}
	return page.Users
}

// create stores a user.
func (a *app) create(r user.Registration) *user.User {
	a.t.Helper()
	u, err := a.auth.Manager().Create(ctx, r)
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}

// linked returns the operations on accounts at providers.
func (a *app) linked() *oauth.Accounts {
	a.t.Helper()
	linked, err := oauth.NewAccounts(a.auth)
	if err != nil {
		a.t.Fatal(err)
	}
	return linked
}

func (a *app) accounts(u *user.User) []records.OAuthAccount {
	a.t.Helper()
	accounts, err := a.linked().Of(ctx, u)
	if err != nil {
		a.t.Fatal(err)
	}
	return accounts
}

// roundTable is a provider without OpenID Connect.
type roundTable struct{ name, base string }

func (p roundTable) Client() oauth.Client {
	return oauth.Client{
		Name: p.name, ID: hostile.ClientID, Secret: hostile.ClientSecret,
		Endpoint:      endpointOf(p.base),
		AllowedScopes: []string{"a", "b"},
	}
}

func (p roundTable) Account(ctx context.Context, grant oauth.Grant) (oauth.Account, error) {
	var me struct {
		Sub      string `json:"sub"`
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := grant.JSON(ctx, p.base+"/me", &me); err != nil {
		return oauth.Account{}, err
	}
	return oauth.Account{ID: me.Sub, Email: me.Email, EmailVerified: me.Verified}, nil
}
