package authtest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

func TestLogIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		backend backends.Backend
		path    string
		want    string
	}{
		{"cookie", web, "/hello", "Hello, Lance via web"},
		{"bearer", api, "/hello", "Hello, Lance via api"},
		{"session of a group", session, "/desk/hello", "Hello, Lance via session"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kit, _, engine := newKit(t, ginauth.Config{})
			lancelot := kit.User(authtest.Profile(Settings{Nickname: "Lance"}))
			r := httptest.NewRequest(http.MethodGet, tt.path, nil)
			token := kit.LogIn(r, tt.backend, lancelot)
			if token == "" {
				t.Error("got no token")
			}
			w := serve(engine, r)
			if w.Code != http.StatusOK || w.Body.String() != tt.want {
				t.Errorf("got %d %q, want 200 %q", w.Code, w.Body, tt.want)
			}
		})
	}
}

func TestLogInThroughSessionOfTheEngine(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{session}})
	engine := gin.New()
	engine.Use(deskSessions())
	engine.GET("/whoami", auth.CurrentUser(), func(c *gin.Context) { c.String(http.StatusOK, string(ginauth.UserFrom(c).ID)) })
	kit.UseEngine(engine)
	arthur := kit.User()
	r := httptest.NewRequest(http.MethodGet, "/whoami", nil)
	kit.LogIn(r, session, arthur)
	if w := serve(engine, r); w.Body.String() != string(arthur.ID) {
		t.Errorf("got %d %q, want the ID of %v", w.Code, w.Body, arthur)
	}
}

func TestLogInKeepsTheRequestsCookies(t *testing.T) {
	t.Parallel()
	kit, _, engine := newKit(t, ginauth.Config{})
	r := httptest.NewRequest(http.MethodGet, "/hello", nil)
	r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	kit.LogIn(r, web, kit.User(authtest.Profile(Settings{Nickname: "Lance"})))
	kit.LogIn(r, web, kit.User(authtest.Profile(Settings{Nickname: "Gawain"})))
	if theme, err := r.Cookie("theme"); err != nil || theme.Value != "dark" {
		t.Errorf("got cookie %v and error %v, want dark", theme, err)
	}
	if got, want := serve(engine, r).Body.String(), "Hello, Gawain via web"; got != want {
		t.Errorf("got %q, want %q: the last login counts", got, want)
	}
}

func TestLogInRunsTheLoginHooks(t *testing.T) {
	t.Parallel()
	var logins []string
	kit, _, _ := newKit(t, ginauth.Config{
		Hooks: user.Hooks{BeforeLogin: func(_ context.Context, u *user.User) error {
			logins = append(logins, u.Email)
			return nil
		}},
		AfterLogin: func(c *gin.Context, _ *ginauth.User) { c.SetCookie("csrf", "42", 0, "/", "", true, true) },
	})
	r := httptest.NewRequest(http.MethodGet, "/hello", nil)
	kit.LogIn(r, api, kit.User(authtest.WithEmail("gawain@orkney.test")))
	if len(logins) != 1 || logins[0] != "gawain@orkney.test" {
		t.Errorf("got logins %q, want one of gawain@orkney.test", logins)
	}
	if csrf, err := r.Cookie("csrf"); err != nil || csrf.Value != "42" {
		t.Errorf("got cookie %v and error %v, want the one of AfterLogin", csrf, err)
	}
}

func TestLogInOfInactive(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{web}})
	engine := gin.New()
	engine.GET("/current", auth.CurrentUser(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	engine.GET("/active", auth.ActiveUser(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	mordred := kit.User(authtest.Inactive())
	for path, want := range map[string]int{"/current": http.StatusNoContent, "/active": http.StatusUnauthorized} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		kit.LogIn(r, web, mordred)
		if got := serve(engine, r).Code; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
}

// headerTransport is a transport of an application's own.
type headerTransport struct{}

func (h headerTransport) SetUp(backends.Setup) (backends.Carrier, error)     { return h, nil }
func (headerTransport) Token(c *gin.Context) (string, error)                 { return c.GetHeader("X-Token"), nil }
func (headerTransport) Write(_ *gin.Context, i backends.Issued) (any, error) { return i.Access, nil }
func (headerTransport) Clear(*gin.Context) error                             { return nil }
func (headerTransport) Cookies() []string                                    { return nil }

type attachingTransport struct{ headerTransport }

func (a attachingTransport) SetUp(backends.Setup) (backends.Carrier, error) { return a, nil }
func (attachingTransport) Attach(r *http.Request, token string)             { r.Header.Set("X-Token", token) }

func TestLogInThroughOwnTransport(t *testing.T) {
	t.Parallel()
	own := backends.Backend{Name: "own", Transport: attachingTransport{}, Strategy: backends.JWT{}}
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{own}})
	engine := gin.New()
	engine.GET("/", auth.ActiveUser(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	kit.LogIn(r, own, kit.User())
	if got := serve(engine, r).Code; got != http.StatusNoContent {
		t.Errorf("got %d, want 204", got)
	}
}

func TestLogInMisused(t *testing.T) {
	t.Parallel()
	get := func() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }
	config := ginauth.Config{Backends: []backends.Backend{web, session, {Name: "own", Transport: headerTransport{}, Strategy: backends.JWT{}}}}
	tests := []struct {
		name string
		use  func(kit *authtest.Kit)
		want string
	}{
		{"no Auth", func(kit *authtest.Kit) { kit.LogIn(get(), web, kit.User()) },
			"LogIn needs the application's Auth"},
		{"no user", func(kit *authtest.Kit) { kit.Auth(config); kit.LogIn(get(), web, nil) },
			"LogIn got no request, one without a header, or no user"},
		{"unknown backend", func(kit *authtest.Kit) { kit.Auth(config); kit.LogIn(get(), api, kit.User()) },
			`log in through backend "api": it is not in Config.Backends`},
		{"session without engine", func(kit *authtest.Kit) { kit.Auth(config); kit.LogIn(get(), session, kit.User()) },
			"give the engine to Kit.UseEngine"},
		{"session without middleware", func(kit *authtest.Kit) {
			kit.Auth(config)
			kit.UseEngine(gin.New())
			kit.LogIn(get(), session, kit.User())
		}, `add router.Use(sessions.Sessions("desk", store))`},
		{"transport nobody knows", func(kit *authtest.Kit) { kit.Auth(config); kit.LogIn(get(), config.Backends[2], kit.User()) },
			"give authtest_test.headerTransport the method Attach of authtest.Attacher"},
		{"user of another store", func(kit *authtest.Kit) {
			kit.Auth(config)
			kit.LogIn(get(), web, authtest.New(t).User())
		}, "user: not found"},
		{"login refused by a hook", func(kit *authtest.Kit) {
			refusing := config
			refusing.Hooks.BeforeLogin = func(context.Context, *user.User) error { return &user.Refusal{Code: "NOT_TODAY"} }
			kit.Auth(refusing)
			kit.LogIn(get(), web, kit.User())
		}, "user: refused: NOT_TODAY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			failed, log := failing(t, "TestOfAnApp", func(fake testing.TB) { tt.use(authtest.New(fake)) })
			if !failed || !strings.Contains(log, tt.want) {
				t.Errorf("got failed %v and log %q, want a failure with %q", failed, log, tt.want)
			}
		})
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	kit, _, engine := newKit(t, ginauth.Config{})
	r := httptest.NewRequest(http.MethodGet, "/hello", nil)
	kit.LogIn(r, api, kit.User())
	kit.Clock.Advance(time.Hour - time.Second)
	if got := serve(engine, r).Code; got != http.StatusOK {
		t.Errorf("a second before the token expires: got %d, want 200", got)
	}
	kit.Clock.Advance(time.Second)
	if got := serve(engine, r).Code; got != http.StatusUnauthorized {
		t.Errorf("when the token expires: got %d, want 401", got)
	}
	day := time.Date(2030, time.May, 1, 12, 0, 0, 0, time.UTC)
	kit.Clock.Set(day)
	if got := kit.User().CreatedAt; !got.Equal(day) {
		t.Errorf("got a user of %v, want of %v", got, day)
	}
}
