package passkeys_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const (
	secret = fixture.Secret
	arthur = "arthur@camelot.bt"
	merlin = "merlin@camelot.bt"
	rpID   = "camelot.bt"
	origin = "https://camelot.bt"

	badLogin      = `{"detail":"LOGIN_BAD_CREDENTIALS"}`
	badFactor     = `{"detail":"LOGIN_BAD_FACTOR"}`
	badCeremony   = `{"detail":"PASSKEY_BAD_CEREMONY"}`
	badCredential = `{"detail":"PASSKEY_BAD_CREDENTIAL"}`
	lastWayIn     = `{"detail":"OAUTH_LAST_LOGIN_METHOD"}`
	notFound      = `{"detail":"Not Found"}`
)

var allBackends = []backends.Backend{
	{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
	{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{}},
	{Name: "cookie", Transport: backends.Cookie{}, Strategy: backends.Database{}},
}

type change = func(*ginauth.Config, *passkeys.Config)

// world is an application with passkeys on three backends.
type world struct {
	*gin.Engine
	*fixture.Fixture

	t        *testing.T
	auth     *ginauth.Auth
	passkeys *passkeys.Passkeys
	users    user.Store // the store of the application; defaults to store
}

// newWorld returns a world as change leaves its configuration, with arthur in it.
func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := newWorldOver(t, nil, changes...)
	w.create(arthur, func(u *user.User) { u.HashedPassword = fixture.Hash(t) })
	return w
}

// newWorldOver is newWorld over another store, without a user.
func newWorldOver(t *testing.T, store user.Store, changes ...change) *world {
	t.Helper()
	w := &world{t: t, Fixture: fixture.New(t)}
	if w.users = store; store == nil {
		w.users = w.Store
	}
	if err := w.start(changes...); err != nil {
		t.Fatal(err)
	}
	return w
}

// create stores a verified user without a password.
func (w *world) create(email string, change func(*user.User)) *user.User {
	w.t.Helper()
	u := &user.User{ID: w.users.NewID(), Email: email, EmailKey: email, IsActive: true, IsVerified: true, CreatedAt: w.Clock(), UpdatedAt: w.Clock()}
	if change != nil {
		change(u)
	}
	if err := w.users.Create(w.t.Context(), u); err != nil {
		w.t.Fatal(err)
	}
	return u
}

func asSecondFactor(_ *ginauth.Config, p *passkeys.Config) { p.AsSecondFactor = true }
func limitsOff(c *ginauth.Config, _ *passkeys.Config)      { c.Limits.Off = true }

// start makes an instance of the application, over the same store.
func (w *world) start(changes ...change) (err error) {
	w.t.Helper()
	config := w.Config(allBackends...)
	config.Store = w.users
	keys := passkeys.Config{RPID: rpID, Name: "Round Table", Origins: []string{origin}}
	for _, c := range changes {
		c(&config, &keys)
	}
	if w.auth, err = w.Start(config); err != nil {
		return err
	}
	second, err := factors.New(w.t.Context(), w.auth, factors.Config{Issuer: "Round Table", TrustDevice: time.Hour})
	if err != nil {
		return err
	}
	if w.passkeys, err = passkeys.New(w.t.Context(), w.auth, keys); err != nil {
		return err
	}
	w.Engine = gin.New()
	for _, b := range allBackends {
		w.auth.AuthRoutes(b).Attach(w.Group("/auth/" + b.Name))
		w.passkeys.Login(b).Attach(w.Group("/auth/" + b.Name))
		w.POST("/own/"+b.Name, fixture.LogIn(w.auth, b))
	}
	w.passkeys.Login(allBackends[0], ginauth.Verified()).Attach(w.Group("/auth/verified"))
	w.auth.UsersRoutes().Attach(w.Group("/users"))
	second.Own().Attach(w.Group("/users/me"))
	second.Admin().Attach(w.Group("/users/:id"))
	w.passkeys.Own().Attach(w.Group("/users/me"))
	w.passkeys.Admin().Attach(w.Group("/users/:id"))
	w.passkeys.WellKnown().Attach(w.Engine)
	w.GET("/active", w.auth.ActiveUser(), func(c *gin.Context) { c.JSON(200, ginauth.LoginFrom(c).Methods) })
	w.GET("/fresh", w.auth.ActiveUser(ginauth.Fresh(10*time.Minute)), func(c *gin.Context) { c.Status(204) })
	return nil
}

func (w *world) user(email string) *user.User {
	w.t.Helper()
	u, err := w.auth.Manager().ByEmail(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// reports returns the events and mails there were. Later ones are lost.
func (w *world) reports() ([]user.Event, []user.Mail) { w.t.Helper(); return w.Reports(w.auth) }

// answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

// decode reads an answer's body.
func decode[T any](t *testing.T, a answer) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		t.Fatalf("got %d %s: %v", a.status, a.body, err)
	}
	return value
}

// client is a browser on the application's page, or an app with a bearer token.
type client struct {
	*world
	backend string
	token   string
	cookies map[string]string
	header  http.Header
}

func (w *world) client(backend string) *client {
	c := &client{world: w, backend: backend, cookies: map[string]string{}, header: http.Header{}}
	if backend == "cookie" {
		c.header.Set("Origin", origin)
		c.header.Set("Sec-Fetch-Site", "same-origin")
	}
	return c
}

// with gives the client the cookies of another.
func (c *client) with(cookies map[string]string) *client {
	maps.Copy(c.cookies, cookies)
	return c
}

func (c *client) call(method, path, body string) answer {
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	r.Header = c.header.Clone()
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	c.ServeHTTP(recorder, r)
	result := recorder.Result()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		c.t.Error(err)
	}
	for _, cookie := range result.Cookies() {
		if c.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		}
	}
	var login struct {
		Token string `json:"access_token"`
	}
	if recorder.Code == 200 && json.Unmarshal(text, &login) == nil && login.Token != "" && c.backend != "cookie" {
		c.token = login.Token
	}
	return answer{recorder.Code, string(text), recorder.Header()}
}

// enter logs in by the application's own route, which hashes nothing.
func (c *client) enter(email string) *client {
	c.t.Helper()
	if got := c.call("POST", "/own/"+c.backend+"?email="+email, ""); got.status != 200 {
		c.t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	return c
}

// half logs in up to the second factor and returns the factors and the login token.
func (c *client) half(email string) (factors []string, token string) {
	c.t.Helper()
	got := c.call("POST", "/own/"+c.backend+"?email="+email, "")
	body := decode[struct {
		Detail struct {
			Code    string   `json:"code"`
			Factors []string `json:"factors"`
			Token   string   `json:"login_token"`
		} `json:"detail"`
	}](c.t, got)
	if body.Detail.Code != "LOGIN_FACTOR_REQUIRED" {
		c.t.Errorf("got %d %s, want LOGIN_FACTOR_REQUIRED", got.status, got.body)
	}
	return body.Detail.Factors, body.Detail.Token
}

// begun is the first half of a ceremony.
type begun struct {
	Ceremony  string          `json:"ceremony"`
	PublicKey json.RawMessage `json:"publicKey"`
}

// begin asks for options.
func (c *client) begin(path, body string) begun {
	c.t.Helper()
	got := c.call("POST", path, body)
	if got.status != 200 {
		c.t.Fatalf("POST %s: got %d %s", path, got.status, got.body)
	}
	return decode[begun](c.t, got)
}

func finishing(b begun, credential string, more ...string) string {
	return "{" + strings.Join(append([]string{`"ceremony":"` + b.Ceremony + `"`, `"credential":` + credential}, more...), ",") + "}"
}

// made is a passkey as its owner sees it.
type made struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	CredentialID string   `json:"credential_id"`
	LastUsedAt   *string  `json:"last_used_at"`
	BackedUp     bool     `json:"backed_up"`
	UserVerified bool     `json:"user_verified"`
	Transports   []string `json:"transports"`
	AAGUID       string   `json:"aaguid"`
	Codes        []string `json:"recovery_codes"`
}

// register registers the device.
func (c *client) register(d *device) answer {
	b := c.begin("/users/me/passkeys/options", "{}")
	return c.call("POST", "/users/me/passkeys", finishing(b, d.create(b)))
}

// add registers the device, which must succeed.
func (c *client) add(d *device) made {
	c.t.Helper()
	got := c.register(d)
	if got.status != 201 {
		c.t.Fatalf("POST /passkeys: got %d %s", got.status, got.body)
	}
	return decode[made](c.t, got)
}

// passkey logs in with the device alone.
func (c *client) passkey(d *device) answer {
	b := c.begin("/auth/"+c.backend+"/passkey/options", "{}")
	return c.call("POST", "/auth/"+c.backend+"/passkey/login", finishing(b, d.get(b)))
}

func want(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}
