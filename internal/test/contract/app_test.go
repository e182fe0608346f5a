package contract

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/internal/test/statustest"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	passwords "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
)

// design is what a test wants different from the example.
type design struct {
	// config changes the configuration before it is used.
	config func(*ginauth.Config)
	// before runs before every route.
	before gin.HandlerFunc
	// attach adds routes.
	attach func(*gin.Engine, *ginauth.Auth)
	// sessions is used instead of a store in the browser.
	sessions ginsessions.Store
	// store is used instead of a new one.
	store *probe
	// redis is used instead of a client without faults.
	redis redis.UniversalClient
	// ways are used instead of new ones.
	ways *ways
	// statuses are those that hooks refuse with, besides what is documented.
	statuses []int
}

func (d design) sessionStore() ginsessions.Store {
	if d.sessions != nil {
		return d.sessions
	}
	return cookie.NewStore([]byte(rand.Text()+rand.Text()), []byte(rand.Text() + rand.Text())[:32])
}

// inside is what a test can reach of an application it has made itself.
type inside struct {
	auth   *ginauth.Auth
	store  *probe
	outbox *mails.Outbox
	clock  *authtest.Clock
	log    *testlog.Log
}

// start makes an application with the example's interface and serves it until the
// test ends.
func start(t testing.TB, v variant, d design) *world {
	t.Helper()
	in := &inside{store: d.store, outbox: &mails.Outbox{Limit: 100_000}, clock: authtest.NewClock(), log: &testlog.Log{}}
	if in.store == nil {
		in.store = newProbe(v.open(t))
	}
	ways := d.backends(t)
	config := in.config(t, v.wire, ways)
	if d.config != nil {
		d.config(&config)
	}
	var err error
	if in.auth, err = ginauth.New(config); err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	statustest.Watch(t, engine, in.auth, d.statuses...)
	if d.before != nil {
		engine.Use(d.before)
	}
	engine.Use(ginsessions.Sessions(sessionName, d.sessionStore()))
	in.attach(engine, ways)
	if d.attach != nil {
		d.attach(engine, in.auth)
	}
	server := httptest.NewServer(engine)
	w := &world{url: server.URL, wire: v.wire, many: v.many, in: in}
	t.Cleanup(func() {
		server.Close()
		in.shutdown(t)
		checkNothingSecret(t, w)
	})
	return w
}

// shutdown waits until all mails are out.
func (in *inside) shutdown(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := in.auth.Shutdown(ctx); err != nil {
		t.Errorf("shut down: %v", err)
	}
}

// ways are the example's backends.
type ways struct{ jwt, cookie, session, redis backends.Backend }

const sessionName = "ginauth_session"

func (d design) backends(t testing.TB) ways {
	t.Helper()
	if d.ways != nil {
		return *d.ways
	}
	return newWays(t, d.redis)
}

func newWays(t testing.TB, client redis.UniversalClient) ways {
	t.Helper()
	if client == nil {
		client = redistest.Client(t)
	}
	tokens := redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client)}
	return ways{
		jwt:     backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
		cookie:  backends.Backend{Name: "cookie", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}},
		session: backends.Backend{Name: "session", Transport: sessions.Transport{Name: sessionName, Insecure: true}, Strategy: backends.Database{}},
		redis:   backends.Backend{Name: "redis", Transport: backends.Bearer{}, Strategy: tokens},
	}
}

func (in *inside) config(t testing.TB, w wire, ways ways) ginauth.Config {
	t.Helper()
	mailer, err := mails.New(mails.Config{Sender: in.outbox, AppURL: "http://127.0.0.1:8080", Now: in.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	hooks := mailer.Hooks()
	hooks.BeforeRegister = startFree
	return ginauth.Config{
		Store:            in.store,
		Secret:           secrets.Secret(rand.Text() + rand.Text()),
		Backends:         []backends.Backend{ways.jwt, ways.cookie, ways.session, ways.redis},
		Hooks:            hooks,
		ValidatePassword: passwords.MinLength(3),
		// A busy machine must not turn an answer into 503.
		Hasher: passwords.Config{Wait: time.Minute, Queue: 1000},
		// They are described, and tested, elsewhere.
		Limits: limits.Config{Off: true},
		Wire:   [...]routes.Wire{v9: ginauth.WireV9, v15: ginauth.WireV15}[w],
		Now:    in.clock.Now,
		Logger: slog.New(slog.NewTextHandler(in.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func startFree(_ context.Context, r *user.Registration) error {
	r.Profile.(*Profile).Plan = "free"
	return nil
}

// attach mounts what the example mounts, and under /inside what it lacks.
func (in *inside) attach(r *gin.Engine, w ways) {
	in.auth.AuthRoutes(w.jwt).Attach(r.Group("/auth/jwt"))
	in.auth.AuthRoutes(w.cookie).Attach(r.Group("/auth/cookie"))
	in.auth.AuthRoutes(w.session).Attach(r.Group("/auth/session"))
	in.auth.AuthRoutes(w.redis).Attach(r.Group("/auth/redis"))
	in.auth.AuthRoutes(w.jwt, ginauth.Verified()).Attach(r.Group("/auth/verified"))
	in.auth.RegisterRoutes().Attach(r.Group("/auth"))
	in.auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	in.auth.VerifyRoutes().Attach(r.Group("/auth"))
	in.auth.UsersRoutes(ginauth.ListUsers()).Attach(r.Group("/users"))
	in.auth.SessionsRoutes().Attach(r.Group("/users/me"))
	in.auth.UserSessionsRoutes().Attach(r.Group("/users/:id"))
	in.attachProtected(r.Group("/protected"))
	r.GET("/outbox.json", in.showOutbox)
	in.attachInside(r.Group("/inside"), w)
}

// attachInside mounts what the example lacks.
func (in *inside) attachInside(r gin.IRouter, w ways) {
	in.auth.AuthRoutes(w.cookie, ginauth.Verified()).Attach(r.Group("/cookie"))
	in.auth.UsersRoutes(ginauth.Verified(), ginauth.ListUsers()).Attach(r.Group("/users"))
	// A login without password, and so without its hash.
	r.POST("/login/:backend/:id", func(c *gin.Context) {
		u, err := in.store.fullStore.ByID(c, user.ID(c.Param("id")))
		if err != nil {
			panic(err)
		}
		token, err := in.auth.LogIn(c, backends.Backend{Name: c.Param("backend")}, u)
		if err != nil {
			panic(err)
		}
		answer := backends.BearerToken{AccessToken: token, TokenType: "bearer"}
		if len(c.Writer.Header()["Set-Cookie"]) > 0 {
			answer = backends.BearerToken{}
		}
		_ = routes.JSON(c, 200, answer)
	})
}

// fixtureHash is the hash of everybody's first password.
var fixtureHash = sync.OnceValue(func() string {
	hasher, err := passwords.New(passwords.Config{})
	if err != nil {
		panic(err)
	}
	hash, err := hasher.Hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return hash
})

// create stores an active user with an address and returns the id.
func (in *inside) create(t testing.TB, typed string, change ...func(*user.User)) string {
	t.Helper()
	parsed, err := email.Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	u := &user.User{
		ID: in.store.NewID(), Email: parsed.Address, EmailKey: parsed.Key, HashedPassword: fixtureHash(), IsActive: true,
		CreatedAt: in.clock.Now(), UpdatedAt: in.clock.Now(), Profile: &Profile{Plan: "free"},
	}
	for _, c := range change {
		c(u)
	}
	if err := in.store.fullStore.Create(context.Background(), u); err != nil {
		t.Errorf("store %s: %v", typed, err)
	}
	return string(u.ID)
}

func (in *inside) attachProtected(r gin.IRouter) {
	guards := map[string]gin.HandlerFunc{
		"/user":               in.auth.CurrentUser(),
		"/optional":           in.auth.CurrentUser(ginauth.Optional()),
		"/active":             in.auth.ActiveUser(),
		"/verified":           in.auth.CurrentUser(ginauth.Verified()),
		"/active-verified":    in.auth.ActiveUser(ginauth.Verified()),
		"/superuser":          in.auth.Superuser(),
		"/verified-superuser": in.auth.Superuser(ginauth.Verified()),
		"/cookie-only":        in.auth.CurrentUser(ginauth.Via("cookie")),
	}
	show := func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		_ = routes.JSON(c, 200, map[string]any{"user": ginauth.UserFrom(c)})
	}
	for path, guard := range guards {
		r.GET(path, guard, show)
		r.POST(path, guard, show)
	}
}

func (in *inside) showOutbox(c *gin.Context) {
	shown := []mailShown{}
	for _, m := range in.outbox.Messages() {
		shown = append(shown, mailShown{To: m.To, Kind: string(m.Kind), Token: m.Token})
	}
	c.JSON(200, shown)
}
