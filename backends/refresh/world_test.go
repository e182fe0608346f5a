package refresh_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func init() { gin.SetMode(gin.TestMode) }

const (
	email    = "arthur@camelot.bt"
	password = "guinevere"
)

var secret = secrets.Secret(strings.Repeat("test only ", 4))

// options are what a test changes of the application.
type options struct {
	strategy refresh.Strategy
	config   func(*ginauth.Config)
	store    user.Store // that of an application that ran before
	after    time.Duration
}

// world is an application with refresh tokens by bearer and by cookie, and one user.
type world struct {
	http.Handler
	auth   *ginauth.Auth
	memory *usertest.Store
	store  *usertest.FaultyStore
	log    *testlog.Log
	user   *user.User

	mu     sync.Mutex
	now    time.Time
	events []user.Event
	mails  []user.Mail
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

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	w := &world{memory: usertest.NewStore(), log: &testlog.Log{}, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	if memory, ok := o.store.(*usertest.Store); ok {
		w.memory = memory
	}
	w.now = w.now.Add(o.after)
	w.store = usertest.NewFaultyStore(w.memory)
	app := backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: o.strategy}
	web := backends.Backend{Name: "app_web", Transport: backends.Cookie{Name: "app_web"}, Strategy: o.strategy}
	jwt := backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	stored := backends.Backend{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	config := ginauth.Config{
		Store: w.store, Secret: secret, Backends: []backends.Backend{app, web, jwt, stored}, Now: w.clock,
		Logger: slog.New(slog.NewTextHandler(w.log, nil)),
		OnEvent: func(_ context.Context, e user.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, e)
		},
		Hooks: user.Hooks{Send: func(_ context.Context, m user.Mail) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.mails = append(w.mails, m)
			return nil
		}},
	}
	if o.config != nil {
		o.config(&config)
	}
	var err error
	if w.auth, err = ginauth.New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.shutDown)
	engine := gin.New()
	w.Handler = engine
	w.auth.AuthRoutes(app, ginauth.Reauthenticate()).Attach(engine.Group("/auth/app"))
	w.auth.AuthRoutes(web, ginauth.Reauthenticate()).Attach(engine.Group("/auth/app_web"))
	w.auth.AuthRoutes(jwt).Attach(engine.Group("/auth/jwt"))
	w.auth.AuthRoutes(stored).Attach(engine.Group("/auth/stored"))
	w.auth.AuthRoutes(app, ginauth.Verified()).Attach(engine.Group("/auth/verified"))
	w.auth.UsersRoutes().Attach(engine.Group("/users"))
	w.auth.SessionsRoutes().Attach(engine.Group("/users/me"))
	w.auth.ResetPasswordRoutes().Attach(engine.Group("/auth"))
	engine.GET("/login", w.auth.ActiveUser(), func(c *gin.Context) {
		login := ginauth.LoginFrom(c)
		login.User = nil
		c.JSON(200, login)
	})
	if w.user, err = w.auth.Manager().ByEmail(t.Context(), email); err != nil {
		w.user, err = w.auth.Manager().Create(t.Context(), user.Registration{Email: email, Password: password})
	}
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	if w.user, err = w.memory.Update(t.Context(), w.user.ID, user.Update{IsVerified: &yes}); err != nil {
		t.Fatal(err)
	}
	return w
}

// shutDown waits for events and mails under way.
func (w *world) shutDown() { _ = w.auth.Shutdown(context.Background()) }

// request is one request of a test.
type request struct {
	method, path string
	json, form   string
	access       string
	cookies      map[string]string
	headers      map[string]string
}

func (w *world) do(r request) *httptest.ResponseRecorder {
	body := r.json
	if r.form != "" {
		body = r.form
	}
	if r.method == "" {
		r.method = http.MethodPost
	}
	req := httptest.NewRequest(r.method, r.path, strings.NewReader(body))
	switch {
	case r.form != "":
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case r.json != "":
		req.Header.Set("Content-Type", "application/json")
	}
	if r.access != "" {
		req.Header.Set("Authorization", "Bearer "+r.access)
	}
	for name, value := range r.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, req)
	return answer
}

// pair is what a bearer client has.
type pair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

func pairOf(t *testing.T, answer *httptest.ResponseRecorder) pair {
	t.Helper()
	if answer.Code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", answer.Code, answer.Body)
	}
	var p pair
	decode(t, answer.Body, &p)
	return p
}

func decode(t *testing.T, body io.Reader, into any) {
	t.Helper()
	if err := json.NewDecoder(body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func (w *world) login(t *testing.T) pair {
	t.Helper()
	form := url.Values{"username": {email}, "password": {password}}
	return pairOf(t, w.do(request{path: "/auth/app/login", form: form.Encode()}))
}

func (w *world) send(token string) *httptest.ResponseRecorder {
	return w.do(request{path: "/auth/app/refresh", json: `{"refresh_token":"` + token + `"}`})
}

func (w *world) refresh(t *testing.T, token string) pair {
	t.Helper()
	return pairOf(t, w.send(token))
}

// webLogin returns the cookies of a browser.
func (w *world) webLogin(t *testing.T, body string) map[string]string {
	t.Helper()
	answer := w.do(request{path: "/auth/app_web/login", json: body})
	if answer.Code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", answer.Code, answer.Body)
	}
	return cookiesOf(answer)
}

func cookiesOf(answer *httptest.ResponseRecorder) map[string]string {
	cookies := map[string]string{}
	for _, cookie := range answer.Result().Cookies() {
		cookies[cookie.Name] = cookie.Value
	}
	return cookies
}

func wantStatus(t *testing.T, what string, answer *httptest.ResponseRecorder, want int) {
	t.Helper()
	if answer.Code != want {
		t.Errorf("%s: got %d %s, want %d", what, answer.Code, answer.Body, want)
	}
}

// access reports the status of a guarded request.
func (w *world) access(token string) int {
	return w.do(request{method: http.MethodGet, path: "/login", access: token}).Code
}

// records returns the user's records, of all backends.
func (w *world) records(t *testing.T) []records.Token {
	t.Helper()
	records, err := w.memory.TokensOf(t.Context(), w.user.ID, records.TokenQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// reuses returns how many events and mails there were about reuse.
func (w *world) reuses() (events, mails int) {
	w.shutDown()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Kind == user.EventRefreshReused {
			events++
		}
	}
	for _, m := range w.mails {
		if m.Kind == user.MailRefreshReused {
			mails++
		}
	}
	return events, mails
}
