package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

const (
	secret   = "benchmarks-need-a-secret-of-32-bytes-or-more"
	password = "correct horse battery staple"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// api is the backend that most rows use.
func api() backends.Backend {
	return backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
}

func newAuth(config ginauth.Config) *ginauth.Auth {
	config.Secret, config.Logger = secret, quiet
	if config.Backends == nil {
		config.Backends = []backends.Backend{api()}
	}
	return must(ginauth.New(config))
}

// addUser stores an active user.
func addUser(store user.Store, email string) *user.User {
	now := time.Now().UTC()
	u := &user.User{
		ID: store.NewID(), Email: email, EmailKey: email, HashedPassword: "none",
		IsActive: true, IsVerified: true, TokenVersion: 1, CreatedAt: now, UpdatedAt: now,
	}
	check(store.Create(context.Background(), u))
	return u
}

// done is the handler behind every guard.
func done(c *gin.Context) { c.Status(http.StatusNoContent) }

// guarded is an engine with one route behind the middleware given.
func guarded(middleware ...gin.HandlerFunc) *gin.Engine {
	engine := gin.New()
	engine.GET("/hello", append(middleware, done)...)
	return engine
}

func bearer(token string) *http.Request {
	request := httptest.NewRequest(http.MethodGet, "/hello", http.NoBody)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("User-Agent", "benchmarks")
	return request
}

// answer is a ResponseWriter that keeps the status only.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header               { return a.header }
func (a *answer) Write(b []byte) (int, error)       { return len(b), nil }
func (a *answer) WriteString(s string) (int, error) { return len(s), nil }
func (a *answer) WriteHeader(status int)            { a.status = status }

// serve returns an operation that serves the request and wants the status.
func serve(engine http.Handler, request *http.Request, want int) func() {
	a := &answer{header: http.Header{}}
	return func() {
		clear(a.header)
		a.status = 0
		engine.ServeHTTP(a, request)
		if a.status != want {
			panic(fmt.Sprintf("%s: got status %d, want %d", request.URL.Path, a.status, want))
		}
	}
}

// guardOf returns an operation that passes the guard of an application with these
// backends, with a token of the last one.
func guardOf(store user.Store, u *user.User, set ...backends.Backend) func() {
	auth := newAuth(ginauth.Config{Store: store, Backends: set})
	token, cookies := logIn(auth, set[len(set)-1], u)
	return serve(guarded(auth.ActiveUser()), carried(token, cookies), http.StatusNoContent)
}

// carried is a request that a backend's login has made possible.
func carried(token string, cookies []*http.Cookie) *http.Request {
	request := bearer(token)
	if len(cookies) > 0 {
		request.Header.Del("Authorization")
	}
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	return request
}

// logIn returns the token, or the cookies, that a backend gives u.
func logIn(auth *ginauth.Auth, b backends.Backend, u *user.User, middleware ...gin.HandlerFunc) (token string, cookies []*http.Cookie) {
	engine := gin.New()
	engine.Use(middleware...)
	engine.POST("/enter", func(c *gin.Context) { token = must(auth.LogIn(c, b, u)) })
	recorder := httptest.NewRecorder()
	engine.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/enter", http.NoBody))
	return token, recorder.Result().Cookies()
}
