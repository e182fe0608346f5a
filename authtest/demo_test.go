package authtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
)

// The backends of the application under test.
var (
	web     = backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	api     = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	session = backends.Backend{Name: "session", Transport: sessions.Transport{Name: "desk"}, Strategy: backends.Database{}}
)

// Settings are the application's own user fields.
type Settings struct {
	Nickname string `json:"nickname" bson:"nickname"`
}

func newBackends() []backends.Backend { return []backends.Backend{web, api, session} }

// newEngine returns the application: a users group, a login per backend and some
// routes of its own.
func newEngine(auth *ginauth.Auth) *gin.Engine {
	r := gin.New()
	desk := r.Group("/desk", deskSessions())
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.AuthRoutes(session).Attach(desk)
	auth.UsersRoutes().Attach(r.Group("/users"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))

	r.GET("/hello", auth.ActiveUser(ginauth.Via("web", "api")), hello)
	desk.GET("/hello", auth.ActiveUser(ginauth.Via("session")), hello)
	return r
}

func deskSessions() gin.HandlerFunc {
	return ginsessions.Sessions("desk", memstore.NewStore([]byte("the session key of the tests")))
}

func hello(c *gin.Context) {
	nickname := "nobody"
	if settings := ginauth.ProfileFrom[Settings](c); settings != nil {
		nickname = settings.Nickname
	}
	c.String(http.StatusOK, "Hello, %s via %s", nickname, ginauth.BackendFrom(c))
}

// newKit returns a kit with an application on it.
func newKit(t *testing.T, config ginauth.Config) (*authtest.Kit, *ginauth.Auth, *gin.Engine) {
	t.Helper()
	kit := authtest.New(t, authtest.WithProfile[Settings]())
	if config.Backends == nil {
		config.Backends = newBackends()
	}
	auth := kit.Auth(config)
	engine := newEngine(auth)
	kit.UseEngine(engine)
	return kit, auth, engine
}

func serve(engine *gin.Engine, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w
}

func postJSON(engine *gin.Engine, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return serve(engine, r)
}

// fakeT is a test whose failure is looked at instead of failing.
type fakeT struct {
	testing.TB
	name string

	mu     sync.Mutex
	log    strings.Builder
	failed bool
}

func (f *fakeT) Helper() {}

func (f *fakeT) Name() string { return f.name }

func (f *fakeT) note(text string, failed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log.WriteString(text + "\n")
	f.failed = f.failed || failed
}

func (f *fakeT) Log(args ...any)                 { f.note(fmt.Sprint(args...), false) }
func (f *fakeT) Logf(format string, args ...any) { f.note(fmt.Sprintf(format, args...), false) }
func (f *fakeT) Errorf(format string, args ...any) {
	f.note(fmt.Sprintf(format, args...), true)
}

func (f *fakeT) Fatal(args ...any) {
	f.note(fmt.Sprint(args...), true)
	runtime.Goexit()
}

func (f *fakeT) Fatalf(format string, args ...any) {
	f.note(fmt.Sprintf(format, args...), true)
	runtime.Goexit()
}

// failing runs test with a fake test and returns whether that failed, and its log.
func failing(t *testing.T, name string, test func(t testing.TB)) (failed bool, log string) {
	t.Helper()
	fake := &fakeT{TB: t, name: name}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(fake)
	}()
	<-done
	return fake.failed, fake.log.String()
}
