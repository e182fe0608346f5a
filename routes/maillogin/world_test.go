package maillogin_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const (
	secret = fixture.Secret
	arthur = "arthur@camelot.bt"
	merlin = "merlin@camelot.bt"
)

var allBackends = []backends.Backend{
	{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
	{Name: "cookie", Transport: backends.Cookie{}, Strategy: backends.Database{}},
	{Name: "app_web", Transport: backends.Cookie{Name: "app_web"}, Strategy: refresh.Strategy{}},
}

// world is an application with logins by mail.
type world struct {
	*gin.Engine
	*fixture.Fixture

	t    *testing.T
	auth *ginauth.Auth
	// oneFactor leaves second factors out.
	oneFactor bool

	read map[string]int // how many mails to an address were read
}

type change func(*ginauth.Config, *maillogin.Config)

func signUp(_ *ginauth.Config, m *maillogin.Config)      { m.SignUp = true }
func sameBrowser(_ *ginauth.Config, m *maillogin.Config) { m.SameBrowser = true }
func limitsOff(c *ginauth.Config, _ *maillogin.Config)   { c.Limits.Off = true }

// newWorld returns a world with arthur in it, who is verified.
func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := &world{t: t, Fixture: fixture.New(t), read: map[string]int{}}
	if err := w.tryStart(w.Store, changes...); err != nil {
		t.Fatal(err)
	}
	w.register(arthur, func(u *user.User) { u.IsVerified = true })
	return w
}

func (w *world) tryStart(store user.Store, changes ...change) (err error) {
	config := w.Config(allBackends...)
	config.Store = store
	var by maillogin.Config
	for _, c := range changes {
		c(&config, &by)
	}
	if w.auth, err = w.Start(config); err != nil {
		return err
	}
	auth := w.auth
	var second *factors.Factors
	if !w.oneFactor {
		if second, err = factors.New(w.t.Context(), auth, factors.Config{Issuer: "Round Table"}); err != nil {
			return err
		}
	}
	mail, err := maillogin.New(w.t.Context(), auth, by)
	if err != nil {
		return err
	}
	w.Engine = gin.New()
	for _, b := range allBackends {
		w.auth.AuthRoutes(b).Attach(w.Group("/auth/" + b.Name))
		mail.Login(b).Attach(w.Group("/auth/" + b.Name))
	}
	mail.Request().Attach(w.Group("/auth"))
	w.auth.RegisterRoutes().Attach(w.Group("/auth"))
	w.auth.UsersRoutes().Attach(w.Group("/users"))
	if second != nil {
		second.Own().Attach(w.Group("/users/me"))
	}
	w.GET("/active", w.auth.ActiveUser(), func(c *gin.Context) { c.JSON(200, ginauth.LoginFrom(c).Methods) })
	return nil
}

// register stores a user, whose password is hashed once for all tests.
func (w *world) register(email string, changes ...func(*user.User)) *user.User {
	w.t.Helper()
	hash := fixture.Hash(w.t)
	return w.Create(email, append([]func(*user.User){func(u *user.User) {
		u.EmailKey, u.HashedPassword, u.IsVerified = strings.ToLower(email), hash, false
	}}, changes...)...)
}

func (w *world) update(u *user.User, update user.Update) *user.User {
	w.t.Helper()
	after, err := w.Memory.Update(w.t.Context(), u.ID, update)
	if err != nil {
		w.t.Fatal(err)
	}
	return after
}

// mail returns the oldest mail to an address that it has not returned before, and waits
// for it.
func (w *world) mail(to string) user.Mail {
	w.t.Helper()
	return w.AwaitMail(func(all []user.Mail) (user.Mail, bool) {
		skip := w.read[to]
		for _, m := range all {
			if !strings.EqualFold(m.To, to) || m.Kind != user.MailLogin {
				continue
			}
			if skip == 0 {
				w.read[to]++
				return m, true
			}
			skip--
		}
		return user.Mail{}, false
	})
}

// reports returns the events and mails there were. Later ones are lost.
func (w *world) reports() ([]user.Event, []user.Mail) { w.t.Helper(); return w.Reports(w.auth) }

// settle waits until all requested mails have been sent or withheld, and restarts the
// application over the same store.
func (w *world) settle() {
	w.t.Helper()
	w.reports()
	if err := w.tryStart(w.Store); err != nil {
		w.t.Fatal(err)
	}
}

// answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

// client is a browser, or an app with a bearer token.
type client struct {
	*world
	backend string
	token   string
	cookies map[string]string
	source  string
	header  map[string]string
	ctx     context.Context
}

// browser returns a client of a backend that sends what browsers send.
func (w *world) browser(backend string) *client {
	return &client{
		world: w, backend: backend, cookies: map[string]string{}, ctx: w.t.Context(),
		header: map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://example.com"},
	}
}

// app returns a client of a backend that is not a browser and keeps no cookies.
func (w *world) app(backend string) *client {
	return &client{world: w, backend: backend, ctx: w.t.Context()}
}

// twin returns a client with the same cookies.
func (c *client) twin() *client {
	twin := *c
	twin.cookies = maps.Clone(c.cookies)
	return &twin
}

func (c *client) call(method, path, body string) answer {
	r := httptest.NewRequestWithContext(c.ctx, method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.source != "" {
		r.RemoteAddr = c.source + ":1"
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
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
	if c.cookies != nil {
		for _, cookie := range result.Cookies() {
			if c.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
				delete(c.cookies, cookie.Name)
			}
		}
	}
	if recorder.Code == 200 {
		if token := between(string(text), `"access_token":"`, `"`); token != "" {
			c.token = token
		}
	}
	return answer{recorder.Code, string(text), recorder.Header()}
}

// between returns what stands between two texts, or "".
func between(text, before, after string) string {
	_, rest, found := strings.Cut(text, before)
	found2, _, ended := strings.Cut(rest, after)
	if !found || !ended {
		return ""
	}
	return found2
}

// ask asks for a mail and returns the request.
func (c *client) ask(email string) string {
	c.t.Helper()
	got := c.call("POST", "/auth/request-login", `{"email":"`+email+`"}`)
	request := between(got.body, `"request":"`, `"`)
	if got.status != 202 || len(request) != 43 {
		c.t.Fatalf("request-login: got %d %s", got.status, got.body)
	}
	return request
}

func (c *client) byLink(token secrets.Secret, more string) answer {
	return c.call("POST", "/auth/"+c.backend+"/login/mail", `{"token":"`+string(token)+`"`+more+`}`)
}

func (c *client) byCode(request string, code secrets.Secret) answer {
	return c.call("POST", "/auth/"+c.backend+"/login/mail", `{"request":"`+request+`","code":"`+string(code)+`"}`)
}

// isIn reports whether the client is logged in, by mail.
func (c *client) isIn() bool {
	return c.call("GET", "/active", "").body == `["mail"]`
}

func want(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}

const (
	badToken       = `{"detail":"LOGIN_BAD_TOKEN"}`
	confirmBrowser = `{"detail":"LOGIN_CONFIRM_BROWSER"}`
	badCredentials = `{"detail":"LOGIN_BAD_CREDENTIALS"}`
)
