package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// Promises of docs/security.md that concern all routes alike.

// guardedApp is an application whose log and mails can be read.
type guardedApp struct {
	http.Handler
	engine *gin.Engine
	auth   *ginauth.Auth
	log    *testlog.Log
	outbox *mails.Outbox
}

func newGuardedApp(t *testing.T, store user.Store) *guardedApp {
	t.Helper()
	a := &guardedApp{engine: gin.New(), log: &testlog.Log{}, outbox: &mails.Outbox{}}
	a.Handler = a.engine
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	var err error
	a.auth, err = ginauth.New(ginauth.Config{
		Store: store, Secret: secret, Backends: []backends.Backend{api, web},
		Hooks:  mails.Hooks(mails.Config{Sender: a.outbox, AppURL: "https://app.example"}),
		Logger: slog.New(slog.NewJSONHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.auth.Shutdown(context.Background()) })
	a.auth.AuthRoutes(api).Attach(a.engine.Group("/auth/api"))
	a.auth.AuthRoutes(web).Attach(a.engine.Group("/auth/web"))
	a.auth.RegisterRoutes().Attach(a.engine.Group("/auth"))
	a.auth.ResetPasswordRoutes().Attach(a.engine.Group("/auth"))
	a.auth.VerifyRoutes().Attach(a.engine.Group("/auth"))
	a.auth.UsersRoutes(ginauth.ListUsers()).Attach(a.engine.Group("/users"))
	a.auth.SessionsRoutes().Attach(a.engine.Group("/users/me"))
	return a
}

// member registers Arthur and returns a token of his.
func (a *guardedApp) member(t *testing.T) (token string) {
	t.Helper()
	if got := send(t, a, "POST", "/auth/register", `{"email":"King.Arthur@camelot.bt","password":"guinevere"}`); got.status != 201 {
		t.Fatalf("register: got %d %s", got.status, got.body)
	}
	return a.logIn(t, "guinevere")
}

func (a *guardedApp) logIn(t *testing.T, password string) (token string) {
	t.Helper()
	got := send(t, a, "POST", "/auth/api/login", `{"username":"king.arthur@camelot.bt","password":"`+password+`"}`)
	var body backends.BearerToken
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 200 {
		t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	return body.AccessToken
}

// panickingStore panics with whatever it was given.
type panickingStore struct{ *usertest.Store }

func (s panickingStore) ByID(_ context.Context, id user.ID) (*user.User, error) {
	panic(fmt.Sprint("no such index: ", id))
}

// A panic is a plain 500. Neither answer nor log hold what the request carried, and
// the log names the route, not the path that somebody may have chosen.
func TestPanicsShowNoSecret(t *testing.T) {
	t.Parallel()
	memory := usertest.NewStore()
	token := newGuardedApp(t, memory).member(t)
	a := newGuardedApp(t, panickingStore{memory})
	long := strings.Repeat("excalibur", 500)
	for _, path := range []string{"/users/me?token=lancelot", "/users/" + long} {
		got := send(t, a, "PATCH", path, `{"password":"guinevere2"}`, "Authorization", "Bearer "+token, "Cookie", "ginauth=morgana")
		if got.status != 500 || got.body != `{"detail":"Internal Server Error"}` {
			t.Errorf("%.20s: got %d %s", path, got.status, got.body)
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%.20s: got the headers %v", path, got.header)
		}
	}
	log := a.log.String()
	for _, secret := range []string{token, "guinevere", "morgana", "lancelot", "excalibur"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	for _, want := range []string{"ginauth: request panicked", `"route":"/users/:id"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %s:\n%s", want, log)
		}
	}
}

// Links in mails begin with the configured address, whatever the request says, and
// the mail goes to the address that is stored, not to the one that was typed.
func TestLinksIgnoreTheRequest(t *testing.T) {
	t.Parallel()
	a := newGuardedApp(t, usertest.NewStore())
	a.member(t)
	for _, path := range []string{"/auth/forgot-password", "/auth/request-verify-token"} {
		got := send(t, a, "POST", path, `{"email":"KING.arthur@CAMELOT.bt"}`, "Host", "evil.example", "X-Forwarded-Host", "evil.example",
			"X-Forwarded-Proto", "http", "Forwarded", "host=evil.example", "Origin", "https://evil.example", "Referer", "https://evil.example/")
		if got.status != 202 {
			t.Fatalf("%s: got %d %s", path, got.status, got.body)
		}
	}
	if err := a.auth.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := a.outbox.Messages()
	if len(sent) != 2 {
		t.Fatalf("got %d mails, want 2", len(sent))
	}
	for _, mail := range sent {
		if mail.To != "King.Arthur@camelot.bt" || !strings.HasPrefix(mail.URL, "https://app.example/") || strings.Contains(mail.Text+mail.HTML, "evil") {
			t.Errorf("got a mail to %s with the link %s", mail.To, mail.URL)
		}
	}
}

// Following a link changes nothing: scanners of mail and browsers that load ahead do
// it unasked. Nor can a form or a link pass for another method.
func TestGetChangesNothing(t *testing.T) {
	t.Parallel()
	a := newGuardedApp(t, usertest.NewStore())
	token := a.member(t)
	u, err := a.auth.Manager().ByEmail(t.Context(), "king.arthur@camelot.bt")
	if err != nil {
		t.Fatal(err)
	}
	verify, err := a.auth.Manager().VerifyToken(u)
	if err != nil {
		t.Fatal(err)
	}
	reads := map[string]bool{"/users/me": true, "/users/me/sessions": true, "/users/:id": true, "/users": true, "/users/": true}
	for _, route := range a.engine.Routes() {
		if route.Method == http.MethodGet && !reads[route.Path] {
			t.Errorf("GET %s: this test does not know that it only reads", route.Path)
		}
		path := strings.NewReplacer(":id", string(u.ID), ":session", "x").Replace(route.Path)
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			got := send(t, a, method, path+"?token="+verify+"&_method=DELETE&username=king.arthur@camelot.bt&password=guinevere", "",
				"Authorization", "Bearer "+token, "X-HTTP-Method-Override", route.Method, "X-HTTP-Method", route.Method, "X-Method-Override", route.Method)
			if !reads[route.Path] && got.status != 404 || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s %s: got %d %s", method, path, got.status, got.body)
			}
			for name := range got.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s: got the header %s, which is the application's to give", method, path, name)
				}
			}
		}
	}
	after, err := a.auth.Manager().ByID(t.Context(), u.ID)
	if err != nil || after.IsVerified || after.TokenVersion != u.TokenVersion || after.HashedPassword != u.HashedPassword {
		t.Errorf("the user has changed: %v", err)
	}
	// The token is as good as before; a form sent with an override is a POST.
	if got := send(t, a, "POST", "/auth/verify", `{"token":"`+verify+`"}`, "X-HTTP-Method-Override", "GET"); got.status != 200 {
		t.Errorf("verify: got %d %s", got.status, got.body)
	}
}

// Another spelling of a path reaches no handler, so that nothing that was attached to
// the one spelling is left out with the other. What limits count does not depend on it.
func TestOnePathOneHandler(t *testing.T) {
	t.Parallel()
	a := newGuardedApp(t, usertest.NewStore())
	token := a.member(t)
	good := `{"username":"king.arthur@camelot.bt","password":"guinevere"}`
	for _, path := range []string{
		"/auth/api/login/", "//auth/api/login", "/auth//api/login", "/auth/./api/login", "/auth/x/../api/login", "/AUTH/api/login",
		"/auth/api/Login", "/auth/api/login;x", "/auth/api/login%20", "/auth/api/%6cogin/", "/auth/api/login%00", "/auth/api/login.json",
	} {
		if got := send(t, a, "POST", path, good); got.status != 404 && got.status != 307 {
			t.Errorf("POST %s: got %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{"/users/me/", "//users/me", "/users/ME", "/users/%6de/", "/users//me"} {
		if got := send(t, a, "GET", path, "", "Authorization", "Bearer "+token); strings.Contains(got.body, "arthur") {
			t.Errorf("GET %s: got %d %s", path, got.status, got.body)
		}
	}
	bad := `{"username":"nobody@camelot.bt","password":"guinevere"}`
	for i, path := range []string{"/auth/api/login", "/auth/web/login", "/auth/api/%6cogin", "/auth/api/login?x=1", "/auth/web/login?x=2", "/auth/api/login"} {
		want := 400
		if i == 5 { // five are free
			want = 429
		}
		if got := send(t, a, "POST", path, bad); got.status != want {
			t.Errorf("failed login %d, %s: got %d %s, want %d", i+1, path, got.status, got.body, want)
		}
	}
}

// Every decision can be read in the log, at level Debug, with its code and source.
func TestDecisionsAreLogged(t *testing.T) {
	t.Parallel()
	a := newGuardedApp(t, usertest.NewStore())
	token := a.member(t)
	u, err := a.auth.Manager().ByEmail(t.Context(), "king.arthur@camelot.bt")
	if err != nil {
		t.Fatal(err)
	}
	as := []string{"Authorization", "Bearer " + token}
	send(t, a, "POST", "/auth/web/login", `{"username":"king.arthur@camelot.bt","password":"lancelot"}`)
	send(t, a, "POST", "/auth/web/login", `{"username":`)
	send(t, a, "POST", "/auth/register", `{"email":"a@camelot.bt","password":"short"}`)
	send(t, a, "GET", "/users/"+string(u.ID), "", as...)
	send(t, a, "GET", "/users/me", "", as...)
	send(t, a, "GET", "/users/me", "")
	send(t, a, "PATCH", "/users/me", `{"password":"excalibur"}`, as...)
	log := a.log.String()
	id := string(u.ID)
	for _, want := range []string{
		`"kind":"registered","outcome":"ok","user":"` + id + `","ip":"192.0.2.1"}`,
		`"kind":"login","outcome":"ok","user":"` + id + `","backend":"api",`,
		`"kind":"login_failed","outcome":"refused","code":"LOGIN_BAD_CREDENTIALS","user":"` + id + `","backend":"web","ip":"192.0.2.1"}`,
		`"kind":"login_failed","outcome":"refused","ip":"192.0.2.1","note":{"reason":"invalid"}}`,
		`"kind":"register_refused","outcome":"refused","code":"REGISTER_INVALID_PASSWORD","ip":"192.0.2.1"}`,
		`"kind":"access_refused","outcome":"refused","code":"Forbidden","actor":"` + id + `","ip":"192.0.2.1","note":{"route":"GET /users/:id"}}`,
		`"kind":"access_refused","outcome":"refused","code":"Unauthorized","ip":"192.0.2.1","note":{"route":"GET /users/me"}}`,
		`"kind":"password_changed","outcome":"ok","user":"` + id + `","actor":"` + id + `","backend":"api","ip":"192.0.2.1","fields":"password"}`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not have %s", want)
		}
	}
	for _, secret := range []string{token, "guinevere", "lancelot", "excalibur", "camelot.bt"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if t.Failed() {
		t.Log(log)
	}
}

// The log tells whom a decision is about, also where somebody else asked, or nobody
// who is logged in.
func TestDecisionsNameTheUser(t *testing.T) {
	t.Parallel()
	a := newGuardedApp(t, usertest.NewStore())
	token := a.member(t)
	manager := a.auth.Manager()
	u, err := manager.ByEmail(t.Context(), "king.arthur@camelot.bt")
	if err != nil {
		t.Fatal(err)
	}
	admin, err := manager.Create(t.Context(), user.Registration{Email: "merlin@camelot.bt", Password: "guinevere", IsSuperuser: true, IsVerified: true})
	if err != nil {
		t.Fatal(err)
	}
	id, by := string(u.ID), string(admin.ID)
	verify, err := manager.VerifyToken(u)
	if err != nil {
		t.Fatal(err)
	}
	send(t, a, "POST", "/auth/verify", `{"token":"`+verify+`"}`)
	reset, err := manager.ResetToken(u)
	if err != nil {
		t.Fatal(err)
	}
	send(t, a, "POST", "/auth/reset-password", `{"token":"`+reset+`","password":"excalibur"}`)
	send(t, a, "POST", "/auth/web/login", `{"username":"king.arthur@camelot.bt","password":"lancelot"}`)
	send(t, a, "POST", "/auth/web/login", `{"username":"nobody@camelot.bt","password":"lancelot"}`)
	var body backends.BearerToken
	entered := send(t, a, "POST", "/auth/api/login", `{"username":"merlin@camelot.bt","password":"guinevere"}`)
	if err := json.Unmarshal([]byte(entered.body), &body); err != nil {
		t.Fatal(err)
	}
	as := []string{"Authorization", "Bearer " + string(body.AccessToken)}
	send(t, a, "PATCH", "/users/"+id, `{"email":"no address"}`, as...)
	send(t, a, "PATCH", "/users/"+id, `{"is_active":false}`, as...)
	send(t, a, "POST", "/auth/web/login", `{"username":"king.arthur@camelot.bt","password":"excalibur"}`)
	send(t, a, "DELETE", "/users/"+id, "", as...)
	log := a.log.String()
	for _, want := range []string{
		`"kind":"verified","outcome":"ok","user":"` + id + `","ip":"192.0.2.1"}`,
		`"kind":"password_reset","outcome":"ok","user":"` + id + `","ip":"192.0.2.1"}`,
		`"kind":"login_failed","outcome":"refused","code":"LOGIN_BAD_CREDENTIALS","user":"` + id + `","backend":"web","ip":"192.0.2.1"}`,
		`"kind":"login_failed","outcome":"refused","code":"LOGIN_BAD_CREDENTIALS","backend":"web","ip":"192.0.2.1"}`,
		`"kind":"updated","outcome":"refused","user":"` + id + `","actor":"` + by + `","backend":"api","ip":"192.0.2.1","note":{"reason":"invalid"}}`,
		`"kind":"flag_changed","outcome":"ok","user":"` + id + `","actor":"` + by + `","backend":"api","ip":"192.0.2.1","fields":"is_active",` +
			`"before":{"is_active":"true"},"after":{"is_active":"false"}}`,
		`"kind":"deleted","outcome":"ok","user":"` + id + `","actor":"` + by + `","backend":"api","ip":"192.0.2.1"}`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not have %s", want)
		}
	}
	for _, secret := range []string{token, string(body.AccessToken), verify, reset, "guinevere", "lancelot", "excalibur", "camelot.bt"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if t.Failed() {
		t.Log(log)
	}
}

// The gate of an application's own ways in refuses what the login refuses, and issues
// no token then.
func TestLogInIsTheGate(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	veto := &user.Refusal{Code: "NOT_ON_MONDAYS"}
	monday := false
	auth, err := ginauth.New(ginauth.Config{
		Store: store, Secret: secret, Backends: []backends.Backend{web}, Logger: slog.New(slog.DiscardHandler),
		Hooks: user.Hooks{BeforeLogin: func(context.Context, *user.User) error {
			if monday {
				return veto
			}
			return nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		who     user.Registration
		monday  bool
		options []ginauth.LoginOption
		want    error
	}{
		{"inactive", user.Registration{IsInactive: true, IsVerified: true}, false, nil, user.ErrInactive},
		{"unverified", user.Registration{}, false, []ginauth.LoginOption{ginauth.Verified()}, user.ErrNotVerified},
		{"veto", user.Registration{}, true, nil, veto},
		{"good", user.Registration{}, false, nil, nil},
	}
	for i, test := range tests {
		test.who.Email = fmt.Sprint(i, "@camelot.bt")
		u, err := auth.Manager().Create(t.Context(), test.who)
		if err != nil {
			t.Fatal(err)
		}
		monday = test.monday
		r := gin.New()
		var token string
		r.POST("/", func(c *gin.Context) { token, err = auth.LogIn(c, web, u, test.options...) })
		got := send(t, r, "POST", "/", "")
		tokens, listErr := store.TokensOf(t.Context(), u.ID, records.TokenQuery{})
		if listErr != nil {
			t.Fatal(listErr)
		}
		issued := token != "" && len(tokens) == 1 && got.header.Get("Set-Cookie") != ""
		nothing := token == "" && len(tokens) == 0 && got.header.Get("Set-Cookie") == ""
		if !errors.Is(err, test.want) || test.want == nil && !issued || test.want != nil && !nothing {
			t.Errorf("%s: got %v, token %t, %d records, %v", test.name, err, token != "", len(tokens), got.header)
		}
	}
}

// Code of the application that was handed a password or a token, and fails, gives
// neither away: panics and errors often quote what they could not bear.
func TestFailuresOfTheApplicationShowNoSecret(t *testing.T) {
	t.Parallel()
	const rule, hook = "ValidatePassword", "AfterForgotPassword"
	for name, fail := range map[string]func(secret string) error{
		"panic": func(secret string) error { panic("cannot bear " + secret) },
		"error": func(secret string) error {
			return &url.Error{Op: "Get", URL: "https://mail.example/?text=" + secret, Err: errors.New("no route")}
		},
	} {
		log := &testlog.Log{}
		api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
		mailed := make(chan string, 3)
		auth, err := ginauth.New(ginauth.Config{
			Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}, Logger: slog.New(slog.NewJSONHandler(log, nil)),
			ValidatePassword: func(_ context.Context, given string, _ password.Owner) error {
				if given == "guinevere" {
					return nil
				}
				return fail(given)
			},
			Hooks: user.Hooks{AfterForgotPassword: func(_ context.Context, _ *user.User, token string) error {
				mailed <- token
				return fail(token)
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := gin.New()
		auth.RegisterRoutes().Attach(r.Group("/auth"))
		auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
		if got := send(t, r, "POST", "/auth/register", `{"email":"a@camelot.bt","password":"excalibur"}`); got.status != 500 {
			t.Errorf("%s: register: got %d %s", name, got.status, got.body)
		}
		send(t, r, "POST", "/auth/register", `{"email":"a@camelot.bt","password":"guinevere"}`)
		if got := send(t, r, "POST", "/auth/forgot-password", `{"email":"a@camelot.bt"}`); got.status != 202 {
			t.Errorf("%s: forgot password: got %d %s", name, got.status, got.body)
		}
		token := <-mailed
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_ = auth.Shutdown(ended) // further attempts would only wait
		for !strings.Contains(log.String(), hook) {
			runtime.Gosched() // until the failure is logged
		}
		for what, secret := range map[string]string{"password": "excalibur", "token": token} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%s: the log holds the %s %q:\n%s", name, what, secret, log)
			}
		}
		if !strings.Contains(log.String(), rule) {
			t.Errorf("%s: the log does not name %s:\n%s", name, rule, log)
		}
	}
}
