package factortest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/authtest/factortest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/factors"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

var (
	web = backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	api = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
)

// newApp returns an application with second factors, and the apps of its users.
func newApp(t *testing.T) (*authtest.Kit, *ginauth.Auth, *gin.Engine, *factortest.Factors) {
	t.Helper()
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{web, api}})
	second, err := factors.New(t.Context(), auth, factors.Config{Issuer: "Camelot"})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	second.Own().Attach(r.Group("/users/me"))
	second.Admin().Attach(r.Group("/users/:id"))
	ok := func(c *gin.Context) { c.Status(http.StatusNoContent) }
	r.GET("/hello", auth.ActiveUser(), ok)
	r.GET("/vault", auth.ActiveUser(ginauth.MultiFactor()), ok)
	r.GET("/money", auth.ActiveUser(ginauth.Fresh(10*time.Minute)), ok)
	kit.UseEngine(r)
	return kit, auth, r, factortest.New(kit, web)
}

func answers(kit *authtest.Kit, r *http.Request) int { return kit.Serve(r).Code }

// The clock moves only where the time step is used up.
func TestCode(t *testing.T) {
	t.Parallel()
	kit, _, _, apps := newApp(t)
	u := apps.WithFactor(kit.User())
	if !u.SecondFactor || len(apps.RecoveryCodes(u)) != 10 {
		t.Errorf("got second factor %v and %d recovery codes, want one and 10", u.SecondFactor, len(apps.RecoveryCodes(u)))
	}
	for range 3 {
		login := kit.Pending(httptest.NewRequest("POST", "/", nil), api, u)
		before := kit.Clock.Now()
		body := `{"login_token":"` + login + `","factor":"totp","code":"` + apps.Code(u) + `"}`
		if moved := kit.Clock.Now().Sub(before); moved <= 0 || moved > 30*time.Second {
			t.Errorf("the clock moved by %v, want up to 30s", moved)
		}
		r := httptest.NewRequest("POST", "/auth/api/login/factor", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if got := kit.Serve(r); got.Code != 200 {
			t.Fatalf("got %d %s, want 200", got.Code, got.Body)
		}
	}
	kit.Clock.Advance(5 * time.Minute)
	before := kit.Clock.Now()
	if apps.Code(u); !kit.Clock.Now().Equal(before) {
		t.Error("the clock moved, although the code of the present was not used")
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	kit, _, _, apps := newApp(t)
	plain, secured := kit.User(), apps.WithFactor(kit.User())
	for _, b := range []backends.Backend{web, api} {
		for _, test := range []struct {
			name                string
			logIn               func(r *http.Request)
			hello, vault, money int
		}{
			{"half-way", func(r *http.Request) { kit.Pending(r, b, secured) }, 401, 401, 401},
			{"both factors", func(r *http.Request) { kit.LogIn(r, b, secured) }, 204, 204, 204},
			{"one factor", func(r *http.Request) { kit.LogIn(r, b, plain) }, 204, 403, 204},
			{"stale", func(r *http.Request) { kit.Stale(r, b, plain) }, 204, 403, 403},
			{"stale with both", func(r *http.Request) { kit.Stale(r, b, secured) }, 204, 204, 403},
		} {
			for path, want := range map[string]int{"/hello": test.hello, "/vault": test.vault, "/money": test.money} {
				r := httptest.NewRequest("GET", path, nil)
				test.logIn(r)
				if got := answers(kit, r); got != want {
					t.Errorf("%s by %s: GET %s: got %d, want %d", test.name, b.Name, path, got, want)
				}
			}
		}
	}
}

func TestCallers(t *testing.T) {
	_, auth, engine, _ := newApp(t)
	authtest.Matrix(t, auth, engine, factortest.Callers())
}

// A route that lets half-done logins in fails the matrix, also where the file has it.
func TestPendingIsAnonymous(t *testing.T) {
	t.Setenv("AUTHTEST_UPDATE", "1")
	_, auth, engine, _ := newApp(t)
	engine.GET("/leak", func(c *gin.Context) {
		if c.GetHeader("Cookie") == "" && c.GetHeader("Authorization") == "" {
			c.Status(http.StatusUnauthorized)
		}
	})
	file := filepath.Join(t.TempDir(), "access.golden")
	fake := &recorder{TB: t}
	authtest.Matrix(fake, auth, engine, factortest.Callers(), authtest.Golden(file))
	for _, b := range []string{"web", "api"} {
		want := `GET /leak by ` + b + `: the caller "factor pending" got 200, want 401 as the anonymous one`
		if !strings.Contains(fake.log.String(), want) {
			t.Errorf("got %q, want %q", fake.log.String(), want)
		}
	}
	if strings.Count(fake.log.String(), "factor pending") != 2 {
		t.Errorf("got %q, want two failures", fake.log.String())
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "factor pending") {
		t.Errorf("got %s, %v", text, err)
	}
}

// recorder notes failures instead of failing.
type recorder struct {
	testing.TB
	log strings.Builder
}

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(&r.log, format+"\n", args...) }
