package apikeys_test

import (
	"encoding/json"
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
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/apikeys"
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

	unauthorized = `{"detail":"Unauthorized"}`
	insufficient = `{"detail":"INSUFFICIENT_SCOPE"}`
	notFound     = `{"detail":"Not Found"}`
)

var (
	jwt    = backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	cookie = backends.Backend{Name: "cookie", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}}
	bearer = backends.Backend{Name: "key", Transport: backends.Bearer{}, Strategy: apikey.Strategy{}}
	header = backends.Backend{Name: "key_header", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}
)

// world is an application with API keys by two transports.
type world struct {
	*gin.Engine
	*fixture.Fixture

	t    *testing.T
	auth *ginauth.Auth
	keys *apikeys.APIKeys

	mu   sync.Mutex
	held []string // permissions of users who are no superusers
}

type change = func(*ginauth.Config, *apikeys.Config)

// newWorld returns a world as change leaves its configuration.
func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := &world{t: t, Fixture: fixture.New(t)}
	w.start(changes...)
	return w
}

// start makes the application once more, over the same store.
func (w *world) start(changes ...change) {
	w.t.Helper()
	config := w.Config(jwt, cookie, bearer, header)
	config.Logger = slog.New(slog.NewTextHandler(w.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	keys := apikeys.Config{Scopes: map[string]apikeys.Scope{"orders:read": {}, "orders:write": {}, "profile": {}}}
	for _, c := range changes {
		c(&config, &keys)
	}
	var err error
	if w.auth, err = w.Start(config); err != nil {
		w.t.Fatal(err)
	}
	if w.keys, err = apikeys.New(w.t.Context(), w.auth, keys); err != nil {
		w.t.Fatal(err)
	}
	w.Engine = gin.New()
	for _, b := range []backends.Backend{jwt, cookie} {
		w.auth.AuthRoutes(b).Attach(w.Group("/auth/" + b.Name))
		w.POST("/own/"+b.Name, fixture.LogIn(w.auth, b))
	}
	w.auth.UsersRoutes(ginauth.ListUsers()).Attach(w.Group("/users"))
	w.auth.SessionsRoutes().Attach(w.Group("/users/me"))
	w.auth.UserSessionsRoutes().Attach(w.Group("/users/:id"))
	w.auth.ResetPasswordRoutes().Attach(w.Group("/auth"))
	w.keys.Own().Attach(w.Group("/users/me"))
	w.keys.Admin().Attach(w.Group("/users/:id"))
	w.guards()
}

// guards are routes of the application's own.
func (w *world) guards() {
	for path, guard := range map[string]gin.HandlerFunc{
		"/active":    w.auth.ActiveUser(),
		"/current":   w.auth.CurrentUser(),
		"/optional":  w.auth.CurrentUser(ginauth.Optional()),
		"/superuser": w.auth.Superuser(),
		"/read":      w.auth.ActiveUser(ginauth.Scope("orders:read")),
		"/both":      w.auth.ActiveUser(ginauth.Scope("orders:read", "orders:write")),
		"/any":       w.auth.ActiveUser(ginauth.AnyScope("orders:read", "orders:write")),
		"/each":      w.auth.ActiveUser(ginauth.Scope("orders:read"), ginauth.Scope("orders:write")),
		"/and-any":   w.auth.ActiveUser(ginauth.Scope("orders:read"), ginauth.AnyScope("orders:write", "profile")),
		"/super":     w.auth.Superuser(ginauth.Scope("orders:read")),
		"/fresh":     w.auth.ActiveUser(ginauth.Scope("orders:read"), ginauth.Fresh(time.Minute)),
		"/lax":       w.auth.CurrentUser(ginauth.Scope("orders:read")),
	} {
		w.GET(path, guard, func(c *gin.Context) {
			_, name, ok := apikeys.From(c)
			c.JSON(200, gin.H{"user": ginauth.UserFrom(c) != nil, "scopes": ginauth.LoginFrom(c).Scopes, "key": name, "by_key": ok})
		})
	}
}

func superuser(u *user.User) { u.IsSuperuser = true }

// reports returns the events and mails there were. Later ones are lost.
func (w *world) reports() ([]user.Event, []user.Mail) { w.t.Helper(); return w.Reports(w.auth) }

// answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

// call sends a request with headers, given as names and values in turn.
func (w *world) call(method, path, body string, headers ...string) answer {
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	return answer{recorder.Code, recorder.Body.String(), recorder.Header()}
}

func decode[T any](t *testing.T, a answer) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		t.Fatalf("got %d %s: %v", a.status, a.body, err)
	}
	return value
}

// enter logs a user in and returns the header of the login.
func (w *world) enter(email string) []string {
	w.t.Helper()
	got := w.call("POST", "/own/jwt?email="+email, "")
	if got.status != 200 {
		w.t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	return []string{"Authorization", "Bearer " + decode[map[string]string](w.t, got)["access_token"]}
}

// key is a key that was made.
type key struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	Key        string     `json:"key"`
}

// make makes a key of a user with a new login.
func (w *world) make(email string, scopes ...string) key {
	w.t.Helper()
	return w.makeBy(w.enter(email), scopes...)
}

func (w *world) makeBy(login []string, scopes ...string) key {
	w.t.Helper()
	text, err := json.Marshal(map[string]any{"name": "Warehouse", "scopes": append([]string{}, scopes...)})
	if err != nil {
		w.t.Fatal(err)
	}
	got := w.call("POST", "/users/me/api-keys", string(text), login...)
	if got.status != 201 {
		w.t.Fatalf("make a key: got %d %s", got.status, got.body)
	}
	return decode[key](w.t, got)
}

func (k key) bearer() []string { return []string{"Authorization", "Bearer " + k.Key} }
func (k key) header() []string { return []string{"X-API-Key", k.Key} }

func want(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || body != "" && got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}

func limitsOff(c *ginauth.Config, _ *apikeys.Config) { c.Limits.Off = true }
