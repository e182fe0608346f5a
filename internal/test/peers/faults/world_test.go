package faults

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	hashes "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func init() { gin.SetMode(gin.TestMode) }

// Profile are the application's own fields.
type Profile struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
}

// fullStore is a store that can do everything.
type fullStore interface {
	user.Store
	records.TokenStore
	records.OAuthStore
	records.UsedStore
	limits.Store
	records.CredentialStore
	records.PendingStore
}

func memory(testing.TB) fullStore { return usertest.NewStore(usertest.WithProfile[Profile]()) }

// database is what the tests run on beside the memory. A run over another one replaces it.
var database = struct {
	name string
	open func(testing.TB) fullStore
}{"MongoDB", mongoDB}

func mongoDB(t testing.TB) fullStore {
	store, err := mongostore.Open(t.Context(), mongotest.Database(t), mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Ensure(t.Context(), mongostore.Credentials, mongostore.Pending); err != nil {
		t.Fatal(err)
	}
	return store
}

const (
	password = "guinevere"
	another  = "lady-of-the-lake"
)

var (
	api = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	jwt = backends.Backend{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	web = backends.Backend{Name: "web", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}}
)

// world is an application and its store.
type world struct {
	t      testing.TB
	inner  fullStore
	store  *usertest.FaultyStore
	auth   *ginauth.Auth
	engine *gin.Engine
	clock  *authtest.Clock
	log    *testlog.Log
	mails  *mailbox
	// slow says that the store may be too slow for a race, unsettled in how many
	// rounds it was.
	slow      bool
	unsettled int
	// twin is another instance over the same store, in races.
	twin *world
}

// newWorld returns an application on a store, of which config may change everything.
func newWorld(t testing.TB, store fullStore, config func(*ginauth.Config)) *world {
	t.Helper()
	w := &world{t: t, inner: store, store: usertest.NewFaultyStore(store), clock: authtest.NewClock(), log: &testlog.Log{}, mails: &mailbox{}}
	c := ginauth.Config{
		Store: w.store, Secret: secrets.Secret(strings.Repeat("s", 32)), Backends: []backends.Backend{api, jwt, web},
		Hooks: w.mails.hooks(), Limits: limits.Config{Off: true},
		// A busy machine must not turn an answer into 503.
		Hasher: hashes.Config{Wait: time.Minute, Queue: 1000},
		Now:    w.clock.Now, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	if config != nil {
		config(&c)
	}
	var err error
	if w.auth, err = ginauth.New(c); err != nil {
		t.Fatal(err)
	}
	w.engine = gin.New()
	w.attach()
	t.Cleanup(func() { w.shutdown(t) })
	return w
}

// shutdown waits until all mails are out.
func (w *world) shutdown(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.auth.Shutdown(ctx); err != nil {
		t.Errorf("shut down: %v", err)
	}
}

func (w *world) attach() {
	at := func(path string) *gin.RouterGroup { return w.engine.Group(path) }
	for _, b := range []backends.Backend{api, jwt, web} {
		w.auth.AuthRoutes(b).Attach(at("/auth/" + b.Name))
	}
	w.auth.RegisterRoutes().Attach(at("/auth"))
	w.auth.ResetPasswordRoutes().Attach(at("/auth"))
	w.auth.VerifyRoutes().Attach(at("/auth"))
	w.auth.UsersRoutes(ginauth.ListUsers()).Attach(at("/users"))
	w.auth.SessionsRoutes().Attach(at("/users/me"))
	w.auth.UserSessionsRoutes().Attach(at("/users/:id"))
	config := oauth.Config{RedirectURL: "https://camelot.bt/callback", Transport: avalon{}, Cookie: backends.Cookie{Insecure: true}}
	oauth.Routes(w.auth, avalon{}, api, config).Attach(at("/auth/avalon"))
	trusting := config
	trusting.AssociateByEmail = true
	oauth.Routes(w.auth, avalon{}, api, trusting).Attach(at("/auth/trusting"))
	oauth.AssociateRoutes(w.auth, avalon{}, config).Attach(at("/auth/associate"))
	oauth.AccountsRoutes(w.auth).Attach(at("/users/me"))
}

// fixtureHash is the hash of everybody's first password.
var fixtureHash = sync.OnceValue(func() string { return mustHash(password) })

// hasher is one for the tests themselves.
var hasher = sync.OnceValue(func() *hashes.Hasher {
	h, err := hashes.New(hashes.Config{Wait: time.Minute, Queue: 1000})
	if err != nil {
		panic(err)
	}
	return h
})

func mustHash(password string) string {
	hash, err := hasher().Hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return hash
}

// create stores an active user. It asks the store within, which has no faults.
func (w *world) create(address string, change ...func(*user.User)) *user.User {
	w.t.Helper()
	parsed, err := email.Parse(address)
	if err != nil {
		w.t.Fatal(err)
	}
	u := &user.User{
		ID: w.inner.NewID(), Email: parsed.Address, EmailKey: parsed.Key, HashedPassword: fixtureHash(), IsActive: true,
		CreatedAt: w.clock.Now(), UpdatedAt: w.clock.Now(), Profile: &Profile{},
	}
	for _, c := range change {
		c(u)
	}
	if err := w.inner.Create(context.Background(), u); err != nil {
		w.t.Fatalf("create %s: %v", address, err)
	}
	return u
}

func superuser(u *user.User) { u.IsSuperuser, u.IsVerified = true, true }

func verified(u *user.User) { u.IsVerified = true }

// find returns a user as it is stored now, nil if there is none.
func (w *world) find(address string) *user.User {
	w.t.Helper()
	parsed, err := email.Parse(address)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := w.inner.ByEmail(context.Background(), email.Email{Key: parsed.Key})
	if err != nil {
		return nil
	}
	return u
}

// token logs u in to a backend without a password.
func (w *world) token(backend string, u *user.User) string {
	w.t.Helper()
	issued, err := w.auth.Routes().Authenticator().Backend(backend).Tokens.Write(context.Background(), user.Login{User: u})
	if err != nil {
		w.t.Fatal(err)
	}
	return issued.Access
}

// answer is what a client gets.
type answer struct {
	status int
	body   string
	header http.Header
}

// code is the answer in short, for comparing.
func (a answer) code() string {
	if a.status < 400 {
		return http.StatusText(a.status)
	}
	return http.StatusText(a.status) + " " + a.body
}

// client is somebody who sends requests, in a context of his own.
type client struct {
	w      *world
	bearer string
	cookie string
}

func (w *world) as(bearer string) client { return client{w: w, bearer: bearer} }

// send serves one request, without a network in between.
func (c client) send(ctx context.Context, method, path, body string) answer {
	request := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if c.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	if c.cookie != "" {
		request.Header.Set("Cookie", c.cookie)
	}
	recorder := httptest.NewRecorder()
	c.w.engine.ServeHTTP(recorder, request)
	return readAnswer(c.w.t, recorder.Result())
}

func readAnswer(t testing.TB, response *http.Response) answer {
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{response.StatusCode, string(text), response.Header}
}
