package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// badge is a second factor of an application's own: each of its codes is taken once.
type badge struct {
	mu     sync.Mutex
	codes  map[string]bool
	broken func() error // nil unless the factor is out of order
}

func (*badge) Name() string { return "badge" }

func (b *badge) Usable(context.Context, *user.User) (bool, error) { return true, nil }

func (b *badge) Check(ctx context.Context, _ *user.User, a user.Answer) ([]user.Method, error) {
	if b.broken != nil {
		return nil, b.broken()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.codes[string(a.Code)] {
		return nil, user.ErrBadFactor
	}
	delete(b.codes, string(a.Code))
	return []user.Method{user.MethodTOTP}, nil
}

// issue makes a code valid.
func (b *badge) issue(code string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.codes[code] = true
	return code
}

// gateApp is an application with five backends, a second factor, and a member who has
// one.
type gateApp struct {
	http.Handler
	auth   *ginauth.Auth
	store  *usertest.Store
	badge  *badge
	member *user.User
	log    *testlog.Log
	logins []user.Login // as the hooks saw them

	mu  sync.Mutex
	now time.Time
}

func (a *gateApp) clock() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *gateApp) wait(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(d)
}

var gateBackends = []backends.Backend{
	{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
	{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{}},
	{Name: "cookie", Transport: backends.Cookie{}, Strategy: backends.Database{}},
	{Name: "badge", Transport: backends.Cookie{Name: "badge"}, Strategy: backends.JWT{Record: true}},
	{Name: "session", Transport: sessions.Transport{}, Strategy: backends.Database{}},
}

func newGateApp(t *testing.T) *gateApp {
	t.Helper()
	a := &gateApp{
		store: usertest.NewStore(), badge: &badge{codes: map[string]bool{}}, log: &testlog.Log{},
		now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
	}
	var err error
	a.auth, err = ginauth.New(ginauth.Config{
		Store: a.store, Secret: secret, Backends: gateBackends, Factors: []user.Factor{a.badge},
		Now: a.clock, Logger: slog.New(slog.NewTextHandler(a.log, nil)),
		Hooks: user.Hooks{BeforeLogin: func(ctx context.Context, _ *user.User) error {
			a.logins = append(a.logins, user.LoginFrom(ctx))
			return nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.auth.Shutdown(context.Background()) })
	engine := gin.New()
	engine.Use(ginsessions.Sessions("session", memstore.NewStore([]byte("0123456789abcdef0123456789abcdef"))))
	a.Handler = engine
	for _, b := range gateBackends {
		a.auth.AuthRoutes(b).Attach(engine.Group("/auth/" + b.Name))
		engine.POST("/own/"+b.Name, a.logInAs(b))
	}
	a.auth.UsersRoutes().Attach(engine.Group("/users"))
	for path, guard := range map[string]gin.HandlerFunc{
		"/active":  a.auth.ActiveUser(),
		"/fresh":   a.auth.ActiveUser(ginauth.Fresh(10 * time.Minute)),
		"/twice":   a.auth.ActiveUser(ginauth.Fresh(10*time.Minute), ginauth.Fresh(time.Hour)),
		"/mfa":     a.auth.ActiveUser(ginauth.MultiFactor()),
		"/passkey": a.auth.ActiveUser(ginauth.Methods(user.MethodPasskey)),
		"/orders":  a.auth.ActiveUser(ginauth.Scope("orders:read")),
	} {
		engine.GET(path, guard, func(c *gin.Context) { c.JSON(200, ginauth.LoginFrom(c).Methods) })
	}
	a.member = a.enrol(t, "arthur@camelot.bt")
	return a
}

// enrol registers a user who has a second factor.
func (a *gateApp) enrol(t *testing.T, email string) *user.User {
	t.Helper()
	u, err := a.auth.Manager().Create(t.Context(), user.Registration{Email: email, Password: "guinevere"})
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	u, err = a.store.Update(t.Context(), u.ID, user.Update{SecondFactor: &yes, EndTokens: true})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// logInAs is a way in of the application's own.
func (a *gateApp) logInAs(b backends.Backend) gin.HandlerFunc {
	return func(c *gin.Context) {
		token, err := a.auth.LogIn(c, b, a.member)
		if err != nil {
			c.String(400, fmt.Sprintf("%T", err))
			return
		}
		c.String(200, token)
	}
}

const gatePassword = `{"username":"arthur@camelot.bt","password":"guinevere"}`

// half logs in with the password alone and returns how the second step is asked for:
// the login token of the body, or the headers with its cookie.
func (a *gateApp) half(t *testing.T, backend string) (token string, header []string) {
	t.Helper()
	got := send(t, a, "POST", "/auth/"+backend+"/login", gatePassword)
	var body struct {
		Detail struct {
			Code  string `json:"code"`
			Token string `json:"login_token"`
		} `json:"detail"`
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Detail.Code != "LOGIN_FACTOR_REQUIRED" {
		t.Fatalf("%s: got %d %s, want LOGIN_FACTOR_REQUIRED", backend, got.status, got.body)
	}
	if cookie := got.header.Get("Set-Cookie"); cookie != "" {
		return "", []string{"Cookie", strings.Split(cookie, ";")[0]}
	}
	return body.Detail.Token, nil
}

// answer completes a login with a code.
func (a *gateApp) answer(t *testing.T, backend, token, code string, header ...string) answer {
	t.Helper()
	body := map[string]string{"factor": "badge", "code": code}
	if token != "" {
		body["login_token"] = token
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, a, "POST", "/auth/"+backend+"/login/factor", string(text), header...)
}

// logIn logs in with both factors and returns the access token of a bearer backend.
func (a *gateApp) logIn(t *testing.T, backend string) string {
	t.Helper()
	token, _ := a.half(t, backend)
	got := a.answer(t, backend, token, a.badge.issue("4711"))
	var body backends.BearerToken
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 200 {
		t.Fatalf("%s: got %d %s", backend, got.status, got.body)
	}
	return body.AccessToken
}

func (a *gateApp) get(t *testing.T, path, token string) answer {
	t.Helper()
	return send(t, a, "GET", path, "", "Authorization", "Bearer "+token)
}

func wantAnswer(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}
