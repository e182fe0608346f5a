package sqlstore_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	hashes "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
)

const (
	guinevere = "guinevere of camelot"
	viviane   = "lady of the lake"
)

// app is an application over a store.
type app struct {
	http.Handler
	auth *ginauth.Auth
	// mailed are the tokens of mails, by the kind of the mail.
	mailed map[user.MailKind]chan string
}

// serve returns an application over a store.
func serve(t *testing.T, store user.Store) *app {
	t.Helper()
	gin.SetMode(gin.TestMode)
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	a := &app{mailed: map[user.MailKind]chan string{user.MailReset: make(chan string, 1), user.MailVerify: make(chan string, 1)}}
	auth, err := ginauth.New(ginauth.Config{
		Store: store, Secret: "a secret of at least thirty-two bytes", Backends: []backends.Backend{api},
		Hooks: user.Hooks{Send: a.keep}, Limits: limits.Config{Off: true}, Logger: slog.New(slog.DiscardHandler),
		// A busy machine must not turn an answer into 503.
		Hasher: hashes.Config{Wait: time.Minute, Queue: 1000},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.auth = auth
	t.Cleanup(func() { a.settle(t) })
	r := gin.New()
	auth.AuthRoutes(api).Attach(r.Group("/auth"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	a.Handler = r
	return a
}

func (a *app) keep(ctx context.Context, mail user.Mail) error {
	to := a.mailed[mail.Kind]
	if to == nil {
		return nil
	}
	select {
	case to <- string(mail.Token):
	case <-ctx.Done():
	}
	return ctx.Err()
}

// settle waits until all mails are out.
func (a *app) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := a.auth.Shutdown(ctx); err != nil {
		t.Errorf("shut down: %v", err)
	}
}

// answer is the status and the body of a response.
type answer struct {
	status int
	body   string
}

// send sends a request, which the server gives up after within; 0 for its own time.
func (a *app) send(t *testing.T, within time.Duration, method, path, token, body string) answer {
	t.Helper()
	ctx := t.Context()
	if within > 0 {
		limited, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		ctx = limited
	}
	request := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(body, "username=") {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("User-Agent", "caf\xe9 agent") // not UTF-8
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, request)
	return answer{recorder.Code, recorder.Body.String()}
}

// wants sends a request and checks the status of its answer.
func (a *app) wants(t *testing.T, status int, method, path, token, body string) answer {
	t.Helper()
	got := a.send(t, 0, method, path, token, body)
	if got.status != status {
		t.Errorf("%s %s: got %d %.200s, want %d", method, path, got.status, got.body, status)
	}
	return got
}

func registration(address string) string {
	return `{"email":"` + address + `","password":"` + guinevere + `"}`
}

func login(address, password string) string {
	return "username=" + url.QueryEscape(address) + "&password=" + url.QueryEscape(password)
}

// member registers a user and returns a token.
func (a *app) member(t *testing.T, address string) (token string) {
	t.Helper()
	a.wants(t, 201, "POST", "/auth/register", "", registration(address))
	return a.logIn(t, address, guinevere)
}

func (a *app) logIn(t *testing.T, address, password string) (token string) {
	t.Helper()
	got := a.wants(t, 200, "POST", "/auth/login", "", login(address, password))
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(got.body), &issued); err != nil {
		t.Errorf("login: got %s", got.body)
	}
	return issued.Token
}
