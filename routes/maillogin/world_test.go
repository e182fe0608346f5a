package maillogin_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const (
	secret = secrets.Secret("0123456789abcdef0123456789abcdef")
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

	t      *testing.T
	auth   *ginauth.Auth
	memory *usertest.Store
	store  *usertest.FaultyStore
	log    *testlog.Log
	// oneFactor leaves second factors out.
	oneFactor bool

	mu     sync.Mutex
	now    time.Time
	events []user.Event
	mails  []user.Mail
	read   map[string]int // how many mails to an address were read
	mailed *sync.Cond     // mails has changed
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

type change func(*ginauth.Config, *maillogin.Config)

func signUp(_ *ginauth.Config, m *maillogin.Config)      { m.SignUp = true }
func sameBrowser(_ *ginauth.Config, m *maillogin.Config) { m.SameBrowser = true }
func limitsOff(c *ginauth.Config, _ *maillogin.Config)   { c.Limits.Off = true }

// newWorld returns a world with arthur in it, who is verified.
func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := &world{
		t: t, memory: usertest.NewStore(), log: &testlog.Log{}, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), read: map[string]int{},
	}
	w.store = usertest.NewFaultyStore(w.memory)
	w.mailed = sync.NewCond(&w.mu)
	if err := w.tryStart(w.store, changes...); err != nil {
		t.Fatal(err)
	}
	w.register(arthur, func(u *user.User) { u.IsVerified = true })
	return w
}

func (w *world) tryStart(store user.Store, changes ...change) (err error) {
	config := ginauth.Config{
		Store: store, Secret: secret, Backends: allBackends, Now: w.clock, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
		OnEvent: func(_ context.Context, e user.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, e)
		},
		Hooks: user.Hooks{Send: func(_ context.Context, m user.Mail) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.mails = append(w.mails, m)
			w.mailed.Broadcast()
			return nil
		}},
	}
	var by maillogin.Config
	for _, c := range changes {
		c(&config, &by)
	}
	if w.auth, err = ginauth.New(config); err != nil {
		return err
	}
	auth := w.auth
	w.t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
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

var hashed = sync.OnceValues(func() (string, error) {
	hasher, err := password.New(password.Config{})
	if err != nil {
		return "", err
	}
	return hasher.Hash(context.Background(), "guinevere")
})

// register stores a user, whose password is hashed once for all tests.
func (w *world) register(email string, change ...func(*user.User)) *user.User {
	w.t.Helper()
	hash, err := hashed()
	if err != nil {
		w.t.Fatal(err)
	}
	u := &user.User{
		ID: w.memory.NewID(), Email: email, EmailKey: strings.ToLower(email), HashedPassword: hash, IsActive: true,
		CreatedAt: w.clock(), UpdatedAt: w.clock(),
	}
	for _, c := range change {
		c(u)
	}
	if err := w.memory.Create(w.t.Context(), u); err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) user(address string) *user.User {
	w.t.Helper()
	u, err := w.memory.ByEmail(w.t.Context(), email.Email{Key: address})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) update(u *user.User, update user.Update) *user.User {
	w.t.Helper()
	after, err := w.memory.Update(w.t.Context(), u.ID, update)
	if err != nil {
		w.t.Fatal(err)
	}
	return after
}

// mail returns the oldest mail to an address that it has not returned before, and waits
// for it.
func (w *world) mail(to string) user.Mail {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.mailed.Broadcast()
	})()
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		skip := w.read[to]
		for _, m := range w.mails {
			if !strings.EqualFold(m.To, to) || m.Kind != user.MailLogin {
				continue
			}
			if skip == 0 {
				w.read[to]++
				return m
			}
			skip--
		}
		if ctx.Err() != nil {
			w.t.Fatalf("got no mail to %s", to)
		}
		w.mailed.Wait()
	}
}

// reports returns the events and mails there were. Later ones are lost.
func (w *world) reports() ([]user.Event, []user.Mail) {
	w.t.Helper()
	if err := w.auth.Shutdown(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events, w.mails
}

// settle waits until all requested mails have been sent or withheld, and restarts the
// application over the same store.
func (w *world) settle() {
	w.t.Helper()
	w.reports()
	if err := w.tryStart(w.store); err != nil {
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

// together calls f n times at once and returns how many calls were successful.
func together(n int, f func(i int) bool) (wins int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			if f(i) {
				mu.Lock()
				wins++
				mu.Unlock()
			}
		})
	}
	close(begin)
	all.Wait()
	return wins
}
