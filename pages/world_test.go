package pages_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/routes/events"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const (
	secret    = secrets.Secret("0123456789abcdef0123456789abcdef")
	arthur    = "king.arthur@camelot.bt"
	merlin    = "merlin@camelot.bt"
	guinevere = "guinevere"
	origin    = "http://camelot.test"
)

// knight has a field of each sort that a form can have, and some that none can.
type knight struct {
	FirstName *string    `json:"first_name" bson:"first_name" binding:"omitempty,max=20"`
	House     string     `json:"house" bson:"house" binding:"required,oneof=pendragon 'du lac'"`
	Age       *int       `json:"age" bson:"age" binding:"omitempty,min=0,max=150"`
	Height    float64    `json:"height" bson:"height"`
	Born      *time.Time `json:"born" bson:"born"`
	Mailing   bool       `json:"mailing" bson:"mailing"`
	Site      string     `json:"site" bson:"site" binding:"omitempty,url"`
	Plan      string     `json:"plan" bson:"plan" ginauth:"readonly"`
	Horses    []string   `json:"horses" bson:"horses"`
	Note      string     `json:"-" bson:"note"`
}

// world is an application with pages at /account.
type world struct {
	*gin.Engine
	t      *testing.T
	auth   *ginauth.Auth
	pages  *pages.Pages
	memory *usertest.Store
	store  *usertest.FaultyStore
	log    *testlog.Log

	mu     sync.Mutex
	now    time.Time
	mails  []user.Mail
	mailed *sync.Cond // mails has changed
}

// keys is the backend of API keys.
var keys = backends.Backend{Name: "keys", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}

var web = backends.Backend{Name: "web", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

var hashed = sync.OnceValues(func() (string, error) {
	hasher, err := password.New(password.Config{})
	if err != nil {
		return "", err
	}
	return hasher.Hash(context.Background(), guinevere)
})

func newWorld(t *testing.T, change ...func(*ginauth.Config, *pages.Config)) *world {
	t.Helper()
	w := &world{t: t, memory: usertest.NewStore(usertest.WithProfile[knight]()), log: &testlog.Log{}, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	w.store = usertest.NewFaultyStore(w.memory)
	w.mailed = sync.NewCond(&w.mu)
	hash, err := hashed()
	if err != nil {
		t.Fatal(err)
	}
	err = w.memory.Create(t.Context(), &user.User{
		ID: w.memory.NewID(), Email: arthur, EmailKey: arthur, HashedPassword: hash, IsActive: true, IsVerified: true,
		CreatedAt: w.now, UpdatedAt: w.now, Profile: &knight{House: "pendragon", Plan: "gold"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.start(change...)
	return w
}

func (w *world) start(change ...func(*ginauth.Config, *pages.Config)) {
	w.t.Helper()
	r := gin.New()
	config := ginauth.Config{
		Store: w.store, Secret: secret, Backends: []backends.Backend{web, keys}, Now: w.clock, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
		Hooks: user.Hooks{Send: func(_ context.Context, m user.Mail) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.mails = append(w.mails, m)
			w.mailed.Broadcast()
			return nil
		}},
	}
	shown := pages.Config{Engine: r, Backend: web, Name: "Camelot"}
	for _, c := range change {
		c(&config, &shown)
	}
	log, err := audit.NewLog(&audittest.Store{}, audit.Config{Now: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	config.OnEvent = log.Sink
	auth, err := ginauth.New(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
	second, err := factors.New(w.t.Context(), auth, factors.Config{Issuer: "Camelot", TrustDevice: 30 * 24 * time.Hour})
	if err != nil {
		w.t.Fatal(err)
	}
	w.attachRooms(r, auth, log)
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))
	second.Own().Attach(r.Group("/users/me"))
	second.Admin().Attach(r.Group("/users/:id"))
	auth.UserSessionsRoutes().Attach(r.Group("/users/:id"))
	github := oauth.GitHub{ClientID: "round-table", ClientSecret: "excalibur"}
	oauth.Routes(auth, github, web, oauth.Config{
		RedirectURL: "https://camelot.test/auth/github/callback", RedirectTo: []string{"https://camelot.test/", "https://camelot.test/account"},
	}).Attach(r.Group("/auth/github"))
	oauth.AssociateRoutes(auth, github, oauth.Config{
		RedirectURL: "https://camelot.test/auth/link/github/callback", RedirectTo: []string{"https://camelot.test/account/linked"},
	}).Attach(r.Group("/auth/link/github"))
	oauth.AccountsRoutes(auth).Attach(r.Group("/users/me"))
	w.pages = pages.Routes(auth, shown)
	w.pages.Attach(r.Group("/account"))
	r.GET("/castle", pages.RequireLogin(auth), func(c *gin.Context) { c.String(200, "castle of "+ginauth.UserFrom(c).Email) })
	r.GET("/vault", pages.RequireLogin(auth, ginauth.Fresh(10*time.Minute)), func(c *gin.Context) { c.String(200, "vault") })
	r.POST("/castle", pages.RequireLogin(auth), func(c *gin.Context) { c.String(200, "done") })
	r.GET("/throne", pages.RequireLogin(auth, ginauth.Verified()), func(c *gin.Context) { c.String(200, "throne") })
	w.Engine, w.auth = r, auth
}

// attachRooms attaches what an application has by choice.
func (w *world) attachRooms(r *gin.Engine, auth *ginauth.Auth, log *audit.Log) {
	w.t.Helper()
	invited, err := invitations.New(w.t.Context(), auth, invitations.Config{})
	if err != nil {
		w.t.Fatal(err)
	}
	invited.Routes().Attach(r)
	byMail, err := maillogin.New(w.t.Context(), auth, maillogin.Config{Cookie: backends.Cookie{Insecure: true}})
	if err != nil {
		w.t.Fatal(err)
	}
	byMail.Request().Attach(r.Group("/auth"))
	byMail.Login(web).Attach(r.Group("/auth/web"))
	made, err := apikeys.New(w.t.Context(), auth, apikeys.Config{
		Scopes:      map[string]apikeys.Scope{"orders:read": {}, "orders:write": {Needs: "orders:write"}},
		MaxLifetime: 100 * 24 * time.Hour, MaxKeys: 2, Permits: func(*user.User, string) bool { return false },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	made.Own().Attach(r.Group("/users/me"))
	made.Admin().Attach(r.Group("/users/:id"))
	seen, err := events.New(auth, events.Config{Log: log})
	if err != nil {
		w.t.Fatal(err)
	}
	seen.Own().Attach(r.Group("/users/me"))
	seen.Admin().Attach(r.Group("/users/:id"))
	held, err := passkeys.New(w.t.Context(), auth, passkeys.Config{Name: "Camelot", RPID: "camelot.test", Origins: []string{"https://camelot.test"}, Limit: 2})
	if err != nil {
		w.t.Fatal(err)
	}
	held.Own().Attach(r.Group("/users/me"))
	held.Admin().Attach(r.Group("/users/:id"))
	held.Login(web).Attach(r.Group("/auth/web"))
	staff, err := admin.New(w.t.Context(), auth, admin.Config{AllowUnrecordedImpersonation: true})
	if err != nil {
		w.t.Fatal(err)
	}
	staff.Routes().Attach(r.Group("/users"))
}

// mail waits for the last mail of a kind to an address.
func (w *world) mail(kind user.MailKind, to string) user.Mail {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.mailed.Broadcast()
	})()
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for _, m := range slices.Backward(w.mails) {
			if m.Kind == kind && m.To == to {
				return m
			}
		}
		if ctx.Err() != nil {
			w.t.Fatalf("no %s mail to %s among %v", kind, to, w.mails)
		}
		w.mailed.Wait()
	}
}

// superuser makes one.
func (w *world) superuser(email string) {
	w.t.Helper()
	_, err := w.auth.Manager().Create(w.t.Context(), user.Registration{
		Email: email, Password: guinevere, IsVerified: true, IsSuperuser: true, Profile: &knight{House: "pendragon"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
