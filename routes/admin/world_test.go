package admin_test

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

var (
	web = backends.Backend{Name: "cookie", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}}
	api = backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
)

var roles = map[string][]string{
	"support":   {"users:read"},
	"moderator": {"users:read", "users:write", "users:ban"},
	"editor":    {"posts:write"},
}

// world is an application with administration and a clock.
type world struct {
	*gin.Engine
	auth   *ginauth.Auth
	store  *usertest.Store
	outbox *mails.Outbox

	mu       sync.Mutex
	now      time.Time
	recorded []user.Event
	sinkDown bool
	next     int
}

func newWorld(t *testing.T, change ...func(*ginauth.Config, *admin.Config)) *world {
	t.Helper()
	w := &world{Engine: gin.New(), store: usertest.NewStore(), outbox: &mails.Outbox{}, now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	config := ginauth.Config{
		Store: w.store, Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web, api}, Roles: roles,
		Hooks:  mails.Hooks(mails.Config{Sender: w.outbox, AppURL: "https://camelot.bt"}),
		Limits: limits.Config{Off: true}, Logger: slog.New(slog.DiscardHandler), Now: w.time,
		Policy:         user.Policy{KeepOneSuperuser: true},
		RequiredEvents: []user.EventKind{user.EventImpersonated, user.EventImpersonationEnded, user.EventUnlocked}, OnRequiredEvent: w.record,
	}
	var choices admin.Config
	for _, c := range change {
		c(&config, &choices)
	}
	var err error
	if w.auth, err = ginauth.New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.auth.Shutdown(context.Background()) })
	room, err := admin.New(t.Context(), w.auth, choices)
	if err != nil {
		t.Fatal(err)
	}
	w.auth.AuthRoutes(web, ginauth.Reauthenticate()).Attach(w.Group("/auth/cookie"))
	w.auth.AuthRoutes(api).Attach(w.Group("/auth/jwt"))
	w.auth.UsersRoutes().Attach(w.Group("/users"))
	w.auth.SessionsRoutes().Attach(w.Group("/users/me"))
	room.Routes().Attach(w.Group("/users"))
	w.POST("/as/:id", w.logInAs)
	w.GET("/actor", w.auth.ActiveUser(), func(c *gin.Context) { c.String(200, string(ginauth.ActorFrom(c))) })
	w.GET("/own", w.auth.ActiveUser(ginauth.Self()), func(c *gin.Context) { c.Status(204) })
	return w
}

// logInAs is a way in without a password.
func (w *world) logInAs(c *gin.Context) {
	u, err := w.auth.Manager().ByID(c.Request.Context(), user.ID(c.Param("id")))
	if err == nil {
		var options []ginauth.LoginOption
		if c.Query("scope") != "" {
			options = append(options, ginauth.WithScopes(c.Query("scope")))
		}
		_, err = w.auth.LogIn(c, web, u, options...)
	}
	if err != nil {
		c.String(500, err.Error())
	}
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) record(_ context.Context, e user.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sinkDown {
		return errors.New("sink down")
	}
	w.recorded = append(w.recorded, e)
	return nil
}

// person stores a user, without a password so that it is quick.
func (w *world) person(t *testing.T, r user.Registration) *user.User {
	t.Helper()
	w.mu.Lock()
	w.next++
	if r.Email == "" {
		r.Email = fmt.Sprintf("person%d@camelot.bt", w.next)
	}
	w.mu.Unlock()
	u, err := w.auth.Manager().Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// client is a browser.
type client struct {
	t   *testing.T
	w   *world
	jar map[string]string
	key string // an API key, in the place of cookies
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (a answer) String() string { return fmt.Sprint(a.status, " ", a.body) }

func (w *world) anonymous(t *testing.T) *client { return &client{t: t, w: w, jar: map[string]string{}} }

func (w *world) as(t *testing.T, u *user.User, query ...string) *client {
	t.Helper()
	c := w.anonymous(t)
	path := "/as/" + string(u.ID)
	if len(query) > 0 {
		path += "?" + query[0]
	}
	if got := c.send("POST", path, ""); got.status != 200 {
		t.Fatalf("log in: got %v", got)
	}
	return c
}

func (c *client) send(method, path, body string) answer {
	return c.read(method, path, strings.NewReader(body))
}

func (c *client) read(method, path string, body io.Reader) answer {
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		r.Header.Set("X-API-Key", c.key)
	}
	for name, value := range c.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	c.w.ServeHTTP(recorder, r)
	for _, cookie := range recorder.Result().Cookies() {
		if cookie.MaxAge < 0 {
			delete(c.jar, cookie.Name)
		} else {
			c.jar[cookie.Name] = cookie.Value
		}
	}
	return answer{recorder.Code, recorder.Body.String(), recorder.Header()}
}

func (c *client) want(method, path, body string, status int, text string) answer {
	c.t.Helper()
	got := c.send(method, path, body)
	if got.status != status || text != "" && got.body != text {
		c.t.Errorf("%s %s %s: got %v, want %d %s", method, path, body, got, status, text)
	}
	return got
}

func (c *client) impersonate(u *user.User) answer {
	return c.send("POST", "/users/"+string(u.ID)+"/impersonate?backend=cookie", `{"reason":"ticket 7"}`)
}

const (
	forbidden    = `{"detail":"Forbidden"}`
	unauthorized = `{"detail":"Unauthorized"}`
	refused      = `{"detail":"IMPERSONATION_REFUSED"}`
	impersonated = `{"detail":"IMPERSONATED"}`
)
