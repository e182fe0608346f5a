package invitations_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/routes/oauth"
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

var api = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}

// world is an application with invitations.
type world struct {
	*gin.Engine

	t      *testing.T
	auth   *ginauth.Auth
	memory *usertest.Store
	store  *usertest.FaultyStore
	log    *testlog.Log

	mu     sync.Mutex
	now    time.Time
	events []user.Event
	mails  []user.Mail
	mailed *sync.Cond // mails has changed
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

type change func(*ginauth.Config, *invitations.Config)

func invitationOnly(c *ginauth.Config, _ *invitations.Config) {
	c.Registration = ginauth.InvitationOnly
}
func limitsOff(c *ginauth.Config, _ *invitations.Config) { c.Limits.Off = true }
func concealed(c *ginauth.Config, _ *invitations.Config) { c.ConcealRegistration = true }

// newWorld returns a world with the superuser arthur in it.
func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := &world{t: t, memory: usertest.NewStore(), log: &testlog.Log{}, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	w.store = usertest.NewFaultyStore(w.memory)
	w.mailed = sync.NewCond(&w.mu)
	if err := w.tryStart(w.store, changes...); err != nil {
		t.Fatal(err)
	}
	w.register(arthur, func(u *user.User) { u.IsSuperuser = true })
	return w
}

func (w *world) tryStart(store user.Store, changes ...change) (err error) {
	config := ginauth.Config{
		Store: store, Secret: secret, Backends: []backends.Backend{api}, Now: w.clock, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
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
	var by invitations.Config
	for _, c := range changes {
		c(&config, &by)
	}
	if w.auth, err = ginauth.New(config); err != nil {
		return err
	}
	auth := w.auth
	w.t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
	w.Engine = gin.New()
	if config.Registration != ginauth.Closed {
		invited, err := invitations.New(w.t.Context(), auth, by)
		if err != nil {
			return err
		}
		invited.Routes().Attach(w)
		auth.RegisterRoutes().Attach(w.Group("/auth"))
	}
	mail, err := maillogin.New(w.t.Context(), auth, maillogin.Config{SignUp: true})
	if err != nil {
		return err
	}
	auth.AuthRoutes(api).Attach(w.Group("/auth/api"))
	mail.Request().Attach(w.Group("/auth"))
	mail.Login(api).Attach(w.Group("/auth/api"))
	w.POST("/own", func(c *gin.Context) { // a login without a password to hash
		u, err := auth.Manager().ByEmail(c.Request.Context(), c.Query("email"))
		if err != nil {
			c.String(500, "%v", err)
			return
		}
		token, err := auth.LogIn(c, api, u)
		if err != nil {
			c.String(500, "%v", err)
			return
		}
		c.String(200, token)
	})
	return nil
}

// register stores a user without a password.
func (w *world) register(email string, change ...func(*user.User)) *user.User {
	w.t.Helper()
	u := &user.User{ID: w.memory.NewID(), Email: email, EmailKey: email, IsActive: true, IsVerified: true, CreatedAt: w.clock(), UpdatedAt: w.clock()}
	for _, c := range change {
		c(u)
	}
	if err := w.memory.Create(w.t.Context(), u); err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) update(email string, update user.Update) {
	w.t.Helper()
	if _, err := w.memory.Update(w.t.Context(), w.user(email).ID, update); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) user(address string) *user.User {
	w.t.Helper()
	u, err := w.memory.ByEmail(w.t.Context(), email.Email{Key: address})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// awaitMails waits until n mails have been sent, and returns the last.
func (w *world) awaitMails(n int) user.Mail {
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
	for len(w.mails) < n {
		if ctx.Err() != nil {
			w.t.Fatalf("got %d mails, want %d", len(w.mails), n)
		}
		w.mailed.Wait()
	}
	return w.mails[n-1]
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

// answer is what a request got.
type answer struct {
	status int
	body   string
}

type client struct {
	*world
	token, source string
}

func (w *world) client() *client { return &client{world: w} }

// as returns a client that is logged in.
func (w *world) as(email string) *client {
	w.t.Helper()
	c := w.client()
	got := c.call("POST", "/own?email="+email, "")
	if got.status != 200 {
		w.t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	c.token = got.body
	return c
}

func (c *client) call(method, path, body string) answer {
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.source != "" {
		r.RemoteAddr = c.source + ":1"
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	recorder := httptest.NewRecorder()
	c.ServeHTTP(recorder, r)
	text, err := io.ReadAll(recorder.Result().Body)
	if err != nil {
		c.t.Error(err)
	}
	return answer{recorder.Code, string(text)}
}

// invite invites an address and returns the invitation's ID.
func (c *client) invite(email string) string {
	c.t.Helper()
	got := c.call("POST", "/invitations", `{"email":"`+email+`"}`)
	if got.status != http.StatusCreated {
		c.t.Fatalf("invite %s: got %d %s", email, got.status, got.body)
	}
	return between(got.body, `"id":"`, `"`)
}

func (c *client) registerWith(email string, token secrets.Secret) answer {
	return c.call("POST", "/auth/register", `{"email":"`+email+`","password":"guinevere","invitation":"`+string(token)+`"}`)
}

// between returns the text between two others, or "".
func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, ended := strings.Cut(rest, after)
	if !ended {
		return ""
	}
	return found
}

func want(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}

const (
	badInvitation = `{"detail":"INVITATION_BAD_TOKEN"}`
	required      = `{"detail":"INVITATION_REQUIRED"}`
	notFound      = `{"detail":"Not Found"}`
	forbidden     = `{"detail":"Forbidden"}`
	unauthorized  = `{"detail":"Unauthorized"}`
	badRegister   = `{"detail":"REGISTER_USER_ALREADY_EXISTS"}`
	wrongDomain   = `{"detail":"REGISTER_DOMAIN_NOT_ALLOWED"}`
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
