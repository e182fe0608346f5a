package authtest_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// shop returns an application with every sort of route.
func shop(auth *ginauth.Auth) *gin.Engine {
	r := gin.New()
	r.Use(deskSessions())
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.AuthRoutes(session).Attach(r.Group("/auth/desk"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes(ginauth.ListUsers()).Attach(r.Group("/users"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))

	ok := func(c *gin.Context) { c.Status(http.StatusNoContent) }
	toLogin := ginauth.OnRefuse(func(c *gin.Context, _ int, _ string) { c.Redirect(http.StatusSeeOther, "/login") })
	r.GET("/", ok)
	r.GET("/account", auth.ActiveUser(toLogin), ok)
	r.GET("/cart", auth.CurrentUser(ginauth.Optional()), ok)
	r.POST("/cart", auth.CurrentUser(ginauth.Optional()), ok)
	r.GET("/deactivated", auth.CurrentUser(), ok)
	r.POST("/orders", auth.ActiveUser(ginauth.Verified()), ok)
	r.GET("/orders/:order/files/*name", auth.ActiveUser(), ok)
	r.DELETE("/shop", auth.Superuser(), func(*gin.Context) { panic("the shop is gone") })
	r.GET("/desk", auth.ActiveUser(ginauth.Via("session")), ok)
	r.GET("/events", auth.ActiveUser(), stream)
	r.POST("/danger", func(*gin.Context) { panic("this must not be called") })
	return r
}

// stream answers until its client has gone.
func stream(c *gin.Context) {
	for c.Request.Context().Err() == nil {
		c.String(http.StatusOK, "tick\n")
		c.Writer.Flush()
	}
}

func newShop(t testing.TB, config ginauth.Config) (*authtest.Kit, *ginauth.Auth) {
	kit := authtest.New(t, authtest.WithProfile[Settings]())
	config.Backends = newBackends()
	return kit, kit.Auth(config)
}

func TestMatrix(t *testing.T) {
	kit, auth := newShop(t, ginauth.Config{Policy: user.Policy{KeepOneSuperuser: true}})
	before := kit.Clock.Now()
	authtest.Matrix(t, auth, shop(auth), authtest.Golden("testdata/shop.golden"), authtest.Exclude("POST /danger"))
	if got := kit.Clock.Now(); !got.Equal(before) {
		t.Errorf("the clock shows %v, want %v as before", got, before)
	}
	if page, err := kit.Store().List(t.Context(), user.ListQuery{Limit: 1}); err != nil || len(page.Users) != 0 {
		t.Errorf("got users %v and error %v, want none left behind", page.Users, err)
	}
}

func bareApp(t testing.TB) (*authtest.Kit, *ginauth.Auth, *gin.Engine) {
	kit := authtest.New(t)
	return kit, kit.Auth(ginauth.Config{Backends: []backends.Backend{api}}), gin.New()
}

// answers returns the rows of the matrix of an application with one backend.
func answers(t *testing.T, attach func(r *gin.Engine, auth *ginauth.Auth), options ...authtest.MatrixOption) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "access.golden")
	t.Setenv("AUTHTEST_UPDATE", "1")
	_, auth, engine := bareApp(t)
	attach(engine, auth)
	authtest.Matrix(t, auth, engine, append(options, authtest.Golden(file))...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(strings.ReplaceAll(line, "✗ ", "✗")); len(fields) > 2 {
			rows[fields[0]+" "+fields[1]] = strings.Join(fields[2:], " ")
		}
	}
	return rows
}

func TestMatrixExclude(t *testing.T) {
	var called []string
	note := func(c *gin.Context) { called = append(called, c.Request.Method+" "+c.FullPath()) }
	rows := answers(t, func(r *gin.Engine, _ *ginauth.Auth) {
		r.GET("/danger", note)
		r.DELETE("/danger", note)
		r.GET("/debug/a", note)
		r.POST("/debug/b/c", note)
		r.GET("/debugger", note)
	}, authtest.Exclude("DELETE /danger", "/debug/..."))
	for _, route := range []string{"DELETE /danger", "GET /debug/a", "POST /debug/b/c"} {
		if rows[route] != "excluded" {
			t.Errorf("%s: got %q, want excluded", route, rows[route])
		}
	}
	for _, route := range called {
		if route != "GET /danger" && route != "GET /debugger" {
			t.Errorf("%s was called", route)
		}
	}
	if len(called) != 2*7 { // by all but the browser elsewhere, which sends no bearer token
		t.Errorf("got %d calls, want 14", len(called))
	}
}

func TestMatrixPaths(t *testing.T) {
	paths := map[string]int{}
	rows := answers(t, func(r *gin.Engine, auth *ginauth.Auth) {
		note := func(c *gin.Context) { paths[c.Request.URL.Path]++ }
		r.GET("/orders/:order/lines/:line", note)
		r.GET("/files/*name", note)
		r.GET("/v:version/x", note)
		r.GET("/moved/:thing", note)
		auth.UsersRoutes().Attach(r.Group("/users"))
	},
		authtest.Param("order", "A-17"),
		authtest.Prepare("/moved/...", func(r *http.Request) { r.URL.Path = "/moved/elsewhere" }))
	for _, want := range []string{"/orders/A-17/lines/1", "/files/1", "/v1/x", "/moved/elsewhere"} {
		if paths[want] != 7 {
			t.Errorf("got %d calls of %s, want 7; called were %v", paths[want], want, paths)
		}
	}
	// Each superuser finds a user to delete, and none deletes a later caller.
	if got, want := rows["DELETE /users/:id"], "✗401 ✗401 ✗403 ✗403 204 ✗401 ✗401 -"; got != want {
		t.Errorf("DELETE /users/:id: got %s, want %s", got, want)
	}
	if got, want := rows["GET /users/:id"], "✗401 ✗401 ✗403 ✗403 200 ✗401 ✗401 -"; got != want {
		t.Errorf("GET /users/:id: got %s, want %s", got, want)
	}
}

func TestMatrixOtherAnswers(t *testing.T) {
	rows := answers(t, func(r *gin.Engine, auth *ginauth.Auth) {
		r.GET("/panics", func(*gin.Context) { panic("at the disco") })
		r.GET("/own-guard", func(c *gin.Context) { c.JSON(http.StatusUnauthorized, gin.H{"detail": "Unauthorized"}) })
		r.GET("/own-words", func(c *gin.Context) {
			c.Header("Cache-Control", "no-store")
			c.Data(http.StatusUnauthorized, "application/json", []byte(`{"detail":"Go away"}`))
		})
		r.GET("/own-headers", func(c *gin.Context) {
			c.Data(http.StatusForbidden, "application/json", []byte(`{"detail":"Forbidden"}`))
		})
		r.GET("/redirects", func(c *gin.Context) { c.Redirect(http.StatusFound, "/panics") })
		r.GET("/nothing", func(*gin.Context) {})
		r.GET("/streams", func(c *gin.Context) {
			c.Stream(func(w io.Writer) bool {
				_, err := w.Write([]byte("tick"))
				return err == nil
			})
		})
		r.GET("/takes-over", func(c *gin.Context) {
			if _, _, err := c.Writer.Hijack(); err != nil {
				c.String(http.StatusInternalServerError, "no web socket")
			}
		})
	})
	for route, want := range map[string]string{
		"GET /panics":      "panic",
		"GET /own-guard":   "401", // ginauth says so in another form
		"GET /own-words":   "401",
		"GET /own-headers": "403",
		"GET /redirects":   "302",
		"GET /nothing":     "200",
		"GET /streams":     "200",
		"GET /takes-over":  "hijack",
	} {
		if got := rows[route]; got != strings.TrimSpace(strings.Repeat(want+" ", 7))+" -" {
			t.Errorf("%s: got %s, want %s", route, got, want)
		}
	}
}

func TestMatrixPrepareAndEverybody(t *testing.T) {
	nobodies := 0
	rows := answers(t, func(r *gin.Engine, auth *ginauth.Auth) {
		r.POST("/orders", auth.ActiveUser(), func(c *gin.Context) {
			if body, err := c.GetRawData(); err != nil || string(body) != "one shrubbery" {
				c.Status(http.StatusBadRequest)
				return
			}
			if !strings.HasSuffix(ginauth.UserFrom(c).Email, "@camelot.test") {
				nobodies++
			}
			c.Status(http.StatusCreated)
		})
	},
		authtest.Prepare("POST /orders", func(r *http.Request) {
			*r = *mustRequest(r.Method, r.URL.Path, "one shrubbery")
		}),
		authtest.Everybody(authtest.WithEmail("knight@camelot.test"), authtest.Inactive(), authtest.Superuser()))
	if got, want := rows["POST /orders"], "✗401 ✗401 201 201 201 ✗401 ✗401 -"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if nobodies > 0 {
		t.Errorf("%d users were not as Everybody said", nobodies)
	}
}

func mustRequest(method, path, body string) *http.Request {
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	return r
}

func TestMatrixOfTokensForEver(t *testing.T) {
	t.Setenv("AUTHTEST_UPDATE", "")
	forever := backends.Backend{Name: "forever", Transport: backends.Bearer{}, Strategy: backends.JWT{Lifetime: ginauth.Forever}}
	_, log := failing(t, "TestAccess", func(fake testing.TB) {
		kit := authtest.New(fake)
		auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{forever, web}})
		engine := gin.New()
		engine.GET("/hello", auth.ActiveUser(), ok)
		authtest.Matrix(fake, auth, engine, authtest.Via("forever"), authtest.Golden(filepath.Join(t.TempDir(), "none.golden")))
	})
	for _, want := range []string{
		"Logged in by: forever\n",
		"\nGET     /hello  ✗ 401      ✗ 401     200         200     200        -        ✗ 401    -\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("got log\n%s\nwant in it\n%s", log, want)
		}
	}
}

func TestMatrixWithClock(t *testing.T) {
	t.Setenv("AUTHTEST_UPDATE", "")
	_, log := failing(t, "TestAccess", func(fake testing.TB) {
		clock := authtest.NewClock()
		auth, err := ginauth.New(ginauth.Config{
			Store:    usertest.NewStore(),
			Secret:   "a secret of the test, which is long enough",
			Backends: []backends.Backend{api},
			Now:      clock.Now,
		})
		if err != nil {
			t.Error(err)
			return
		}
		engine := gin.New()
		engine.GET("/hello", auth.ActiveUser(), ok)
		authtest.Matrix(fake, auth, engine, authtest.WithClock(clock), authtest.Golden(filepath.Join(t.TempDir(), "none.golden")))
	})
	if want := "\nGET     /hello  ✗ 401      ✗ 401     200         200     200        ✗ 401    ✗ 401    -\n"; !strings.Contains(log, want) {
		t.Errorf("got log\n%s\nwant in it\n%s", log, want)
	}
}

func TestMatrixMisused(t *testing.T) {
	t.Parallel()
	called := make(chan string, 100)
	matrix := func(options ...authtest.MatrixOption) func(testing.TB) {
		return func(t testing.TB) {
			_, auth, engine := bareApp(t)
			engine.GET("/hello", func(c *gin.Context) { called <- c.FullPath() })
			authtest.Matrix(t, auth, engine, options...)
		}
	}
	tests := []struct {
		name string
		use  func(t testing.TB)
		want string
	}{
		{"no Auth", func(t testing.TB) { authtest.Matrix(t, nil, gin.New()) }, "Matrix got no Auth or no engine"},
		{"no routes", func(t testing.TB) {
			_, auth, engine := bareApp(t)
			authtest.Matrix(t, auth, engine)
		}, "Matrix got an engine without routes"},
		{"misspelt exclude", matrix(authtest.Exclude("DELETE /hello")), `Exclude("DELETE /hello") matches no route`},
		{"misspelt prepare", matrix(authtest.Prepare("/helo", nil)), `Prepare("/helo") matches no route`},
		{"unknown backend", matrix(authtest.Via("web")), `Via("web"): there is no such backend`},
		{"another clock", matrix(authtest.WithClock(authtest.NewClock())), "Matrix needs the clock of the Auth"},
		{"login refused", func(t testing.TB) {
			kit := authtest.New(t)
			auth := kit.Auth(ginauth.Config{
				Backends: []backends.Backend{api},
				Hooks:    user.Hooks{BeforeLogin: func(context.Context, *user.User) error { return &user.Refusal{Code: "NOT_TODAY"} }},
			})
			engine := gin.New()
			engine.GET("/hello", auth.ActiveUser(), ok)
			authtest.Matrix(t, auth, engine)
		}, "Matrix: GET /hello as inactive: user: BeforeLogin: user: refused: NOT_TODAY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			failed, log := failing(t, "TestAccess", tt.use)
			if !failed || !strings.Contains(log, tt.want) {
				t.Errorf("got failed %v and log %q, want a failure with %q", failed, log, tt.want)
			}
			select {
			case path := <-called:
				t.Errorf("%s was called", path)
			default:
			}
		})
	}
}

// In a bubble the time limit of a route takes no time.
func TestMatrixOfARouteThatNeverEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		failed, log := failing(t, "TestAccess", func(fake testing.TB) {
			_, auth, engine := bareApp(fake)
			engine.GET("/for-ever", func(*gin.Context) { <-end })
			authtest.Matrix(fake, auth, engine)
		})
		close(end)
		want := "Matrix: GET /for-ever as anonymous: the route did not end within 5s: leave it out with authtest.Exclude"
		if !failed || !strings.Contains(log, want) {
			t.Errorf("got failed %v and log %q, want %q", failed, log, want)
		}
	})
}
