package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/internal/test/statustest"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// limitedApp is an application with limits, in one instance or several that share
// a store. Requests go to one after the other.
type limitedApp struct {
	clock  *authtest.Clock
	store  user.Store
	hashes *countedHash
	outbox *mails.Outbox
	log    *testlog.Log

	instances []*ginauth.Auth
	engines   []http.Handler
	requests  atomic.Int64
}

// limitedSetting is where an application's limits are kept and by how many
// instances.
type limitedSetting struct {
	name      string
	instances int
	// slow says that the store is outside of the process.
	slow bool
	open func(t *testing.T) (user.Store, limits.Store)
}

func inMemory(*testing.T) (user.Store, limits.Store) { return usertest.NewStore(), nil }

func inMongoDB(t *testing.T) (user.Store, limits.Store) {
	s, err := mongostore.Open(t.Context(), mongotest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	return s, nil
}

func inRedis(t *testing.T) (user.Store, limits.Store) {
	client := redistest.Client(t)
	return usertest.NewStore(), redisstrategy.NewLimits(client, redistest.Prefix(t, client))
}

// limitedSettings runs test in every setting.
func limitedSettings(t *testing.T, test func(t *testing.T, s limitedSetting)) {
	t.Helper()
	for _, s := range []limitedSetting{
		{"memory", 1, false, inMemory},
		{"memory shared", 2, false, inMemory},
		{"mongodb", 1, true, inMongoDB},
		{"mongodb shared", 2, true, inMongoDB},
		{"redis", 1, true, inRedis},
		{"redis shared", 2, true, inRedis},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

var alone = limitedSetting{"memory", 1, false, inMemory}

var limitedAPI = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}

// start serves an application; change may change its configuration.
func (s limitedSetting) start(t *testing.T, change ...func(*ginauth.Config)) *limitedApp {
	t.Helper()
	a := &limitedApp{clock: authtest.NewClock(), hashes: &countedHash{}, outbox: &mails.Outbox{}, log: &testlog.Log{}}
	var counts limits.Store
	a.store, counts = s.open(t)
	mailer, err := mails.New(mails.Config{Sender: a.outbox, AppURL: "https://app.example", Now: a.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	config := ginauth.Config{
		Store:    a.store,
		Secret:   secret,
		Backends: []backends.Backend{limitedAPI},
		Hooks:    mailer.Hooks(),
		// Everybody waits for a turn, however slow the machine is.
		Hasher: password.Config{Verifiers: []password.Verifier{a.hashes}, Queue: 2000, Wait: time.Minute},
		Limits: limits.Config{Store: counts},
		Now:    a.clock.Now,
		Logger: slog.New(slog.NewTextHandler(a.log, nil)),
	}
	for _, c := range change {
		c(&config)
	}
	for range s.instances {
		a.serve(t, config)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", a.log)
		}
	})
	return a
}

func (a *limitedApp) serve(t *testing.T, config ginauth.Config) {
	t.Helper()
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := auth.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	r := gin.New()
	statustest.Watch(t, r, auth)
	auth.AuthRoutes(limitedAPI).Attach(r.Group("/auth"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	github := oauth.GitHub{ClientID: "id", ClientSecret: "secret"}
	oauth.Routes(auth, github, limitedAPI, oauth.Config{RedirectURL: "https://app.example/callback"}).Attach(r.Group("/github"))
	a.instances, a.engines = append(a.instances, auth), append(a.engines, r)
}

// client is somewhere requests come from.
type client struct {
	app    *limitedApp
	peer   string
	header []string
}

// at returns a client whose connection comes from an address. headers are names and values.
func (a *limitedApp) at(peer string, headers ...string) client { return client{a, peer, headers} }

// local is a client that limits by source do not concern.
func (a *limitedApp) local() client { return a.at("127.0.0.1") }

func (c client) send(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = c.peer + ":1234"
	if strings.Contains(c.peer, ":") {
		r.RemoteAddr = "[" + c.peer + "]:1234"
	}
	r.Header.Set("Content-Type", "application/json")
	if body != "" && body[0] != '{' {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i, all := 0, append(c.header, headers...); i < len(all); i += 2 {
		r.Header.Set(all[i], all[i+1])
	}
	w := httptest.NewRecorder()
	engines := c.app.engines
	engines[int(c.app.requests.Add(1))%len(engines)].ServeHTTP(w, r)
	text, _ := io.ReadAll(w.Result().Body)
	return answer{w.Code, string(text), w.Header()}
}

func (c client) logIn(t testing.TB, email, password string) answer {
	t.Helper()
	return c.send(t, "POST", "/auth/login", "username="+email+"&password="+password)
}

func (c client) register(t testing.TB, email string) answer {
	t.Helper()
	return c.send(t, "POST", "/auth/register", `{"email":"`+email+`","password":"guinevere"}`)
}

// want compares an answer: a number is a status; a text is the code of a 400, or,
// where it is a number, the Retry-After of a 429.
func (a answer) want(t testing.TB, what string, status int, detail string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: got %d %s (Retry-After %q), want %d", what, a.status, a.body, a.header.Get("Retry-After"), status)
	}
	switch status {
	case 429:
		if got := a.header.Get("Retry-After"); got != detail {
			t.Errorf("%s: got Retry-After %q, want %q", what, got, detail)
		}
		if got, want := a.body, `{"detail":"TOO_MANY_REQUESTS"}`; got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
		if got, want := a.header.Get("Content-Type")+" "+a.header.Get("Cache-Control"), "application/json no-store"; got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	case 400:
		if got, want := a.body, `{"detail":"`+detail+`"}`; got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
}

const bad = "LOGIN_BAD_CREDENTIALS"

// member stores a user whose hash is cheap to verify and counted.
func (a *limitedApp) member(t testing.TB, email string) *user.User {
	t.Helper()
	u := &user.User{
		ID: a.store.NewID(), Email: email, EmailKey: email, HashedPassword: countedPrefix + "guinevere",
		IsActive: true, CreatedAt: a.clock.Now(), UpdatedAt: a.clock.Now(),
	}
	if err := a.store.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	return u
}

// memberAs is [limitedApp.member] with something else about the user.
func (a *limitedApp) memberAs(t testing.TB, email string, change func(*user.User)) *user.User {
	t.Helper()
	u := a.member(t, email)
	if err := a.store.Delete(t.Context(), u.ID, user.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	change(u)
	if err := a.store.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	return u
}

// tokenOf logs a member in, from the machine itself.
func (a *limitedApp) tokenOf(t testing.TB, email string) string {
	t.Helper()
	got := a.local().logIn(t, email, "guinevere")
	got.want(t, "login", 200, "")
	_, token, _ := strings.Cut(got.body, `"access_token":"`)
	token, _, _ = strings.Cut(token, `"`)
	return token
}

// countedHash is the form of hash of [limitedApp.member].
type countedHash struct{ verified atomic.Int64 }

const countedPrefix = "counted$"

func (*countedHash) Recognizes(encoded string) bool { return strings.HasPrefix(encoded, countedPrefix) }

func (h *countedHash) Verify(encoded, password string) (bool, error) {
	h.verified.Add(1)
	return encoded == countedPrefix+password, nil
}
