package openapi_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	libopenapi "github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/statustest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

const secret secrets.Secret = "0123456789abcdef0123456789abcdef"

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

// profile is an application's own struct, with rules that a client has to know.
type profile struct {
	FirstName *string  `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	Plan      string   `json:"plan" bson:"plan" ginauth:"readonly"`
	Country   string   `json:"country" bson:"country" binding:"omitempty,oneof=BT IN"`
	Website   *string  `json:"website" bson:"website" binding:"omitempty,url"`
	Age       *int     `json:"age" bson:"age" binding:"omitempty,gte=18,lt=150"`
	Tags      []string `json:"tags" bson:"tags" binding:"omitempty,max=3,unique,dive,min=2"`
	Address   address  `json:"address" bson:"address"`
	Note      string   `json:"-" bson:"note"`
}

type address struct {
	City     *string   `json:"city" bson:"city" binding:"omitempty,max=100"`
	MovedAt  time.Time `json:"moved_at" bson:"moved_at"`
	Previous *address  `json:"previous" bson:"previous"`
}

// world is an application with every group, and an independent reader of its document.
type world struct {
	t        *testing.T
	auth     *ginauth.Auth
	store    *usertest.FaultyStore
	limits   *faultyLimits
	tintagel *tintagel
	engine   *gin.Engine
	sessions gin.HandlerFunc
	record   *statustest.Record
	tokens   chan string
	doc      *openapi3.T
	judge    validator.Validator
	// source is where requests come from; somewhere if it is empty.
	source string
	strict bool
	// stopped is the time at which the clock stands still; nil while it goes.
	stopped atomic.Pointer[time.Time]
}

// now is the application's time.
func (w *world) now() time.Time {
	if at := w.stopped.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// worldOptions are what worlds differ in. A strict one has all that leads to the full
// bar, and wants verified users everywhere.
type worldOptions struct {
	wire    routes.Wire
	strict  bool
	factors bool // instead of everything else but the logins
}

var (
	api      = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	web      = backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	inside   = backends.Backend{Name: "inside", Transport: sessions.Transport{}, Strategy: backends.Database{}}
	phone    = backends.Backend{Name: "phone", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
	desk     = backends.Backend{Name: "desk", Transport: backends.Cookie{Name: "desk"}, Strategy: refresh.Strategy{}}
	services = backends.Backend{Name: "services", Transport: backends.Bearer{}, Strategy: backends.JWT{
		Keys: []backends.JWTKey{{ID: "one", Algorithm: "EdDSA", Private: ed25519.NewKeyFromSeed(make([]byte, 32))}},
	}}
)

func newWorld(t *testing.T, wire routes.Wire) *world {
	t.Helper()
	return newWorldWith(t, worldOptions{wire: wire})
}

// everyWorld runs a test in every world there is.
func everyWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, profile := range wires {
		for name, isStrict := range map[string]bool{"default": false, "strict": true} {
			t.Run(profile.name+" "+name, func(t *testing.T) {
				t.Parallel()
				test(t, newWorldWith(t, worldOptions{wire: profile.wire, strict: isStrict}))
			})
		}
	}
}

func newWorldWith(t *testing.T, o worldOptions) *world {
	t.Helper()
	w := &world{t: t, tokens: make(chan string, 1000), tintagel: &tintagel{}, strict: o.strict}
	w.store = usertest.NewFaultyStore(usertest.NewStore(usertest.WithProfile[profile]()))
	w.limits = &faultyLimits{Memory: limits.NewMemory()}
	mail := func(_ context.Context, _ *user.User, token string) error {
		w.tokens <- token
		return nil
	}
	var err error
	w.auth, err = ginauth.New(ginauth.Config{
		Store:    w.store,
		Secret:   secret,
		Backends: []backends.Backend{api, web, inside, phone, desk, services},
		Wire:     o.wire,
		Hooks:    user.Hooks{AfterForgotPassword: mail, AfterRequestVerify: mail, BeforeDelete: spareMerlin},
		Limits:   limits.Config{Store: w.limits, RegistrationsPerHour: 10},
		Logger:   slog.New(slog.DiscardHandler),
		Now:      w.now,

		Policy: user.Policy{
			KeepOneSuperuser:        true,
			ConcealRegistration:     o.strict,
			RequireCurrentPassword:  o.strict,
			ConfirmEmailChange:      o.strict,
			ResetOnlyAdministration: o.strict,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.auth.Shutdown(context.Background()) })
	w.engine, w.sessions = gin.New(), ginsessions.Sessions("session", cookie.NewStore([]byte(secret)))
	w.record = statustest.Watch(t, w.engine, w.auth)
	w.engine.Use(w.sessions)
	if o.factors {
		w.attachFactors(o)
	} else {
		w.attach(o)
	}
	if w.doc, err = openapi.Document(w.auth); err != nil {
		t.Fatal(err)
	}
	w.judge = judgeOf(t, w.doc, strict...)
	return w
}

func spareMerlin(_ context.Context, u *user.User) error {
	if strings.HasPrefix(u.Email, "merlin@") {
		return &user.Refusal{Code: "MERLIN_STAYS"}
	}
	return nil
}

func (w *world) attach(o worldOptions) {
	auth, r := w.auth, w.engine
	var own []ginauth.GroupOption
	if o.strict {
		own = append(own, ginauth.Verified())
	}
	auth.AuthRoutes(api, own...).Attach(r.Group("/auth/api"))
	auth.AuthRoutes(web, own...).Attach(r.Group("/auth/web"))
	auth.AuthRoutes(inside, own...).Attach(r.Group("/auth/inside"))
	auth.AuthRoutes(phone, own...).Attach(r.Group("/auth/phone"))
	auth.AuthRoutes(desk, own...).Attach(r.Group("/auth/desk"))
	auth.AuthRoutes(api, ginauth.Verified()).Attach(r.Group("/auth/verified"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes(append(own, ginauth.ListUsers())...).Attach(r.Group("/users"))
	auth.SessionsRoutes(own...).Attach(r.Group("/users/me"))
	auth.UserSessionsRoutes(own...).Attach(r.Group("/users/:id"))
	auth.PublicKeysRoutes(services).Attach(r.Group("/.well-known"))
	w.attachProviders(o, own)
}

func (w *world) attachProviders(o worldOptions, own []ginauth.GroupOption) {
	auth, r := w.auth, w.engine
	at := func(path string, targets ...string) oauth.Config {
		return oauth.Config{
			RedirectURL: "https://camelot.bt" + path + "/callback", RedirectTo: targets,
			IsVerifiedByDefault: o.strict, Transport: w.tintagel,
		}
	}
	github, tintagel := oauth.GitHub{ClientID: "client", ClientSecret: "secret"}, openID{w.tintagel}
	oauth.Routes(auth, github, api, at("/auth/github"), own...).Attach(r.Group("/auth/github"))
	oauth.Routes(auth, github, web, at("/auth/github-web", "/", "/account"), own...).Attach(r.Group("/auth/github-web"))
	oauth.Routes(auth, github, desk, at("/auth/github-desk"), own...).Attach(r.Group("/auth/github-desk"))
	oauth.Routes(auth, tintagel, api, at("/auth/tintagel"), own...).Attach(r.Group("/auth/tintagel"))
	oauth.AssociateRoutes(auth, github, at("/link/github"), own...).Attach(r.Group("/link/github"))
	oauth.AssociateRoutes(auth, github, at("/link/github-web", "/account"), own...).Attach(r.Group("/link/github-web"))
	oauth.AccountsRoutes(auth, own...).Attach(r.Group("/users/me"))
}

// strict makes a judge refuse fields and headers that the document does not have,
// apart from those that every answer has.
var strict = []config.Option{
	config.WithStrictMode(), config.WithStrictIgnoredHeadersExtra("X-Content-Type-Options", "Referrer-Policy"),
}

// judgeOf returns a validator by another library than the one that made the document.
func judgeOf(t *testing.T, doc *openapi3.T, strictness ...config.Option) validator.Validator {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	read, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	judge, problems := validator.NewValidator(read, append(strictness, config.WithFormatAssertions())...)
	for _, problem := range problems {
		t.Error(problem)
	}
	if judge == nil {
		t.FailNow()
	}
	return judge
}

// send sends a request and checks the answer against the document.
func (w *world) send(method, path, body string, header ...string) *http.Response {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	switch {
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		r.Header.Set("Content-Type", "application/json")
	case body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	if w.source != "" {
		r.RemoteAddr = w.source
	}
	recorder := httptest.NewRecorder()
	w.engine.ServeHTTP(recorder, r)
	answer := recorder.Result()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(text))
	w.judgeAnswer(r, answer, text)
	answer.Body = io.NopCloser(bytes.NewReader(text))
	return answer
}

func (w *world) judgeAnswer(r *http.Request, answer *http.Response, text []byte) {
	w.t.Helper()
	ok, problems := w.judge.ValidateHttpResponse(r, answer)
	if !ok {
		for _, p := range problems {
			w.t.Errorf("%s %s: %d %s: %s: %s %v", r.Method, r.URL.Path, answer.StatusCode, text, p.Message, p.Reason, p.SchemaValidationErrors)
		}
	}
}

// text returns the body of an answer.
func text(t *testing.T, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// bearer logs a user in and returns the header that says so.
func (w *world) bearer(email string) []string {
	w.t.Helper()
	got := w.send("POST", "/auth/api/login", "username="+email+"&password=guinevere")
	var token backends.BearerToken
	if err := json.NewDecoder(got.Body).Decode(&token); err != nil || token.AccessToken == "" {
		w.t.Fatalf("got %d, %v", got.StatusCode, err)
	}
	return []string{"Authorization", "Bearer " + token.AccessToken}
}
